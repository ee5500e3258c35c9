package dev.listenkeyd.accounts;

import dev.listenkeyd.accounts.AccountsPlan.Action;
import dev.listenkeyd.accounts.AccountsPlan.Kind;
import dev.listenkeyd.files.Permissions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jboss.logging.Logger;

/** Logs what changes: a line when a file or the folder goes wrong, and one when it is right again. Bounded per reading. */
final class FolderLog {
    /** Most lines of one kind, and most accounts in a line, of one reading. */
    static final int MOST_SHOWN = 20;

    private static final Logger LOG = Logger.getLogger("listenkeyd.accounts");

    private final Path folder;

    FolderLog(Path folder) {
        this.folder = folder;
    }

    void observe(FolderState before, FolderState after, List<Action> done) {
        log(done, Kind.REGISTER, "registered, since a file is there");
        log(done, Kind.REPLACE, "given the API key of the changed file");
        log(done, Kind.RELEASE, "released, since the file is gone");
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
            LOG.errorf("the folder of accounts, %s, %s; it changes nothing meanwhile", folder, after.trouble());
        } else if (after.trouble() == null && before.trouble() != null) {
            LOG.infof("the folder of accounts, %s, is read again", folder);
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
            LOG.infof("folder of accounts: %d no longer wrong: %s", right.size(), shown(right));
        }
    }

    private static String shown(List<String> names) {
        return String.join(", ", names.stream().limit(MOST_SHOWN).toList())
                + (names.size() > MOST_SHOWN ? ", ..." : "");
    }
}
