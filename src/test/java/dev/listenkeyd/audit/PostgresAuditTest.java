package dev.listenkeyd.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.lease.Given;
import dev.listenkeyd.store.PostgresDatabase;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The audits of several replicas in one database. */
@NullUnmarked
class PostgresAuditTest {
    private PostgresDatabase database;

    @BeforeEach
    void begin() {
        database = PostgresDatabase.migrated();
    }

    @AfterEach
    void end() {
        database.close();
    }

    @Test
    void eachReplicaHasAnAuditOfItsOwn() throws Exception {
        AuditStore a = database.open("a").audit();
        AuditStore b = database.open("b").audit();
        Retention.Bounds all = new Retention(Duration.ofDays(90), 1000).at(Given.T0);
        AuditRow first = AuditRow.after(ChainPosition.START, entry("a"));
        AuditRow second = AuditRow.after(first.link(), entry("a again"));
        AuditRow ofB = AuditRow.after(ChainPosition.START, entry("b"));

        a.append(List.of(first, second), all);
        b.append(List.of(ofB), all);

        assertThat(a.page(0, 10).rows()).containsExactly(first, second);
        assertThat(a.page(1, 10).rows()).containsExactly(second);
        assertThat(a.page(1, 10).before()).isEqualTo(first.link());
        assertThat(b.page(0, 10).rows()).containsExactly(ofB);
        assertThat(a.chain().end()).isEqualTo(second.link());
        assertThat(ChainCheck.all(a)).as("broken at").isEmpty();
        assertThat(ChainCheck.page(a.page(0, 10), true)).as("broken at").isEmpty();
        assertThatThrownBy(() -> a.append(List.of(first), all)).isInstanceOf(AuditStore.Unavailable.class);
        a.append(List.of(), new Retention(Duration.ofDays(90), 1).at(Given.T0));
        assertThat(a.page(0, 10).rows()).containsExactly(second);
        assertThat(b.page(0, 10).rows()).containsExactly(ofB);
    }

    @Test
    void aRowOfTheAuditIsNeitherChangedNorDeletedByASlip() throws Exception {
        AuditStore a = database.open("a").audit();
        a.append(
                List.of(AuditRow.after(ChainPosition.START, entry("a"))),
                new Retention(Duration.ofDays(90), 1000).at(Given.T0));

        assertThatThrownBy(() -> database.execute("UPDATE audit SET result = 'nothing'"))
                .hasMessageContaining("never changed");
        assertThatThrownBy(() -> database.execute("DELETE FROM audit")).hasMessageContaining("only pruned");
    }

    private static AuditEntry entry(String client) {
        return new AuditEntry(Given.T0, client, Action.GAP, null, "done");
    }
}
