package dev.listenkeyd.app;

import dev.listenkeyd.cli.ExitCode;
import dev.listenkeyd.config.ApiReader;
import dev.listenkeyd.config.TlsSettings;
import dev.listenkeyd.config.Violations;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import org.eclipse.microprofile.config.Config;
import org.jspecify.annotations.Nullable;

/** Asks a daemon whether it is ready, where no HTTP client is at hand: in a container's health check or a systemd unit. */
final class Healthcheck {
    static final String READY = "/q/health/ready";

    private static final int TIMEOUT_MILLIS = 5_000;

    /** The values of application.properties, which is not read here. */
    static final Map<String, String> DEFAULTS = Map.of("quarkus.http.host", "127.0.0.1", "quarkus.http.port", "8080");

    private Healthcheck() {}

    static String addressOf(Config config) {
        return baseOf(config) + READY;
    }

    /** The address of the daemon that the environment and the system properties describe, without a path. */
    static String localDaemon() {
        // With the defaults alone, which is the common case, there is nothing to read, and few classes are loaded.
        boolean defaults = Stream.concat(
                        System.getenv().keySet().stream(), System.getProperties().stringPropertyNames().stream())
                .noneMatch(name -> name.toLowerCase(Locale.ROOT).contains("quarkus"));
        return defaults
                ? "http://" + DEFAULTS.get("quarkus.http.host") + ":" + DEFAULTS.get("quarkus.http.port")
                : baseOf(environment());
    }

    private static String baseOf(Config config) {
        URI api = new ApiReader(config, new Violations()).read(0, 0).address();
        if (api.getHost() == null) {
            // A wrong host is refused where it is asked.
            return api.toString();
        }
        // A daemon that listens on all addresses is asked on the loopback address.
        String host = api.getHost().equals("0.0.0.0") || api.getHost().equals("[::]") ? "127.0.0.1" : api.getHost();
        return api.getScheme() + "://" + host + ":" + api.getPort();
    }

    /**
     * @param url http or https; null for the daemon that the environment and the system properties describe
     * @return {@link ExitCode#FAILURE} for an answer other than 2xx, and for none
     */
    static ExitCode run(@Nullable String url, PrintStream out) {
        String asked = "the daemon's own address";
        boolean certificateWanted = false;
        try {
            Config environment = environment();
            asked = url == null ? addressOf(environment) : url;
            certificateWanted = url == null
                    && asked.startsWith("https:")
                    && TlsSettings.askForCertificates(environment.getPropertyNames());
            int status = statusOf(new URI(asked));
            out.println(asked + ": HTTP " + status);
            return status / 100 == 2 ? ExitCode.SUCCESS : ExitCode.FAILURE;
        } catch (ConnectException | SocketTimeoutException e) {
            return failure(asked, e, out);
        } catch (IOException e) {
            if (certificateWanted) {
                out.println(asked + ": requires a client certificate, and this command has none");
                return ExitCode.NOT_ALLOWED;
            }
            return failure(asked, e, out);
        } catch (URISyntaxException | GeneralSecurityException | RuntimeException e) {
            return failure(asked, e, out);
        }
    }

    private static ExitCode failure(String asked, Exception why, PrintStream out) {
        out.println(asked + ": " + why.getMessage());
        return ExitCode.FAILURE;
    }

    private static Config environment() {
        return new SmallRyeConfigBuilder()
                .addDefaultSources()
                .withDefaultValues(DEFAULTS)
                .build();
    }

    private static int statusOf(URI url) throws IOException, GeneralSecurityException {
        if (!(url.toURL().openConnection() instanceof HttpURLConnection connection)) {
            throw new IOException("neither http nor https");
        }
        if (connection instanceof HttpsURLConnection tls && isThisMachine(url.getHost())) {
            trustAnyCertificate(tls);
        }
        connection.setInstanceFollowRedirects(false);
        connection.setConnectTimeout(TIMEOUT_MILLIS);
        connection.setReadTimeout(TIMEOUT_MILLIS);
        try {
            return connection.getResponseCode();
        } finally {
            connection.disconnect();
        }
    }

    private static boolean isThisMachine(String host) throws UnknownHostException {
        return InetAddress.getByName(host).isLoopbackAddress();
    }

    /** The daemon's certificate names its public host, not this address. Nothing secret is sent. */
    private static void trustAnyCertificate(HttpsURLConnection connection) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
        connection.setSSLSocketFactory(context.getSocketFactory());
        connection.setHostnameVerifier((name, session) -> true);
    }
}
