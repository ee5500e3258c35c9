package dev.listenkeyd.binance;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.List;
import java.util.Map;

/**
 * The daemon with every setting of Quarkus' REST client that would make it trust a peer more: none of them changes what is on the
 * wire. One for all tests of the wire.
 */
public final class TrustingRestClient implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
        return Map.of(
                "quarkus.rest-client.follow-redirects", "true",
                "quarkus.rest-client.max-redirects", "5",
                "quarkus.http.enable-compression", "true",
                "quarkus.rest-client.http2", "true",
                "quarkus.rest-client.logging.scope", "all");
    }

    @Override
    public List<TestResourceEntry> testResources() {
        return List.of(new TestResourceEntry(StubExchange.class));
    }

    @Override
    public boolean disableGlobalTestResources() {
        return true;
    }
}
