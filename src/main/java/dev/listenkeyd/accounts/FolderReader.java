package dev.listenkeyd.accounts;

import dev.listenkeyd.accounts.FolderReading.Listed;
import dev.listenkeyd.accounts.FolderReading.Unusable;
import dev.listenkeyd.binance.ApiKeys;
import dev.listenkeyd.files.FileStamp;
import dev.listenkeyd.files.SettingsFile;
import dev.listenkeyd.lease.Registration;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads the folder. Links are followed, as Kubernetes mounts secrets; nothing but regular files and folders is opened. */
final class FolderReader {
    private final Path folder;
    private final int mostFiles;

    FolderReader(Path folder, int mostFiles) {
        this.folder = folder;
        this.mostFiles = mostFiles;
    }

    Path folder() {
        return folder;
    }

    /** @param settled files that need not be read again while their stamp is the same */
    FolderReading read(Map<String, AccountFile> settled) {
        try {
            String identity = identity();
            SortedMap<String, AccountFile> files = files(settled);
            if (files.size() > mostFiles) {
                return new Unusable("holds more than " + mostFiles + " files (LISTENKEYD_LEASES_MAX)");
            }
            return identity.equals(identity()) ? new Listed(identity, files) : new Unusable("is being replaced");
        } catch (DirectoryIteratorException e) {
            return new Unusable(SettingsFile.reason(Objects.requireNonNull(e.getCause())));
        } catch (IOException e) {
            return new Unusable(SettingsFile.reason(e));
        }
    }

    /** Device and number of the folder. Looked at first, since opening a pipe would block. */
    private String identity() throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(folder, BasicFileAttributes.class);
        if (!attributes.isDirectory()) {
            throw new NotDirectoryException(folder.toString());
        }
        return String.valueOf(attributes.fileKey());
    }

    /** One file more than allowed at most. */
    private SortedMap<String, AccountFile> files(Map<String, AccountFile> settled) throws IOException {
        SortedMap<String, AccountFile> files = new TreeMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                String name = String.valueOf(entry.getFileName());
                if (!name.startsWith(".")) {
                    files.put(name, file(entry, name, settled.get(name)));
                }
                if (files.size() > mostFiles) {
                    break;
                }
            }
        }
        return files;
    }

    private static AccountFile file(Path path, String name, @Nullable AccountFile settled) {
        if (!Registration.ACCOUNT.matcher(name).matches()) {
            return new AccountFile(null, null, "the name is no account's, which matches " + Registration.ACCOUNT);
        }
        FileStamp stamp = null;
        try {
            // The stamp comes first: a change during the read is noticed the next time.
            stamp = FileStamp.of(path);
            if (settled != null && settled.apiKey() != null && stamp.equals(settled.stamp())) {
                return settled;
            }
            return new AccountFile(stamp, ApiKeys.read(path), null);
        } catch (IllegalArgumentException e) {
            return new AccountFile(stamp, null, String.valueOf(e.getMessage()));
        }
    }
}
