package dev.listenkeyd.mcp;

import dev.listenkeyd.sandbox.StandInResource;
import io.quarkus.test.junit.QuarkusTestProfile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The daemon with clients whose agents may do this and that. */
public final class Agents implements QuarkusTestProfile {
    static final String RENEWER = "renewer-token-0123456789";
    static final String OTHER = "other-token-0123456789";
    static final String WITHOUT = "without-token-0123456789";
    static final String READER = "reader-token-0123456789";

    @Override
    public List<TestResourceEntry> testResources() {
        return List.of(new TestResourceEntry(StandInResource.class));
    }

    @Override
    public boolean disableGlobalTestResources() {
        return true;
    }

    @Override
    public Map<String, String> getConfigOverrides() {
        return Map.of(
                "listenkeyd.clients.renewer.token",
                RENEWER,
                "listenkeyd.clients.renewer.policy-file",
                shipped("renew-only.json"),
                "listenkeyd.clients.other.token",
                OTHER,
                "listenkeyd.clients.other.policy-file",
                shipped("operator.json"),
                "listenkeyd.clients.reader.token",
                READER,
                "listenkeyd.clients.reader.scopes",
                "read",
                "listenkeyd.clients.reader.policy-file",
                shipped("operator.json"),
                "listenkeyd.clients.without.token",
                WITHOUT);
    }

    private static String shipped(String policy) {
        return Path.of("deploy/policies", policy).toAbsolutePath().toString();
    }
}
