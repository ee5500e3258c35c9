package dev.listenkeyd.config;

import dev.listenkeyd.lease.Secret;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The PostgreSQL database that several replicas share.
 *
 * @param url of JDBC, without a password
 * @param user null: the driver's default
 * @param password null when it is in a file, or none is needed
 * @param passwordFile read again for each connection; null when there is none
 * @param replica name of this replica
 * @param replicaTtl how long the others wait for a replica that has stopped before they take over its leases
 */
public record SharedStore(
        String url,
        @Nullable String user,
        @Nullable Secret password,
        @Nullable Path passwordFile,
        String replica,
        Duration replicaTtl) {

    /** Host and database, for messages. */
    public String name() {
        int parameters = url.indexOf('?');
        return url.substring("jdbc:".length(), parameters < 0 ? url.length() : parameters);
    }

    /**
     * The password as it is now; null when none is needed.
     *
     * @throws IllegalArgumentException when its file can't be read; the message repeats nothing of it
     */
    public @Nullable Secret currentPassword() {
        return passwordFile == null ? password : SharedStoreReader.password(passwordFile);
    }
}
