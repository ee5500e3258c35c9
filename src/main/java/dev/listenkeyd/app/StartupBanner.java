package dev.listenkeyd.app;

import dev.listenkeyd.config.Settings;
import dev.listenkeyd.config.SharedStore;
import dev.listenkeyd.sandbox.SandboxResource;
import java.time.Duration;
import org.jboss.logging.Logger;

/** The first lines of the log. */
final class StartupBanner {
    private static final Logger LOG = Logger.getLogger("listenkeyd");

    private static final Duration A_RETRY = Duration.ofSeconds(2);

    private StartupBanner() {}

    static void greet(Settings settings, int leases) {
        LOG.infof(
                "listenkeyd keeps %d listen key(s) alive; API on %s, %s, store %s",
                leases,
                settings.api().address(),
                settings.clients().isEmpty()
                        ? "open to this machine"
                        : settings.clients().size() + " client(s)",
                store(settings));
        if (settings.api().inTheClear()) {
            LOG.warn("tokens and listen keys travel in the clear to other machines"
                    + (settings.api().besideHttps()
                            ? ", for plain HTTP is served beside HTTPS: unset QUARKUS_HTTP_INSECURE_REQUESTS"
                            : ": set QUARKUS_TLS_KEY_STORE_PEM_API_CERT and QUARKUS_TLS_KEY_STORE_PEM_API_KEY to serve HTTPS")
                    + ", unless something in between encrypts");
        }
        if (settings.sandbox()) {
            greetFromSandbox(settings);
        }
    }

    private static String store(Settings settings) {
        SharedStore shared = settings.sharedStore();
        return shared == null ? settings.storeFile().toString() : shared.name() + " as replica " + shared.replica();
    }

    private static void greetFromSandbox(Settings settings) {
        if (!settings.clients().isEmpty()) {
            LOG.info(
                    "with clients, each call below /v1, of /mcp and of /sandbox/faults needs -H 'Authorization: Bearer <token>'");
        }
        Duration ttl = settings.policy().ttl();
        Duration renewEvery = settings.policy().renewEvery();
        LOG.infof(
                """
                SANDBOX: a stand-in for the exchange, leases of %2$s s, and the account "demo". Try:
                  curl -s %1$s/v1/listen-keys/demo          the lease; lastSuccessAt moves every %3$s to %4$s s
                  curl -s %1$s/q/health/well                renewal status
                  curl -s %1$s/q/metrics | grep listenkey_  the same for Prometheus
                  curl -s -H 'Content-Type: application/json' -d '{"kind":"down","for":"%5$ss"}' %1$s/sandbox/faults
                and watch this log: first the failed renewal, then the recovery.""",
                settings.api().address(),
                ttl.toSeconds(),
                renewEvery.multipliedBy(4).dividedBy(5).toSeconds(),
                renewEvery.toSeconds(),
                outageWithoutLoss(ttl.minus(renewEvery)).toSeconds());
    }

    /** @param afterRenewal how long a key lives on at least when its renewal is due */
    private static Duration outageWithoutLoss(Duration afterRenewal) {
        long seconds = afterRenewal.minus(A_RETRY).toSeconds();
        return Duration.ofSeconds(Math.max(1, Math.min(seconds, SandboxResource.LONGEST_FAULT.toSeconds())));
    }
}
