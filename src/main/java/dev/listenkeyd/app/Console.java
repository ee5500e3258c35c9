package dev.listenkeyd.app;

import org.jboss.logging.Logger;

/** What a person at the console reads first. */
final class Console {
    private static final Logger LOG = Logger.getLogger("listenkeyd");

    private Console() {}

    static void greet(Settings settings, int leases) {
        LOG.infof(
                "listenkeyd keeps %d listen key(s) alive; API on %s, %s, store %s",
                leases,
                settings.api().address(),
                settings.clients().isEmpty()
                        ? "open to this machine"
                        : settings.clients().size() + " client(s)",
                settings.storeFile());
        if (settings.api().inTheClear()) {
            LOG.warn(
                    "tokens and listen keys travel in the clear to other machines: set QUARKUS_TLS_KEY_STORE_PEM_API_CERT"
                            + " and QUARKUS_TLS_KEY_STORE_PEM_API_KEY to serve HTTPS, unless something in between encrypts");
        }
        if (settings.sandbox()) {
            String api = "http://localhost:" + settings.api().address().getPort();
            if (!settings.clients().isEmpty()) {
                LOG.info(
                        "with clients, each call below /v1, of /mcp and of /sandbox/faults needs -H 'Authorization: Bearer <token>'");
            }
            LOG.infof("""
                    SANDBOX: a stand-in for the exchange, a 60 s lease, and the account "demo". Try:
                      curl -s %1$s/v1/listen-keys/demo          the lease; lastSuccessAt moves every 24 to 30 s
                      curl -s %1$s/q/health/well                renewal status
                      curl -s %1$s/q/metrics | grep listenkey_  the same for Prometheus
                      curl -s -H 'Content-Type: application/json' -d '{"kind":"down","for":"28s"}' %1$s/sandbox/faults
                    and watch this log: first the failed renewal, then the recovery.""", api);
        }
    }
}
