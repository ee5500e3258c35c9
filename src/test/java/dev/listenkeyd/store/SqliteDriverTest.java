package dev.listenkeyd.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A closed statement stays prepared for its next use, which is as good as a new statement. */
@NullUnmarked
@Timeout(30)
class SqliteDriverTest {
    private static final String ADD = "INSERT INTO word (text) VALUES (?)";
    private static final String ALL = "SELECT * FROM word";

    @TempDir
    private Path folder;

    private Connection connection;

    @BeforeEach
    void connect() throws Exception {
        connection = open("");
        execute("CREATE TABLE word (text TEXT NOT NULL UNIQUE)");
    }

    @AfterEach
    void close() throws Exception {
        connection.close();
    }

    @Test
    void aClosedStatementIsUsedAgain() throws Exception {
        PreparedStatement first = connection.prepareStatement(ADD);
        first.close();
        assertThat(connection.prepareStatement(ADD)).isSameAs(first);
        assertThat(connection.prepareStatement(ALL)).isNotSameAs(first);
    }

    @Test
    void eachUseHasItsOwnParametersAndResults() throws Exception {
        add("one");
        assertThat(words()).isEqualTo("one");
        add("two");
        assertThat(words()).isEqualTo("one,two");
        try (PreparedStatement statement = connection.prepareStatement(ADD)) {
            assertThatThrownBy(statement::executeUpdate).as("no parameter").hasMessageContaining("NOT NULL");
        }
        assertThat(words()).isEqualTo("one,two");
    }

    @Test
    void twoStatementsOfOneTextAreIndependent() throws Exception {
        add("one");
        PreparedStatement first = connection.prepareStatement(ALL);
        PreparedStatement second = connection.prepareStatement(ALL);
        ResultSet ofFirst = first.executeQuery();
        ResultSet ofSecond = second.executeQuery();
        assertThat(ofFirst.next()).isTrue();
        assertThat(ofSecond.next()).isTrue();
        first.close();
        assertThat(ofSecond.getString("text")).isEqualTo("one");
        second.close();

        assertThat(first.isClosed()).as("one is enough").isTrue();
        assertThat(words()).isEqualTo("one");
    }

    @Test
    void aStatementThatWasClosedWithinItsResultHoldsNothingUp() throws Exception {
        add("one");
        add("two");
        PreparedStatement halfway = connection.prepareStatement(ALL);
        assertThat(halfway.executeQuery().next()).isTrue();
        halfway.close();
        execute("DROP TABLE word");
    }

    @Test
    void aResultThatNobodyReadHoldsNothingUp() throws Exception {
        add("one");
        try (PreparedStatement unread = connection.prepareStatement(ALL)) {
            assertThat(unread.execute()).isTrue();
        }
        execute("VACUUM");
        execute("DROP TABLE word");
    }

    @Test
    void aStatementThatIsClosedTwiceIsInTheCacheOnce() throws Exception {
        add("one");
        PreparedStatement statement = connection.prepareStatement(ALL);
        statement.close();
        statement.close();

        assertThat(statement.isClosed()).isTrue();
        assertThat(words()).isEqualTo("one");
        assertThat(connection.prepareStatement(ALL).isClosed()).isFalse();
    }

    @Test
    void limitsOfOneUseAreNotThoseOfTheNext() throws Exception {
        add("one");
        add("two");
        try (PreparedStatement first = connection.prepareStatement(ALL)) {
            first.setMaxRows(1);
            first.setQueryTimeout(1);
        }
        assertThat(words()).isEqualTo("one,two");
        assertThat(connection.prepareStatement(ALL).getQueryTimeout()).isZero();
    }

    @Test
    void aStatementThatFailedIsGoodForTheNextUse() throws Exception {
        add("one");
        assertThatThrownBy(() -> add("one")).hasMessageContaining("UNIQUE");
        add("two");

        execute("PRAGMA max_page_count = 1");
        String large = "x".repeat(100_000);
        assertThatThrownBy(() -> add(large)).hasMessageContaining("full");
        execute("PRAGMA max_page_count = 1000000");
        add("three");
        assertThat(words()).isEqualTo("one,two,three");
    }

    @Test
    void aStatementFollowsAChangeOfTheSchema() throws Exception {
        add("one");
        assertThat(words()).isEqualTo("one");
        execute("DROP TABLE word");
        execute("CREATE TABLE word (number INTEGER, text TEXT)");
        add("two");
        assertThat(words()).isEqualTo("two");
    }

    @Test
    void theOnesThatAreNotUsedAreClosed() throws Exception {
        PreparedStatement oldest = connection.prepareStatement(ADD);
        PreparedStatement used = connection.prepareStatement(ALL);
        oldest.close();
        used.close();
        for (int i = 1; i < SqliteDriver.MAX_CACHED; i++) {
            connection.prepareStatement("SELECT " + i).close();
            connection.prepareStatement(ALL).close();
        }
        assertThat(connection.prepareStatement(ADD)).isNotSameAs(oldest);
        assertThat(connection.prepareStatement(ALL)).isSameAs(used);
    }

    @Test
    void closingTheConnectionReleasesTheFile() throws Exception {
        connection.close();
        connection = open("?locking_mode=EXCLUSIVE");
        PreparedStatement statement = connection.prepareStatement(ADD);
        statement.setString(1, "one");
        statement.executeUpdate();
        PreparedStatement inUse = connection.prepareStatement(ALL);
        assertThat(inUse.executeQuery().next()).isTrue();
        statement.close();
        connection.close();

        assertThatThrownBy(statement::executeUpdate).isInstanceOf(SQLException.class);
        statement.close();
        inUse.close();
        connection = open("?locking_mode=EXCLUSIVE");
        add("two");
        assertThat(words()).isEqualTo("one,two");
    }

    private Connection open(String settings) throws SQLException {
        return new SqliteDriver().connect("jdbc:sqlite:" + folder.resolve("words.db") + settings, new Properties());
    }

    private void add(String word) throws SQLException {
        Sql.update(connection, ADD, word);
    }

    private String words() throws SQLException {
        return String.join(",", Sql.list(connection, ALL, row -> row.getString("text")));
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
