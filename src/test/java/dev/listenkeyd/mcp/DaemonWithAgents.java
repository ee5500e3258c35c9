package dev.listenkeyd.mcp;

import dev.listenkeyd.exchange.StandInResource;
import dev.listenkeyd.files.TrustedFile;
import io.quarkus.test.junit.QuarkusTestProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The daemon with one client for each kind of policy. */
public final class DaemonWithAgents implements QuarkusTestProfile {
    static final String RENEWER = "renewer-token-0123456789";
    static final String OTHER = "other-token-0123456789";
    static final String READER = "reader-token-0123456789";
    static final String WITHOUT = "without-token-0123456789";
    static final String BLIND = "blind-token-0123456789";
    static final String CAREFUL = "careful-token-0123456789";
    static final String FREE = "free-token-0123456789";
    static final String LIMITED = "limited-token-0123456789";
    static final String PERSON = "person-token-0123456789";

    private static final String ALLOWING = "{\"version\":\"1\",\"default\":\"allow\"}";
    private static final String HIDING =
            "{\"version\":\"1\",\"default\":\"allow\",\"hide\":[\"BinanceOptionsRenewListenKey\"]}";
    private static final String ASKING =
            "{\"version\":\"1\",\"tools\":{\"BinanceOptionsRenewListenKey\":{\"action\":\"require_approval\",\"reason\":\"a person decides\"}}}";
    private static final String ONE_A_DAY =
            "{\"limits\":[{\"counter\":\"%s\",\"window\":\"day\",\"max\":1,\"scope\":\"grant\"}]}";
    private static final String LIMITING =
            "{\"version\":\"1\",\"tools\":{\"BinanceOptionsCreateListenKey\":" + ONE_A_DAY.formatted("create")
                    + ",\"BinanceOptionsListenKeyExplain\":" + ONE_A_DAY.formatted("explain") + "}}";

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
        return Map.ofEntries(
                Map.entry("listenkeyd.clients.renewer.token", RENEWER),
                Map.entry("listenkeyd.clients.renewer.policy-file", TrustedFile.shippedPolicy("renew-only.json")),
                Map.entry("listenkeyd.clients.other.token", OTHER),
                Map.entry("listenkeyd.clients.other.policy-file", TrustedFile.shippedPolicy("operator.json")),
                Map.entry("listenkeyd.clients.reader.token", READER),
                Map.entry("listenkeyd.clients.reader.scopes", "read"),
                Map.entry("listenkeyd.clients.reader.policy-file", TrustedFile.shippedPolicy("operator.json")),
                Map.entry("listenkeyd.clients.blind.token", BLIND),
                Map.entry("listenkeyd.clients.blind.policy-file", written(HIDING)),
                Map.entry("listenkeyd.clients.careful.token", CAREFUL),
                Map.entry("listenkeyd.clients.careful.policy-file", written(ASKING)),
                Map.entry("listenkeyd.clients.free.token", FREE),
                Map.entry("listenkeyd.clients.free.policy-file", written(ALLOWING)),
                Map.entry("listenkeyd.clients.limited.token", LIMITED),
                Map.entry("listenkeyd.clients.limited.policy-file", written(LIMITING)),
                Map.entry("listenkeyd.clients.person.token", PERSON),
                Map.entry("listenkeyd.clients.person.scopes", "read,approve,reveal"),
                Map.entry("listenkeyd.mcp.approval-timeout", "60s"),
                Map.entry("listenkeyd.clients.without.token", WITHOUT));
    }

    private static String written(String policy) {
        try {
            Path file = Files.createTempFile("listenkeyd-policy", ".json");
            return Files.writeString(file, policy).toString();
        } catch (IOException e) {
            throw new UncheckedIOException("no temporary file", e);
        }
    }
}
