package dev.listenkeyd.config;

import dev.listenkeyd.notify.sink.FileSink;
import dev.listenkeyd.notify.sink.FileSinks;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.Config;

/**
 * Reads the files that follow listen keys. Such a file replaces any other, so it must not be one that another setting names. The files
 * are compared by name only: a disk that hangs must not hold up the start.
 */
final class SinksReader {
    static final Set<String> MEMBERS = Set.of("sink-file", "sink-file-mode");

    private static final String FILE = "sink-file";
    private static final String MODE = "sink-file-mode";
    private static final String DEFAULT_MODE = "0600";

    /** Its owner may read it, and write it or not; its group and all others may read it or not. */
    private static final Pattern MODES = Pattern.compile("0?[46][04][04]");

    private static final int OCTAL = 8;
    private static final int PERMISSION_BITS = 9;
    private static final String PERMISSIONS = "rwxrwxrwx";

    /** Files that the daemon keeps beside its store. */
    private static final List<String> BESIDE_THE_STORE =
            List.of("", ".key", "-wal", "-shm", "-journal", ".accounts-dir");

    private static final String STORE = "LISTENKEYD_STORE_FILE";

    private final Config config;
    private final Violations violations;
    /** Settings by the files that they name. */
    private final Map<Path, String> taken = new HashMap<>();

    private final List<FileSink> sinks = new ArrayList<>();

    private SinksReader(Config config, Violations violations) {
        this.config = config;
        this.violations = violations;
    }

    static List<FileSink> read(Config config, Violations violations) {
        SinksReader reader = new SinksReader(config, violations);
        reader.findTaken();
        AccountsReader.SETTINGS.read(config).forEach(reader::add);
        if (reader.sinks.size() > FileSinks.MOST) {
            violations.add(AccountsReader.SETTINGS.prefix() + "..._SINK_FILE: at most " + FileSinks.MOST
                    + " files; these are " + reader.sinks.size());
        }
        return reader.sinks;
    }

    private void findTaken() {
        for (String name : Values.ownNames(config).toList()) {
            String variable = Values.variable(name);
            if (variable.endsWith("_FILE") && !variable.endsWith(Values.variable("_" + FILE))) {
                String value = config.getConfigValue(name).getValue();
                List<String> ends = variable.equals(STORE) ? BESIDE_THE_STORE : List.of("");
                if (value != null) {
                    ends.forEach(end -> take(value + end, variable));
                }
            }
        }
    }

    private void take(String file, String variable) {
        try {
            taken.put(Path.of(file).toAbsolutePath().normalize(), variable);
        } catch (InvalidPathException e) {
            // Reported where the setting is read.
            return;
        }
    }

    private void add(String account, Map<String, String> values) {
        String where = AccountsReader.SETTINGS.prefix(account) + Values.variable("_" + FILE);
        String file = values.get(FILE);
        Set<PosixFilePermission> mode = mode(where, values.getOrDefault(MODE, DEFAULT_MODE));
        if (file == null) {
            if (values.containsKey(MODE)) {
                violations.add(where + "_MODE: there is no " + where);
            }
            return;
        }
        Path path = violations.collect(where, () -> path(file.strip()));
        String other = path == null ? null : taken.putIfAbsent(path, where);
        if (other != null) {
            violations.add(where + "=" + file + ": is the file of " + other);
        } else if (path != null) {
            sinks.add(new FileSink(account, path, mode));
        }
    }

    private static Path path(String file) {
        Path path;
        try {
            path = Path.of(file).normalize();
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("not the path of a file", e);
        }
        if (!path.isAbsolute() || path.getFileName() == null || file.endsWith("/")) {
            throw new IllegalArgumentException("must be the absolute path of a file");
        }
        if (file.endsWith(FileSink.TEMPORARY)) {
            throw new IllegalArgumentException("must not end in " + FileSink.TEMPORARY + ", like a temporary file");
        }
        return path;
    }

    private Set<PosixFilePermission> mode(String where, String mode) {
        if (!MODES.matcher(mode.strip()).matches()) {
            violations.add(
                    where + "_MODE: must be a mode such as 0600, 0640 or 0440: the owner reads, nobody else writes");
            return Set.of();
        }
        int bits = Integer.parseInt(mode.strip(), OCTAL);
        StringBuilder permissions = new StringBuilder();
        for (int i = 0; i < PERMISSION_BITS; i++) {
            boolean granted = (bits >> (PERMISSION_BITS - 1 - i) & 1) == 1;
            permissions.append(granted ? PERMISSIONS.charAt(i) : '-');
        }
        return PosixFilePermissions.fromString(permissions.toString());
    }
}
