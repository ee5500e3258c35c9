package dev.listenkeyd.app;

import dev.listenkeyd.config.ApiReader;
import dev.listenkeyd.config.TlsSettings;
import dev.listenkeyd.config.Violations;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Map;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.eclipse.microprofile.config.Config;
import org.jspecify.annotations.Nullable;

/** Asks a daemon how it is, for who has no HTTP client at hand: a container's own check, a probe, a unit. */
final class Healthcheck {
    static final String READY = "/q/health/ready";

    static final int NOT_ALLOWED = 4;

    private static final int TIMEOUT_MILLIS = 5_000;

    /** What application.properties says, which is not read here. */
    static final Map<String, String> DEFAULTS = Map.of("quarkus.http.host", "127.0.0.1", "quarkus.http.port", "8080");

    private Healthcheck() {}

    static String addressOf(Config config) {
        URI api = new ApiReader(config, new Violations()).read(0, 0).address();
        // Who listens on all addresses is asked on this machine's own.
        String host = api.getHost().equals("0.0.0.0") || api.getHost().equals("[::]") ? "127.0.0.1" : api.getHost();
        return api.getScheme() + "://" + host + ":" + api.getPort() + READY;
    }

    /**
     * @param url http or https; null for the daemon that the environment and the system properties describe
     * @return 0 when it answered 2xx; {@link #NOT_ALLOWED} when something is there that wants a certificate, of which this
     *     command has none; 1 when it answered otherwise, or not at all
     */
    static int run(@Nullable String url, PrintStream out) {
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
            return status / 100 == 2 ? 0 : 1;
        } catch (ConnectException | SocketTimeoutException e) {
            return no(asked, e, out);
        } catch (IOException e) {
            if (certificateWanted) {
                out.println(asked + ": wants a certificate of its callers, of which this command has none");
                return NOT_ALLOWED;
            }
            return no(asked, e, out);
        } catch (URISyntaxException | GeneralSecurityException | RuntimeException e) {
            return no(asked, e, out);
        }
    }

    /** Whatever is wrong with the address, or with what answers there: the answer is no, in one line. */
    private static int no(String asked, Exception why, PrintStream out) {
        out.println(asked + ": " + why.getMessage());
        return 1;
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

    /** The daemon's certificate is for the name that its callers use, not for this address; and nothing secret is sent. */
    private static void trustAnyCertificate(HttpsURLConnection connection) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new AnyCertificate()}, null);
        connection.setSSLSocketFactory(context.getSocketFactory());
        connection.setHostnameVerifier((name, session) -> true);
    }

    private static final class AnyCertificate extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
