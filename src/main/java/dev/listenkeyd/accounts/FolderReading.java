package dev.listenkeyd.accounts;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/** The result of reading the folder once. */
sealed interface FolderReading {

    /** The folder says nothing about any account. {@code why} continues a sentence that begins with the folder. */
    record Unusable(String why) implements FolderReading {}

    /**
     * The files that are there.
     *
     * @param identity of the folder itself: another one when something else is mounted in its place
     * @param files by name, without those whose name begins with a dot; immutable
     */
    record Listed(String identity, SortedMap<String, AccountFile> files) implements FolderReading {
        public Listed {
            files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
        }

        /** Whether a file is named like an account and holds an API key. A fresh volume has entries, too: {@code lost+found}. */
        boolean hasAccount() {
            return files.values().stream().anyMatch(file -> file.apiKey() != null);
        }
    }
}
