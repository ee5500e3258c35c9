package dev.listenkeyd.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.listenkeyd.policy.Limit;
import dev.listenkeyd.policy.Window;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Connections that are left to the leases and the membership, however many agents and readers wait for the database. */
@NullUnmarked
class SpareConnectionsTest {
    /** Without the writer, which tidies up. */
    private static final String WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            + " AND datname = current_database() AND query NOT LIKE 'DELETE%'";

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private PostgresDatabase database;
    private PostgresStore store;

    @BeforeEach
    void begin() throws Exception {
        database = PostgresDatabase.migrated();
        store = database.open("a");
        database.execute("INSERT INTO audit (replica, seq, at, client, action, result, hash)"
                + " VALUES ('a', 1, 0, 'client', 'gap', 'done', 'hash')");
    }

    @AfterEach
    void end() {
        threads.shutdownNow();
        database.close();
    }

    @ParameterizedTest
    @CsvSource({
        "audit, audit_place, 1",
        "quotas, quota, 1",
        "approvals, approval, 2",
        "all, 'audit_place, quota, approval', 2"
    })
    void aMemberStaysOneWhileOthersWait(String users, String tables, int most) throws Exception {
        try (Connection other = DriverManager.getConnection(database.url());
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("LOCK TABLE " + tables + " IN ACCESS EXCLUSIVE MODE");
            List<Runnable> uses = uses(users);
            List<CompletableFuture<Void>> waiting = Stream.generate(() -> uses)
                    .limit(6)
                    .flatMap(List::stream)
                    .map(use -> CompletableFuture.runAsync(use, threads))
                    .toList();
            await().until(() -> Integer.parseInt(database.query(WAITING)) >= most);

            for (int i = 0; i < 20; i++) {
                store.fleet().beat(0, 100);
            }

            assertThat(Integer.parseInt(database.query(WAITING))).isEqualTo(most);
            other.rollback();
            assertThat(waiting).allSatisfy(CompletableFuture::join);
        }
    }

    private List<Runnable> uses(String users) {
        Runnable audit = auditReader();
        var counters = store.counters();
        Limit limit = new Limit("c", Window.DAY, 1000, Limit.Scope.SERVER, "/limits/0");
        Runnable quota = () -> counters.take(List.of(limit));
        Runnable approvals = () -> store.approvals().waiting();
        return switch (users) {
            case "audit" -> List.of(audit);
            case "quotas" -> List.of(quota);
            case "approvals" -> List.of(approvals);
            default -> List.of(audit, quota, approvals);
        };
    }

    private Runnable auditReader() {
        var chains = store.auditChains();
        return () -> chains.page(0, null, 10);
    }
}
