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
 * The certificate authorities that vouch for the exchange: those of the JVM, in the native binary those of its build, or
 * what {@code javax.net.ssl.trustStore} names. The JVM would pass over a file that is missing, and the binary fail each call.
 */
final class TrustedAuthorities {
    private static final String FILE = "javax.net.ssl.trustStore";

    /** Names a key store that is no file. */
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
            // Reads it as the calls do, by its type and password.
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
