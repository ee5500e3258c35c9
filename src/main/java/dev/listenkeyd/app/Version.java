package dev.listenkeyd.app;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.quarkus.runtime.ImageMode;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Properties;

/** The version of this build, for the command line and the metrics. */
@Singleton
final class Version implements MeterBinder {
    static final String TEXT = read();

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("listenkeyd.build.info", () -> 1)
                .description("Always 1; its labels say which build runs, and on what")
                .tag("version", TEXT)
                .tag("java", Runtime.version().toString())
                .tag("image", ImageMode.current() == ImageMode.JVM ? "jvm" : "native")
                .register(registry);
    }

    private static String read() {
        try (InputStream file = Objects.requireNonNull(Version.class.getResourceAsStream("/listenkeyd.properties"))) {
            Properties properties = new Properties();
            properties.load(file);
            return properties.getProperty("version");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
