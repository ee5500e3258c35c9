package dev.listenkeyd.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.runtime.QuarkusBindException;
import io.quarkus.runtime.configuration.ConfigurationException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.BindException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The output of a start that fails. */
class TerminationTest {
    @Test
    void aPortInUseIsASentenceAndNoAdviceToKill() {
        BindException taken = new QuarkusBindException("127.0.0.1", 8080, new BindException("Address already in use"));

        assertThat(said(new RuntimeException("Failed to start quarkus", taken)))
                .startsWith("listenkeyd can't start, it can't listen on 127.0.0.1, port 8080: Address already in use")
                .contains("QUARKUS_HTTP_PORT", "QUARKUS_HTTP_SSL_PORT")
                .doesNotContain("kill", "\tat ");
    }

    @Test
    void aWrongConfigurationIsItsSentence() {
        assertThat(said(new RuntimeException(new ConfigurationException("what is wrong"))))
                .isEqualTo("what is wrong" + System.lineSeparator());
    }

    @Test
    void anUnexpectedFailureIsATrace() {
        assertThat(said(new IllegalStateException("why"))).contains("listenkeyd can't start", "why", "\tat ");
    }

    private static String said(Throwable failure) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Termination.explain(failure, new PrintStream(out, true, StandardCharsets.UTF_8));
        return out.toString(StandardCharsets.UTF_8);
    }
}
