package dev.listenkeyd.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.eclipse.microprofile.config.Config;
import org.jspecify.annotations.Nullable;

/**
 * Reads the folder of accounts. A folder that can't be read is accepted: its volume may come back. No message repeats its path,
 * which may be an API key by mistake.
 */
final class AccountsFolderReader {
    private static final String NAME = "listenkeyd.accounts.dir";
    private static final String VARIABLE = Values.variable(NAME);

    private AccountsFolderReader() {}

    /** Null when there is none. */
    static @Nullable Path read(Config config, Values values, Violations violations) {
        String raw = values.text(NAME);
        Path folder = raw.isEmpty() ? null : path(raw);
        if (folder == null && !raw.isEmpty()) {
            violations.add(VARIABLE + ": not the path of a folder");
        }
        if (folder != null) {
            Values.ownNames(config)
                    .filter(AccountsFolderReader::namesFile)
                    .filter(name ->
                            isAccountOf(folder, config.getConfigValue(name).getValue()))
                    .map(Values::variable)
                    .distinct()
                    .sorted()
                    .forEach(name ->
                            violations.add(VARIABLE + ": the file of " + name + " stands in this folder, so what"
                                    + " it holds would be sent to the exchange as an API key"));
        }
        return folder;
    }

    private static boolean namesFile(String name) {
        return Values.variable(name).endsWith("_FILE");
    }

    /** Names that begin with a dot are no accounts. */
    private static boolean isAccountOf(Path folder, @Nullable String file) {
        Path path = file == null ? null : path(file.strip());
        return path != null
                && !String.valueOf(path.getFileName()).startsWith(".")
                && normal(folder).equals(normal(path).getParent());
    }

    private static Path normal(Path path) {
        return path.toAbsolutePath().normalize();
    }

    private static @Nullable Path path(String raw) {
        try {
            return Path.of(raw);
        } catch (InvalidPathException e) {
            return null;
        }
    }
}
