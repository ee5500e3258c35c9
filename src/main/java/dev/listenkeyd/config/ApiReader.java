package dev.listenkeyd.config;

import dev.listenkeyd.config.Settings.Api;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Locale;
import org.eclipse.microprofile.config.Config;

/** Reads the API's address, and refuses settings that leave the API less protected than they seem to. */
public final class ApiReader {
    private final Config config;
    private final Violations violations;

    public ApiReader(Config config, Violations violations) {
        this.config = config;
        this.violations = violations;
    }

    public Api read(int maxAccounts, int maxConnections) {
        String host = text("quarkus.http.host", "127.0.0.1");
        boolean sandbox = text("listenkeyd.sandbox", "false").equals("true");
        boolean tls = TlsSettings.serveHttps(config.getPropertyNames());
        // The sandbox calls itself by plain HTTP. Otherwise HTTPS turns plain HTTP off, unless it is enabled.
        String otherwise = sandbox ? "enabled" : "disabled";
        boolean plain =
                !tls || text("quarkus.http.insecure-requests", otherwise).equals("enabled");
        boolean clients = ClientsReader.SETTINGS.isAnySet(config);
        boolean local = isLoopback(host);
        checkReach(host, sandbox, clients);
        if (!plain && sandbox) {
            violations.add(
                    "QUARKUS_HTTP_INSECURE_REQUESTS: the sandbox calls itself by plain HTTP; unset it, or set it to enabled");
        }
        if (!text("quarkus.http.domain-socket-enabled", "false").equals("false")) {
            violations.add(
                    "QUARKUS_HTTP_DOMAIN_SOCKET_ENABLED: this build has no library for Unix domain sockets; unset it");
        }
        checkCertificates(tls, plain && !local);
        for (String name : TlsSettings.withoutEffect(config.getPropertyNames())) {
            violations.add(name + ": Quarkus accepts no number here in a variable; use"
                    + " QUARKUS_TLS_KEY_STORE_PEM_API_CERT and _KEY");
        }
        int port = plain ? port("quarkus.http.port", 8080, sandbox ? 1 : 0) : port("quarkus.http.ssl-port", 8443, 0);
        String authority = (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
        // The server reports an invalid host when it starts.
        URI address = URI.create((plain ? "http://" : "https://") + authority.replace(' ', '_'));
        return new Api(address, plain && clients && !local, plain && tls, maxAccounts, maxConnections);
    }

    private void checkReach(String host, boolean sandbox, boolean clients) {
        boolean local = isLoopback(host);
        if (!local && sandbox) {
            violations.add("QUARKUS_HTTP_HOST=" + host + ": the sandbox is for this machine only; set it to 127.0.0.1");
        } else if (!local && !clients) {
            violations.add("QUARKUS_HTTP_HOST=" + host + ": without clients the API is open, so only a loopback address"
                    + " may listen; set LISTENKEYD_CLIENTS_<NAME>_TOKEN (or _TOKEN_FILE), or set it to 127.0.0.1");
        }
        if (!clients
                && !text("quarkus.http.proxy.proxy-address-forwarding", "false").equals("false")) {
            violations.add("QUARKUS_HTTP_PROXY_PROXY_ADDRESS_FORWARDING: a proxy lets in callers from anywhere; without"
                    + " clients the API is open, so set LISTENKEYD_CLIENTS_<NAME>_TOKEN (or _TOKEN_FILE), or unset it");
        }
    }

    private void checkCertificates(boolean tls, boolean plainForOthers) {
        boolean trust = TlsSettings.askForCertificates(config.getPropertyNames());
        if (trust && !tls) {
            violations.add("QUARKUS_TLS_TRUST_STORE_...: client certificates need a certificate of the server; set"
                    + " QUARKUS_TLS_KEY_STORE_PEM_API_CERT and _KEY");
        }
        if (trust && tls && plainForOthers) {
            violations.add(
                    "QUARKUS_HTTP_INSECURE_REQUESTS=enabled: a caller by plain HTTP shows no certificate; unset it");
        }
        if (!trust && TlsSettings.wantCertificates(config)) {
            violations.add("QUARKUS_HTTP_SSL_CLIENT_AUTH: has no effect here; client certificates are required as soon"
                    + " as QUARKUS_TLS_TRUST_STORE_PEM_CERTS is set");
        }
    }

    private int port(String name, int otherwise, int lowest) {
        String raw = text(name, Integer.toString(otherwise));
        try {
            int port = Integer.parseInt(raw);
            if (port >= lowest && port <= ExchangeAddress.MAX_PORT) {
                return port;
            }
        } catch (NumberFormatException e) {
            // Reported below.
        }
        violations.add(Values.variable(name) + "=" + raw + ": must be a port from " + lowest + " to "
                + ExchangeAddress.MAX_PORT);
        return otherwise;
    }

    private String text(String name, String otherwise) {
        return config.getOptionalValue(name, String.class)
                .orElse(otherwise)
                .strip()
                .toLowerCase(Locale.ROOT);
    }

    static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
