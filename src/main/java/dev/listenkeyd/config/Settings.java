package dev.listenkeyd.config;

import dev.listenkeyd.access.Client;
import dev.listenkeyd.audit.Retention;
import dev.listenkeyd.binance.stream.StreamWatch;
import dev.listenkeyd.budget.Budget;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.notify.Webhook;
import dev.listenkeyd.notify.sink.FileSink;
import dev.listenkeyd.renewal.Confirmation;
import dev.listenkeyd.renewal.RenewalPolicy;
import dev.listenkeyd.secrets.SecretKeys;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The configuration, checked: every relation between its values holds.
 *
 * @param sharedStore null when the leases are in the file
 */
public record Settings(
        Exchange exchange,
        RenewalPolicy policy,
        Confirmation confirmation,
        Budget budget,
        Accounts accounts,
        int leasesMax,
        Path storeFile,
        @Nullable SharedStore sharedStore,
        Secrets secrets,
        Retention audit,
        Api api,
        List<Client> clients,
        List<Webhook> webhooks,
        List<FileSink> sinks,
        Agents agents,
        StreamWatch.Scope streamWatch,
        boolean sandbox) {

    /**
     * @param streamUrl prefix of the stream address handed to consumers
     * @param callTimeout bounds one call, body included
     * @param sourceAddress local address that calls leave from; null for the one that the system chooses
     */
    public record Exchange(
            URI url,
            String streamUrl,
            Duration connectTimeout,
            Duration callTimeout,
            @Nullable String sourceAddress) {}

    /**
     * @param keys configured API keys by account
     * @param files files with API keys by account
     * @param kept accounts to keep alive from the start
     * @param folder with a file for each further account, null when there is none
     */
    public record Accounts(
            Map<String, Secret> keys,
            Map<String, Path> files,
            Set<String> kept,
            @Nullable Path folder) {}

    /**
     * How secrets in the store are encrypted.
     *
     * @param keys null when none is configured: then a file beside the store holds one
     * @param file that the keys were read from, null when they were given themselves
     */
    public record Secrets(
            @Nullable SecretKeys keys, @Nullable Path file) {}

    /**
     * @param address where people and programs find it
     * @param inTheClear whether tokens leave this machine unencrypted
     * @param besideHttps whether plain HTTP is served although HTTPS is, too
     * @param maxAccounts in metrics; above it, series per account are left out
     * @param maxConnections of callers at the same time
     */
    public record Api(URI address, boolean inTheClear, boolean besideHttps, int maxAccounts, int maxConnections) {}

    /**
     * The rights of agents.
     *
     * @param policy of clients that have none of their own, null when there is none
     * @param policies by client
     * @param patience how long a call waits for a human approval
     */
    public record Agents(@Nullable PolicyFile policy, Map<String, PolicyFile> policies, Duration patience) {}
}
