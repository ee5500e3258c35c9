package dev.listenkeyd.accounts;

import dev.listenkeyd.accounts.FolderReading.Listed;
import dev.listenkeyd.files.FileStamp;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.lease.VirtualClock;
import dev.listenkeyd.registration.Leases;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Readings of a folder that exists nowhere. */
final class Readings {
    static final String HOME = "(dev=1,ino=2)";
    static final String ELSEWHERE = "(dev=3,ino=2)";

    private Readings() {}

    /** @param version of the file: another one has another time */
    static AccountFile good(String apiKey, long version) {
        return new AccountFile(stamp(version), new Secret(apiKey), null);
    }

    static AccountFile wrong(String problem) {
        return new AccountFile(stamp(0), null, problem);
    }

    private static FileStamp stamp(long version) {
        return new FileStamp(FileTime.fromMillis(version), 1, "inode", Set.of());
    }

    /** @param contents names and API keys in turn */
    static Listed home(String... contents) {
        SortedMap<String, AccountFile> files = new TreeMap<>();
        for (int i = 0; i < contents.length; i += 2) {
            files.put(contents[i], good(contents[i + 1], 0));
        }
        return new Listed(HOME, files);
    }

    static Listed home(Map<String, AccountFile> files) {
        return new Listed(HOME, new TreeMap<>(files));
    }

    static FolderState after(FolderReading... readings) {
        FolderState state = FolderState.initial(null);
        for (FolderReading reading : readings) {
            state = state.next(reading);
        }
        return state;
    }

    /** A lease that the configuration holds. */
    static Lease held(String account, @Nullable String apiKey) {
        return Lease.registered(
                new Registration(
                        account,
                        apiKey == null ? null : new Secret(apiKey),
                        OnLoss.RECREATE,
                        Leases.CONFIG_HOLDER,
                        VirtualClock.START),
                null);
    }
}
