package dev.listenkeyd.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("the trust store is a property of the process")
class TrustedAuthoritiesTest {
    private static final String FILE = "javax.net.ssl.trustStore";

    @TempDir
    private Path folder;

    @AfterEach
    void putBack() {
        System.clearProperty(FILE);
    }

    @Test
    void thoseOfTheJvmAreTakenAsTheyAre() {
        assertThat(TrustedAuthorities.violations()).isEmpty();
    }

    @Test
    void aStoreThatIsThereIsTaken() {
        assertThat(violations(Path.of(System.getProperty("java.home", ""), "lib", "security", "cacerts")))
                .isEmpty();
    }

    @Test
    void aStoreThatIsMissingOrNoneIsTold() throws IOException {
        Path missing = folder.resolve("missing.p12");
        Path other = Files.writeString(folder.resolve("other"), "no key store");

        assertThat(violations(missing)).singleElement().asString().contains("-D" + FILE + "=" + missing, "is missing");
        assertThat(violations(other)).singleElement().asString().contains("-D" + FILE + "=" + other);
    }

    private static List<String> violations(Path store) {
        System.setProperty(FILE, store.toString());
        return TrustedAuthorities.violations();
    }
}
