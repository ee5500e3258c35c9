package dev.listenkeyd.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Checks the trust store that {@code javax.net.ssl.trustStore} names, if any. With a missing file the JVM would start, and every
 * call to the exchange would fail.
 */
final class TrustedAuthorities {
    private static final String FILE = "javax.net.ssl.trustStore";

    /** This value names no file. */
    private static final String NO_FILE = "NONE";

    private TrustedAuthorities() {}

    static List<String> violations() {
        String file = System.getProperty(FILE, "");
        String wrong = file.isBlank() || file.equals(NO_FILE) ? null : trouble(Path.of(file));
        return wrong == null ? List.of() : List.of("-D" + FILE + "=" + file + ": " + wrong);
    }

    private static @Nullable String trouble(Path file) {
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            return "the file is missing or can't be read";
        }
        try {
            // Reads the file as the calls do, with the same type and password.
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init((KeyStore) null);
            boolean any = Stream.of(factory.getTrustManagers())
                    .filter(X509TrustManager.class::isInstance)
                    .anyMatch(manager -> ((X509TrustManager) manager).getAcceptedIssuers().length > 0);
            return any ? null : "no certificate in it";
        } catch (GeneralSecurityException e) {
            return "not a key store that can be read (" + e.getMessage() + ")";
        }
    }
}
