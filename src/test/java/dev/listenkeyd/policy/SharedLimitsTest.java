package dev.listenkeyd.policy;

import static dev.listenkeyd.policy.Policies.RENEW;
import static dev.listenkeyd.policy.Policies.limit;
import static dev.listenkeyd.policy.Policies.limited;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.policy.Decision.Allowed;
import dev.listenkeyd.policy.Decision.Denied;
import dev.listenkeyd.store.PostgresDatabase;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Limits at two replicas of a database. */
@NullUnmarked
class SharedLimitsTest {
    private static final Instant NOW = PolicyDecisions.START;

    @RegisterExtension
    static final PostgresDatabase database = PostgresDatabase.migrated();

    private Counters a;
    private Counters b;

    @BeforeEach
    void begin() throws Exception {
        a = new Counters(database.open("a").counters());
        b = new Counters(database.open("b").counters());
    }

    @Test
    void aLimitOfScopeServerCountsOverAllReplicas() {
        Policy policy = limited(limit("c", "day", 3, "server"));

        assertThat(Stream.of(a, b, a, b, a).map(replica -> decide(policy, replica) instanceof Allowed))
                .containsExactly(true, true, true, false, false);
        assertThat(decide(policy, b))
                .isInstanceOfSatisfying(
                        Denied.class,
                        denied -> assertThat(denied.reason())
                                .isEqualTo("the limit of all clients is used up: 3 per day"));
    }

    @Test
    void theOtherScopesCountAtEachReplica() {
        Policy policy = limited(limit("c", "day", 1, "grant") + "," + limit("d", "day", 1, "session"));

        assertThat(Stream.of(a, b, a, b).map(replica -> decide(policy, replica) instanceof Allowed))
                .containsExactly(true, true, false, false);
        assertThat(database.query("SELECT count(*) FROM quota")).isEqualTo("0");
    }

    @Test
    void aCallIsTakenFromAllLimitsOrFromNone() {
        Policy policy = Policies.of(("{'version':'1','tools':{'" + RENEW + "':{'limits':["
                + limit("own", "day", 9, "grant") + "," + limit("c", "hour", 9, "server") + ","
                + limit("c", "day", 1, "server") + "],'rate_limit':{'max':2,'window':60}}}}"));
        assertThat(decide(policy, a)).isInstanceOf(Allowed.class);
        assertThat(decide(policy, a)).isInstanceOf(Denied.class);
        assertThat(database.query("SELECT string_agg(used::text, ',') FROM quota"))
                .isEqualTo("1,1");

        database.execute("UPDATE quota SET used = 0");

        assertThat(decide(policy, a))
                .as("the pace was not used up by the denial")
                .isInstanceOf(Allowed.class);
    }

    @Test
    void oneCallCountsOnceInALimitThatIsNamedTwice() {
        Policy policy = limited(limit("c", "day", 2, "server") + "," + limit("c", "day", 5, "server"));

        assertThat(Stream.of(a, b, a).map(replica -> decide(policy, replica) instanceof Allowed))
                .containsExactly(true, true, false);
    }

    @Test
    void quotaIsGivenBackOnce() {
        Policy policy = limited(limit("c", "day", 1, "server"));
        Allowed allowed = (Allowed) decide(policy, a);
        assertThat(decide(policy, b)).isInstanceOf(Denied.class);

        a.refund(allowed.reservation());
        a.refund(allowed.reservation());

        assertThat(Stream.of(b, a).map(replica -> decide(policy, replica) instanceof Allowed))
                .containsExactly(true, false);
    }

    @Test
    void anotherWindowBeginsByTheClockOfTheDatabase() {
        Policy policy = limited(limit("c", "day", 1, "server"));
        Allowed allowed = (Allowed) decide(policy, a);
        assertThat(decide(policy, b)).isInstanceOf(Denied.class);

        database.execute("UPDATE quota SET began = began - interval '1 day'");

        assertThat(decide(policy, b)).isInstanceOf(Allowed.class);
        database.execute("UPDATE quota SET began = began + interval '1 day'");
        a.refund(allowed.reservation());
        assertThat(decide(policy, a))
                .as("the clock was set back, and the quota was that of another window")
                .isInstanceOf(Denied.class);
    }

    @Test
    void manyAtOnceGetNoMoreThanTheLimit() {
        Policy policy = limited(limit("c", "day", 30, "server") + "," + limit("d", "day", 100, "server"));
        Policy other = limited(limit("d", "day", 100, "server") + "," + limit("c", "day", 30, "server"));
        List<CompletableFuture<Long>> threads = Stream.of(a, b, a, b)
                .map(replica -> CompletableFuture.supplyAsync(() -> Stream.of(policy, other, policy, other)
                        .flatMap(one ->
                                Stream.generate(() -> decide(one, replica)).limit(5))
                        .filter(Allowed.class::isInstance)
                        .count()))
                .toList();

        assertThat(threads.stream().mapToLong(CompletableFuture::join).sum()).isEqualTo(30);
    }

    /** It fails closed: otherwise each replica could let pass as many calls as all together may make. */
    @Test
    void withoutTheDatabaseTheLimitRefuses() {
        Policy policy = limited(limit("c", "day", 3, "server") + "," + limit("own", "day", 1, "grant"));
        database.readOnly(true);
        try {
            assertThat(decide(policy, a)).isInstanceOfSatisfying(Denied.class, denied -> {
                assertThat(denied.reason()).contains("can't be checked now");
                assertThat(denied.rule()).endsWith("/limits/0");
                assertThat(denied.comeBackAt()).isNull();
            });
        } finally {
            database.readOnly(false);
        }

        assertThat(decide(policy, a)).as("nothing was used up").isInstanceOf(Allowed.class);
    }

    @Test
    void withoutTheDatabaseAnAgentThatLoopsIsSlowedDown() {
        Policy policy = Policies.of(("{'version':'1','tools':{'" + RENEW + "':{'limits':["
                + limit("c", "day", 9, "server") + "],'rate_limit':{'max':2,'window':60}}}}"));
        database.readOnly(true);
        try {
            assertThat(Stream.of(a, a, a).map(replica -> ((Denied) decide(policy, replica)).reason()))
                    .satisfiesExactly(
                            first -> assertThat(first).contains("can't be checked now"),
                            second -> assertThat(second).contains("can't be checked now"),
                            third -> assertThat(third).contains("calls too fast"));
        } finally {
            database.readOnly(false);
        }
    }

    private static Decision decide(Policy policy, Counters replica) {
        return policy.decide(PolicyDecisions.call(RENEW), replica, NOW);
    }
}
