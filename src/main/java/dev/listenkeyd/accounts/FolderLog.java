package dev.listenkeyd.accounts;

import dev.listenkeyd.accounts.AccountsPlan.Action;
import dev.listenkeyd.accounts.AccountsPlan.Kind;
import dev.listenkeyd.files.Permissions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jboss.logging.Logger;

/**
 * Logs what changes: a line when a file or the folder goes wrong, and one when it is right again. Bounded per
 * reading. No line holds the path of the folder, which may be an API key by mistake.
 */
final class FolderLog {
    /** Most lines of one kind, and most accounts in a line, of one reading. */
    static final int MOST_SHOWN = 20;

    private static final Logger LOG = Logger.getLogger("listenkeyd.accounts");

    private final Path folder;

    FolderLog(Path folder) {
        this.folder = folder;
    }

    void observe(FolderState before, FolderState after, List<Action> done) {
        log(done, Kind.REGISTER, "registered, because they have a file");
        log(done, Kind.REPLACE, "given the API key of their changed file");
        log(done, Kind.RELEASE, "released, because their file is gone");
        List<String> open = after.settled().entrySet().stream()
                .filter(entry -> entry.getValue().apiKey() != null
                        && !entry.getValue().equals(before.settled().get(entry.getKey())))
                .map(Map.Entry::getKey)
                .filter(name -> Permissions.ifOthersMayWrite(folder.resolve(name)) != null)
                .toList();
        if (!open.isEmpty()) {
            LOG.warnf(
                    "folder of accounts: %d file(s) may be written by others than their owner: %s. Take that away with"
                            + " chmod go-w",
                    open.size(), shown(open));
        }
    }

    private static void log(List<Action> done, Kind kind, String sentence) {
        List<String> accounts = done.stream()
                .filter(action -> action.kind() == kind)
                .map(Action::account)
                .sorted()
                .toList();
        if (!accounts.isEmpty()) {
            LOG.infof("folder of accounts: %d %s: %s", accounts.size(), sentence, shown(accounts));
        }
    }

    void observe(FolderStatus before, FolderStatus after) {
        if (after.trouble() != null && !after.trouble().equals(before.trouble())) {
            LOG.errorf("the folder of LISTENKEYD_ACCOUNTS_DIR %s; it changes nothing meanwhile", after.trouble());
        } else if (after.trouble() == null && before.trouble() != null) {
            LOG.info("the folder of LISTENKEYD_ACCOUNTS_DIR can be read again");
        }
        List<String> wrong = after.problems().entrySet().stream()
                .filter(entry ->
                        !Objects.equals(entry.getValue(), before.problems().get(entry.getKey())))
                .map(entry -> entry.getKey() + ": " + entry.getValue())
                .toList();
        wrong.stream().limit(MOST_SHOWN).forEach(line -> LOG.warnf("folder of accounts: %s", line));
        if (wrong.size() > MOST_SHOWN) {
            LOG.warnf("folder of accounts: %d more wrong files", wrong.size() - MOST_SHOWN);
        }
        List<String> right = before.problems().keySet().stream()
                .filter(name -> !after.problems().containsKey(name))
                .toList();
        if (!right.isEmpty()) {
            LOG.infof("folder of accounts: %d file(s) in order again: %s", right.size(), shown(right));
        }
    }

    private static String shown(List<String> names) {
        return String.join(", ", names.stream().limit(MOST_SHOWN).toList())
                + (names.size() > MOST_SHOWN ? ", ..." : "");
    }
}
