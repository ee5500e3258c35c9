package dev.listenkeyd.config;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.spi.ConfigSource;

/** Finds variables that have no effect, such as misspelt ones. */
public final class UnknownVariables {
    private static final String PREFIX = "LISTENKEYD_";
    private static final String ENVIRONMENT = "EnvConfigSource";

    /** Kubernetes sets these in every pod that can see a service named listenkeyd. */
    private static final Pattern OF_KUBERNETES = Pattern.compile("LISTENKEYD_(SERVICE_(HOST|PORT.*)|PORT(_.*)?)");

    /** Only the command line reads these; a shell that starts the daemon may have them, too. */
    private static final Set<String> OF_THE_COMMAND_LINE =
            Set.of("LISTENKEYD_URL", "LISTENKEYD_TOKEN", "LISTENKEYD_TOKEN_FILE");

    /** The ordinal of application.properties in the package. */
    private static final int DEFAULTS = 250;

    private UnknownVariables() {}

    /** The names of the environment that have no effect. */
    public static List<String> among(Set<String> environment, Config config) {
        Set<String> known = new TreeSet<>(SecretsReader.VARIABLES);
        known.addAll(SharedStoreReader.VARIABLES);
        known.add("LISTENKEYD_API_HOSTS");
        known.addAll(OF_THE_COMMAND_LINE);
        for (ConfigSource source : config.getConfigSources()) {
            // Every setting has its default in a file. The environment also lists misspelt names.
            if (!source.getName().startsWith(ENVIRONMENT)) {
                source.getPropertyNames().stream()
                        .filter(name -> name.startsWith("listenkeyd."))
                        .map(Values::variable)
                        .forEach(known::add);
            }
        }
        return environment.stream()
                .filter(name -> name.startsWith(PREFIX) && !known.contains(name))
                // A wrong setting of a client or a webhook stops the start.
                .filter(name -> !name.startsWith(ClientsReader.SETTINGS.prefix()))
                .filter(name -> !name.startsWith(WebhooksReader.SETTINGS.prefix()))
                .filter(name -> !AccountsReader.SETTINGS.isVariable(name))
                .filter(name -> !OF_KUBERNETES.matcher(name).matches())
                .sorted()
                .toList();
    }

    /** The settings that are set, but replaced by the sandbox's own. */
    public static List<String> replacedBySandbox(Config config) {
        return Stream.of("listenkeyd.binance.url", "listenkeyd.store.file")
                .filter(name -> StreamSupport.stream(config.getConfigSources().spliterator(), false)
                        .filter(source ->
                                source.getOrdinal() > DEFAULTS && source.getOrdinal() < DerivedSettings.FORCED)
                        .anyMatch(source -> source.getValue(name) != null))
                .map(Values::variable)
                .toList();
    }
}
