package dev.listenkeyd.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The replicas that are run together to look at find each other, their database and their exchange, and leave nothing open. */
class FleetComposeTest {
    private static final Path COMPOSE = DeployFiles.DEPLOY.resolve("compose.fleet.yaml");
    private static final List<String> REPLICAS = List.of("replica-1", "replica-2", "replica-3");

    /** The user of the image, who must be able to read what the keys are made for. */
    private static final String USER = "10001:10001";

    private final JsonNode compose = StrictYaml.tree(DeployFiles.read(COMPOSE));
    private final JsonNode services = compose.get("services");

    @Test
    void theReplicasDifferInNameAddressAndPortOnly() {
        assertThat(each("LISTENKEYD_REPLICA")).containsExactlyElementsOf(REPLICAS);
        assertThat(each("LISTENKEYD_BINANCE_SOURCE_ADDRESS"))
                .doesNotHaveDuplicates()
                .allMatch(address -> address.startsWith("127.0.0."));
        assertThat(each("QUARKUS_HTTP_PORT")).doesNotHaveDuplicates();
        assertThat(each("LISTENKEYD_STORE_URL")).containsOnly("jdbc:postgresql://127.0.0.1:5432/listenkeyd");
        assertThat(each("LISTENKEYD_SECRETS_KEY_FILE")).containsOnly("/keys/secrets-key");
    }

    @Test
    void theyShareTheNetworkOfTheSandboxAndAskNoOtherExchange() {
        assertThat(services.at("/exchange/environment/LISTENKEYD_SANDBOX").asText())
                .isEqualTo("true");
        assertThat(each("LISTENKEYD_BINANCE_URL")).containsOnly("http://127.0.0.1:8080/sandbox");
        for (String service : sharing()) {
            assertThat(services.get(service).get("network_mode").asText()).isEqualTo("service:exchange");
            assertThat(services.get(service).has("ports")).isFalse();
        }
        assertThat(services).hasSize(sharing().size() + 2);
        assertThat(services.at("/keys/network_mode").asText()).isEqualTo("none");
    }

    @Test
    void onlyTheReplicasAreOpenToThisMachineAndTheyAskForAToken() {
        List<String> ports = new ArrayList<>();
        services.at("/exchange/ports").forEach(port -> ports.add(port.asText()));

        assertThat(ports)
                .containsExactlyElementsOf(each("QUARKUS_HTTP_PORT").stream()
                        .map(port -> "127.0.0.1:" + port + ":" + port)
                        .toList());
        assertThat(each("LISTENKEYD_CLIENTS_BOT_TOKEN_FILE")).containsOnly("/keys/token");
        assertThat(services.at("/postgresql/command").toString()).contains("listen_addresses=127.0.0.1");
    }

    @Test
    void theDaemonsAreLockedDown() {
        for (String service : daemons()) {
            JsonNode daemon = services.get(service);
            assertThat(daemon.get("image").asText()).isEqualTo("listenkeyd");
            assertThat(daemon.get("read_only").asBoolean()).isTrue();
            assertThat(daemon.at("/cap_drop/0").asText()).isEqualTo("ALL");
            assertThat(daemon.get("security_opt").toString()).contains("no-new-privileges:true");
            DeployFiles.assertSettings(() -> daemon.get("environment").fieldNames());
        }
    }

    @Test
    void whatIsNamedIsThere() {
        JsonNode build = services.at("/exchange/build");
        Path context = COMPOSE.getParent().resolve(build.get("context").asText());
        assertThat(context.resolve(build.get("dockerfile").asText())).exists();
        Set<String> mounted = new TreeSet<>();
        services.forEach(service -> service.path("volumes")
                .forEach(volume -> mounted.add(volume.asText().split(":", 2)[0])));
        Set<String> declared = new TreeSet<>();
        compose.get("volumes").fieldNames().forEachRemaining(declared::add);
        assertThat(mounted).isEqualTo(declared);
        assertThat(services)
                .allSatisfy(service -> service.path("depends_on")
                        .fieldNames()
                        .forEachRemaining(other ->
                                assertThat(services.has(other)).as(other).isTrue()));
        String made = services.at("/keys/command").toString();
        assertThat(made).contains("> /keys/secrets-key", "> /keys/token", "chown -R " + USER);
        assertThat(DeployFiles.read(DeployFiles.DEPLOY.resolve("docker/Dockerfile.native")))
                .contains("USER " + USER);
    }

    private static List<String> daemons() {
        List<String> daemons = new ArrayList<>(REPLICAS);
        daemons.add("exchange");
        return daemons;
    }

    /** Services in the network of the sandbox. */
    private static List<String> sharing() {
        List<String> sharing = new ArrayList<>(REPLICAS);
        sharing.add("postgresql");
        return sharing;
    }

    /** The value of a setting at each replica, in their order. */
    private List<String> each(String setting) {
        Function<String, String> value = replica ->
                services.get(replica).get("environment").path(setting).asText();
        return REPLICAS.stream().map(value).toList();
    }
}
