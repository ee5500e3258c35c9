package dev.listenkeyd.accounts;

import dev.listenkeyd.lease.Registration;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The state of the folder, for people.
 *
 * @param trouble why nothing is read; continues a sentence that begins with the folder; null when it is read
 * @param kept number of files whose account is registered with their API key
 * @param waiting number of files that are still being written, whose account is being registered, or that wait for the end of its
 *     pause
 * @param problems of other files by name, fit for a log; each continues a sentence that begins with the file
 */
public record FolderStatus(@Nullable String trouble, int kept, int waiting, SortedMap<String, String> problems) {
    /** Longer names that are no account's are shown in part: an API key may stand there by mistake. */
    private static final int LONGEST_NAME = 24;

    private static final int SHOWN_OF_LONGER = 8;

    public FolderStatus {
        problems = Collections.unmodifiableSortedMap(new TreeMap<>(problems));
    }

    static FolderStatus of(FolderState state, Set<String> configured, AccountActions actions) {
        SortedMap<String, String> problems = new TreeMap<>();
        int kept = 0;
        int waiting = 0;
        Map<String, String> failed = actions.problems();
        Set<String> unfinished = actions.unfinished();
        for (Map.Entry<String, AccountFile> entry : state.files().entrySet()) {
            String name = entry.getKey();
            AccountFile settled = state.settled().get(name);
            String problem = configured.contains(name)
                    ? "the account has an API key among the settings, too, which wins; it is kept while this file is there"
                    : settled != null && settled.problem() != null ? settled.problem() : failed.get(name);
            if (problem != null) {
                problems.put(shown(name), problem);
            } else if (entry.getValue().equals(settled) && !unfinished.contains(name)) {
                kept++;
            } else {
                waiting++;
            }
        }
        // Without a file: a release that failed.
        failed.forEach((name, problem) -> {
            if (!state.files().containsKey(name)) {
                problems.put(shown(name), "was removed, but " + problem);
            }
        });
        return new FolderStatus(state.trouble(), kept, waiting, problems);
    }

    FolderStatus withTrouble(String other) {
        return new FolderStatus(other, kept, waiting, problems);
    }

    /** Whether every file is in force, or will be in a moment. */
    public boolean isWell() {
        return trouble == null && problems.isEmpty();
    }

    private static String shown(String name) {
        String printable = name.replaceAll("[^!-~]", "?");
        boolean whole = printable.length() <= LONGEST_NAME
                || Registration.ACCOUNT.matcher(name).matches();
        return whole ? printable : printable.substring(0, SHOWN_OF_LONGER) + "...";
    }
}
