package dev.listenkeyd.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The PostgreSQL database that several replicas share.
 *
 * @param url of JDBC, without a password
 * @param user null: the driver's default
 * @param password null when none is needed
 * @param replica name of this replica
 * @param replicaTtl how long the others wait for a replica that has stopped before they take over its leases
 */
public record SharedStore(
        String url, @Nullable String user, @Nullable StorePassword password, String replica, Duration replicaTtl) {

    /** Host and database, for messages. */
    public String name() {
        int parameters = url.indexOf('?');
        return url.substring("jdbc:".length(), parameters < 0 ? url.length() : parameters);
    }
}
