package dev.listenkeyd.http;

import dev.listenkeyd.exchange.StandInResource;
import io.quarkus.test.junit.QuarkusTestProfile;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The daemon with leases so short that it must renew all the time while a test goes on. */
public final class DaemonWithShortLeases implements QuarkusTestProfile {
    /** As in production. */
    static final int MAX_CONNECTIONS = 512;

    static final Duration TTL = Duration.ofSeconds(10);

    @Override
    public Map<String, String> getConfigOverrides() {
        return Map.of(
                "listenkeyd.api.connections-max", Integer.toString(MAX_CONNECTIONS),
                "listenkeyd.lease.ttl", TTL.toSeconds() + "s",
                "listenkeyd.lease.renew-every", "2s",
                "listenkeyd.lease.retry-min", "200ms",
                "listenkeyd.lease.retry-max", "1s",
                "listenkeyd.lease.confirm", "never",
                "listenkeyd.accounts.second.keep", "true");
    }

    @Override
    public List<TestResourceEntry> testResources() {
        return List.of(new TestResourceEntry(StandInResource.class));
    }

    @Override
    public boolean disableGlobalTestResources() {
        return true;
    }
}
