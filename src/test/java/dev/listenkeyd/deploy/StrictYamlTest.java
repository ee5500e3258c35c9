package dev.listenkeyd.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The check of the manifests sees what it is there for: each plants one slip of the pen. */
class StrictYamlTest {
    private static final Path KUBERNETES = DeployFiles.DEPLOY.resolve("kubernetes");

    @ParameterizedTest
    @CsvSource({
        "standalone/deployment.yaml, 'spec:', 'sepc:', sepc",
        "standalone/deployment.yaml, 'replicas:', 'replica:', replica",
        "standalone/deployment.yaml, 'automountServiceAccountToken:', 'autoMountServiceAccountToken:', autoMountServiceAccountToken",
        "standalone/deployment.yaml, 'readOnlyRootFilesystem:', 'readOnlyRootFileSystem:', readOnlyRootFileSystem",
        "standalone/deployment.yaml, 'failureThreshold:', 'failureTreshold:', failureTreshold",
        "standalone/deployment.yaml, 'httpGet:', 'httpget:', httpget",
        "standalone/deployment.yaml, 'defaultMode:', 'mode:', mode",
        "standalone/deployment.yaml, 'allowPrivilegeEscalation: false', 'allowPrivilegeEscalation: maybe', maybe",
        "standalone/deployment.yaml, 'value: ''true''', 'value: true', Boolean",
        "standalone/deployment.yaml, 'replicas: 1', 'replicas: one', one",
        "standalone/deployment.yaml, 'apps/v1', 'apps/v2', apps/v2/Deployment",
        "standalone/deployment.yaml, 'replicas: 1', 'strategy: {}', strategy",
        "standalone/networkpolicy.yaml, 'namespaceSelector:', 'nameSpaceSelector:', nameSpaceSelector",
        "standalone/networkpolicy.yaml, 'except:', 'expect:', expect",
        "standalone/service.yaml, 'targetPort:', 'target:', target",
        "standalone/volumeclaim.yaml, 'storage:', 'storage: 1Gi\n    request:', request",
        "standalone/podmonitor.yaml, 'interval:', 'intervall:', intervall",
        "standalone/podmonitor.yaml, 'podMetricsEndpoints:', 'endpoints:', endpoints",
        "sidecar/deployment.yaml, 'sizeLimit:', 'limit:', limit",
        "sidecar/deployment.yaml, 'restartPolicy: Always', 'restart: Always', restart",
    })
    void aSlipOfThePenIsRefused(String file, String right, String wrong, String named) {
        String manifest = DeployFiles.read(KUBERNETES.resolve(file));
        assertThat(manifest).contains(right);
        assertThat(StrictYaml.object(manifest).getMetadata().getName()).isNotEmpty();

        String slip = manifest.replaceFirst("(?m)(?<=[\\s-])\\Q" + right + "\\E", wrong);

        assertThatThrownBy(() -> StrictYaml.object(slip)).hasMessageContaining(named);
    }
}
