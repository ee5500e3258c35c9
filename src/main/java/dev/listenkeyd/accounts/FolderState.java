package dev.listenkeyd.accounts;

import dev.listenkeyd.accounts.FolderReading.Listed;
import dev.listenkeyd.accounts.FolderReading.Unusable;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The knowledge from all readings so far. Only what two readings in a row agree in counts: a file that is being written, or a
 * folder that is being mounted, changes nothing. Immutable.
 *
 * @param last the newest reading
 * @param settled files by name, each as two readings in a row found it
 * @param complete whether the last two readings list the same names, so that an account without a file has been removed
 * @param trouble why the folder can't be used; continues a sentence that begins with it; null when it can
 * @param lastIdentity identity of the folder when it last had an account; null when it never had any
 */
record FolderState(
        FolderReading last,
        SortedMap<String, AccountFile> settled,
        boolean complete,
        @Nullable String trouble,
        @Nullable String lastIdentity) {

    /** The last identity when accounts of a folder are held, but the identity was not stored: an empty folder is then suspicious. */
    static final String UNKNOWN_FOLDER = "unknown";

    private static final String OTHER_FOLDER =
            "has no account, and is not the folder whose files were read before; is its volume"
                    + " mounted? No account is released until it has one";

    FolderState {
        settled = Collections.unmodifiableSortedMap(new TreeMap<>(settled));
    }

    /** @param lastIdentity of an earlier process */
    static FolderState initial(@Nullable String lastIdentity) {
        return new FolderState(new Unusable("has not been read yet"), new TreeMap<>(), false, null, lastIdentity);
    }

    FolderState next(FolderReading reading) {
        if (reading instanceof Listed listed) {
            boolean elsewhere = lastIdentity != null && !lastIdentity.equals(listed.identity());
            return elsewhere && !listed.hasAccount() ? unusable(OTHER_FOLDER) : listed(listed);
        }
        return unusable(((Unusable) reading).why());
    }

    private FolderState unusable(String why) {
        // Once is no trouble yet: it may be in the middle of a replacement.
        String reported = last instanceof Unusable ? why : trouble;
        return new FolderState(new Unusable(why), settled, false, reported, lastIdentity);
    }

    private FolderState listed(Listed now) {
        SortedMap<String, AccountFile> before = last instanceof Listed listed ? listed.files() : new TreeMap<>();
        SortedMap<String, AccountFile> agreed = new TreeMap<>(settled);
        now.files().forEach((name, file) -> {
            if (file.equals(before.get(name))) {
                agreed.put(name, file);
            }
        });
        boolean same = last instanceof Listed listed
                && listed.identity().equals(now.identity())
                && before.keySet().equals(now.files().keySet());
        if (same) {
            agreed.keySet().retainAll(now.files().keySet());
        }
        return new FolderState(now, agreed, same, null, now.hasAccount() ? now.identity() : lastIdentity);
    }

    /** Files of the newest reading; the settled ones when it has none. */
    SortedMap<String, AccountFile> files() {
        return last instanceof Listed listed ? listed.files() : settled;
    }
}
