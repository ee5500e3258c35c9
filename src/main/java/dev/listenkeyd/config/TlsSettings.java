package dev.listenkeyd.config;

import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServerOptions;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.eclipse.microprofile.config.Config;

/**
 * Reads Quarkus' settings of TLS: a key store turns HTTPS on, and a trust store makes client certificates required. Quarkus'
 * own setting for the second ({@code quarkus.http.ssl.client-auth}) is fixed at build time.
 */
@Singleton
public final class TlsSettings implements HttpServerOptionsCustomizer {
    /** Quarkus lists the other members of a store even when they are not set. */
    private static final String KIND = "(PEM|P12|JKS|OTHER)_.+";

    private static final Pattern KEY_STORE = Values.eitherName("QUARKUS_TLS_KEY_STORE_" + KIND
            + "|QUARKUS_HTTP_TLS_CONFIGURATION_NAME|QUARKUS_HTTP_SSL_CERTIFICATE_(FILES|KEY_STORE_FILE)");
    private static final Pattern TRUST_STORE = Values.eitherName(
            "QUARKUS_TLS_(.+_)?TRUST_STORE_" + KIND + "|QUARKUS_HTTP_SSL_CERTIFICATE_TRUST_STORE_FILES?");
    private static final Pattern NUMBERED = Pattern.compile("QUARKUS_TLS_KEY_STORE_PEM_\\d+_(CERT|KEY)");
    private static final String CLIENT_AUTH = "quarkus.http.ssl.client-auth";

    @Override
    public void customizeHttpsServer(HttpServerOptions options) {
        if (options.getTrustOptions() != null) {
            options.setClientAuth(ClientAuth.REQUIRED);
        }
    }

    static boolean serveHttps(Iterable<String> names) {
        return anyOf(names, KEY_STORE);
    }

    public static boolean askForCertificates(Iterable<String> names) {
        return anyOf(names, TRUST_STORE);
    }

    /** Whether Quarkus' own setting is set; the source with the highest ordinal is the build's. */
    static boolean wantCertificates(Config config) {
        return StreamSupport.stream(config.getConfigSources().spliterator(), false)
                .filter(source -> source.getOrdinal() < Integer.MAX_VALUE)
                .map(source -> source.getValue(CLIENT_AUTH))
                .anyMatch(value -> value != null && !value.equalsIgnoreCase("none"));
    }

    /** Variables that Quarkus ignores: it reads the number of {@code pem.0.cert} as an index of a list. */
    static List<String> withoutEffect(Iterable<String> names) {
        return StreamSupport.stream(names.spliterator(), false)
                .filter(name -> NUMBERED.matcher(name).matches())
                .sorted()
                .toList();
    }

    private static boolean anyOf(Iterable<String> names, Pattern pattern) {
        return StreamSupport.stream(names.spliterator(), false)
                .anyMatch(name -> pattern.matcher(name).matches());
    }
}
