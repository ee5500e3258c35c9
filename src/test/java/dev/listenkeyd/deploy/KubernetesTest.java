package dev.listenkeyd.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.RollingUpdateDeployment;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.PodMonitor;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** The manifests of one folder fit the model of Kubernetes, each other, and the daemon. */
@ParameterizedClass
@ValueSource(strings = {"sidecar", "standalone", "fleet"})
class KubernetesTest {
    private static final Path KUBERNETES = DeployFiles.DEPLOY.resolve("kubernetes");
    private static final String DAEMON = "listenkeyd";
    private static final Pattern FROM_FILE = Pattern.compile("--from-file=([a-z-]+)=");

    private static final String STORE_PASSWORD = "store-password";

    private final String folder;
    private final boolean isFleet;

    KubernetesTest(String folder) {
        this.folder = folder;
        this.isFleet = folder.equals("fleet");
    }

    @Test
    void whatIsAppliedIsWhatIsThere() {
        JsonNode kustomization = StrictYaml.tree(DeployFiles.read(KUBERNETES.resolve(folder + "/kustomization.yaml")));

        Set<String> applied = texts(kustomization.get("resources"));
        applied.add("kustomization.yaml");

        assertThat(applied).isEqualTo(DeployFiles.names(KUBERNETES.resolve(folder)));
        assertThat(kustomization.at("/images/0/name").asText())
                .isEqualTo(daemon(podOf()).getImage());
        assertThat(kustomization.at("/images/0/newTag").asText()).isEqualTo(DeployFiles.version());
    }

    /** Else the kernel ends the process where the collector could have made room. */
    @Test
    void theHeapAndTheCodeFitIntoTheMemory() {
        Container daemon = daemon(podOf());
        long limit = Quantity.getAmountInBytes(daemon.getResources().getLimits().get("memory"))
                .longValueExact();

        assertThat(daemon.getArgs())
                .singleElement()
                .asString()
                .startsWith("-Xmx")
                .endsWith("m");
        long heap = Long.parseLong(daemon.getArgs().get(0).replaceAll("[^0-9]", "")) << 20;
        assertThat(limit - heap).isGreaterThanOrEqualTo(64 << 20);
    }

    /** A file has one writer; replicas of a database go one by one, each on a node, and so an address, of its own. */
    @Test
    void thereIsOnePodAtATimeUnlessTheyShareADatabase() {
        Deployment deployment = one(Deployment.class);

        if (isFleet) {
            assertThat(deployment.getSpec().getReplicas()).isEqualTo(3);
            RollingUpdateDeployment update = deployment.getSpec().getStrategy().getRollingUpdate();
            assertThat(update.getMaxUnavailable().getIntVal()).isZero();
            assertThat(update.getMaxSurge().getIntVal()).isEqualTo(1);
            assertThat(podOf().getTopologySpreadConstraints())
                    .singleElement()
                    .satisfies(spread -> assertThat(spread.getTopologyKey()).isEqualTo("kubernetes.io/hostname"));
            PodDisruptionBudget budget = one(PodDisruptionBudget.class);
            assertThat(budget.getSpec().getMaxUnavailable().getIntVal()).isEqualTo(1);
            assertSelects(
                    budget.getSpec().getSelector().getMatchLabels(),
                    deployment.getSpec().getTemplate().getMetadata().getLabels());
        } else {
            assertThat(deployment.getSpec().getReplicas()).isEqualTo(1);
            assertThat(deployment.getSpec().getStrategy().getType()).isEqualTo("Recreate");
        }
    }

    @Test
    void thePodIsLockedDown() {
        PodSpec pod = podOf();

        assertThat(pod.getAutomountServiceAccountToken()).isFalse();
        assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
        assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
        assertThat(containers(pod).toList()).isNotEmpty().allSatisfy(container -> {
            SecurityContext security = container.getSecurityContext();
            assertThat(security.getAllowPrivilegeEscalation()).isFalse();
            assertThat(security.getReadOnlyRootFilesystem()).isTrue();
            assertThat(security.getCapabilities().getDrop()).containsExactly("ALL");
            assertThat(security.getCapabilities().getAdd()).isEmpty();
            assertThat(security.getPrivileged()).isNull();
            assertThat(security.getSeccompProfile()).isNull();
            assertThat(container.getResources().getRequests()).containsKeys("cpu", "memory");
            assertThat(container.getResources().getLimits()).containsKey("memory");
        });
    }

    /** A probe of {@code well} would restart what only the exchange or a person can mend. */
    @Test
    void probesAskForReadyAndLive() {
        Container daemon = daemon(podOf());

        assertProbe(daemon, daemon.getStartupProbe(), "/q/health/ready");
        assertProbe(daemon, daemon.getReadinessProbe(), "/q/health/ready");
        assertProbe(daemon, daemon.getLivenessProbe(), "/q/health/live");
    }

    @Test
    void settingsAreKnownAndSecretsAreFilesOfTheSecret() {
        PodSpec pod = podOf();
        Container daemon = daemon(pod);
        Map<String, String> settings =
                daemon.getEnv().stream().collect(Collectors.toMap(EnvVar::getName, KubernetesTest::valueOf));
        DeployFiles.assertSettings(settings.keySet());

        Set<Path> secrets = settings.entrySet().stream()
                .filter(setting -> setting.getKey().matches(".*_(KEY|TOKEN|PASSWORD)_FILE"))
                .map(setting -> Path.of(setting.getValue()))
                .collect(Collectors.toSet());

        assertThat(secrets).hasSize(isFleet ? 4 : 3).allSatisfy(file -> {
            assertThat(mountOf(daemon, file).getReadOnly()).isTrue();
            assertThat(volumeOf(pod, mountOf(daemon, file)).getSecret().getSecretName())
                    .isEqualTo(DAEMON);
        });
        Set<String> documented =
                new HashSet<>(DeployFiles.all(FROM_FILE, 1, DeployFiles.read(DeployFiles.DEPLOY.resolve("README.md"))));
        assertThat(documented).contains(STORE_PASSWORD);
        documented.removeIf(name -> !isFleet && name.equals(STORE_PASSWORD));
        assertThat(secrets.stream().map(file -> file.getFileName().toString()))
                .as("what the documentation puts into the secret")
                .hasSameElementsAs(documented);
        if (isFleet) {
            assertThat(settings).containsKeys("LISTENKEYD_STORE_URL", "LISTENKEYD_REPLICA");
        } else {
            Path store = Path.of(settings.get("LISTENKEYD_STORE_FILE"));
            assertThat(mountOf(daemon, store).getReadOnly()).isNull();
            assertThat(volumeOf(pod, mountOf(daemon, store)).getSecret()).isNull();
        }
        assertThat(settings).as("another address wants a client").containsEntry("QUARKUS_HTTP_HOST", "0.0.0.0");
    }

    @Test
    void mountsHaveTheirVolumesAndVolumesTheirMounts() {
        PodSpec pod = podOf();

        Set<String> mounted = containers(pod)
                .flatMap(container -> container.getVolumeMounts().stream())
                .map(VolumeMount::getName)
                .collect(Collectors.toSet());

        assertThat(mounted)
                .isEqualTo(pod.getVolumes().stream().map(Volume::getName).collect(Collectors.toSet()));
        Set<String> claims = pod.getVolumes().stream()
                .filter(volume -> volume.getPersistentVolumeClaim() != null)
                .map(volume -> volume.getPersistentVolumeClaim().getClaimName())
                .collect(Collectors.toSet());
        assertThat(claims)
                .isEqualTo(all(PersistentVolumeClaim.class)
                        .map(claim -> claim.getMetadata().getName())
                        .collect(Collectors.toSet()));
    }

    @Test
    void whoeverSelectsThePodFindsItAndItsPort() {
        Deployment deployment = one(Deployment.class);
        Map<String, String> labels =
                deployment.getSpec().getTemplate().getMetadata().getLabels();
        Set<String> ports =
                daemon(podOf()).getPorts().stream().map(ContainerPort::getName).collect(Collectors.toSet());
        PodMonitor monitor = one(PodMonitor.class);

        assertSelects(deployment.getSpec().getSelector().getMatchLabels(), labels);
        assertSelects(monitor.getSpec().getSelector().getMatchLabels(), labels);
        assertThat(labels)
                .as("the job that alerts and dashboard expect")
                .containsEntry(monitor.getSpec().getJobLabel(), DAEMON);
        assertThat(monitor.getSpec().getPodMetricsEndpoints()).singleElement().satisfies(endpoint -> {
            assertThat(ports).contains(endpoint.getPort());
            assertThat(endpoint.getPath()).isEqualTo("/q/metrics");
        });
        assertThat(all(Service.class)).allSatisfy(service -> {
            assertSelects(service.getSpec().getSelector(), labels);
            assertThat(service.getSpec().getPorts())
                    .allSatisfy(port ->
                            assertThat(ports).contains(port.getTargetPort().getStrVal()));
        });
        assertThat(all(NetworkPolicy.class)).allSatisfy(policy -> {
            assertSelects(policy.getSpec().getPodSelector().getMatchLabels(), labels);
            assertThat(policy.getSpec().getIngress()).allSatisfy(rule -> {
                assertThat(rule.getFrom()).isNotEmpty();
                assertThat(rule.getPorts())
                        .isNotEmpty()
                        .allSatisfy(port ->
                                assertThat(ports).contains(port.getPort().getStrVal()));
            });
            assertThat(policy.getSpec().getPolicyTypes()).containsExactlyInAnyOrder("Ingress", "Egress");
        });
    }

    @Test
    void aSidecarStartsBeforeTheBotAndRunsBesideIt() {
        assertThat(podOf().getInitContainers())
                .hasSize(folder.equals("sidecar") ? 1 : 0)
                .allSatisfy(daemon -> assertThat(daemon.getRestartPolicy()).isEqualTo("Always"));
    }

    /** Empty when the value comes from elsewhere. */
    private static String valueOf(EnvVar variable) {
        return variable.getValue() == null ? "" : variable.getValue();
    }

    private static void assertProbe(Container container, Probe probe, String path) {
        assertThat(probe.getHttpGet().getPath()).isEqualTo(path);
        assertThat(container.getPorts())
                .extracting(ContainerPort::getName)
                .contains(probe.getHttpGet().getPort().getStrVal());
    }

    private static void assertSelects(Map<String, String> selector, Map<String, String> labels) {
        assertThat(selector).isNotEmpty();
        assertThat(labels).containsAllEntriesOf(selector);
    }

    private PodSpec podOf() {
        return one(Deployment.class).getSpec().getTemplate().getSpec();
    }

    private static Stream<Container> containers(PodSpec pod) {
        return Stream.of(pod.getInitContainers(), pod.getContainers()).flatMap(List::stream);
    }

    private static Container daemon(PodSpec pod) {
        return only(containers(pod).filter(container -> container.getName().equals(DAEMON)), DAEMON);
    }

    private static VolumeMount mountOf(Container container, Path file) {
        return only(
                container.getVolumeMounts().stream().filter(mount -> file.startsWith(mount.getMountPath())),
                "mount of " + file);
    }

    private static Volume volumeOf(PodSpec pod, VolumeMount mount) {
        return only(
                pod.getVolumes().stream().filter(volume -> volume.getName().equals(mount.getName())), mount.getName());
    }

    private <T extends HasMetadata> T one(Class<T> type) {
        return only(all(type), type.getSimpleName());
    }

    private <T extends HasMetadata> Stream<T> all(Class<T> type) {
        Function<String, HasMetadata> object = name ->
                StrictYaml.object(DeployFiles.read(KUBERNETES.resolve(folder).resolve(name)));
        return DeployFiles.names(KUBERNETES.resolve(folder)).stream()
                .filter(name -> !name.equals("kustomization.yaml"))
                .map(object)
                .filter(type::isInstance)
                .map(type::cast);
    }

    private static <T> T only(Stream<T> found, String what) {
        List<T> all = found.toList();
        assertThat(all).as(what).hasSize(1);
        return all.get(0);
    }

    private static Set<String> texts(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(JsonNode::asText)
                .collect(Collectors.toSet());
    }
}
