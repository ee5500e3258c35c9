package dev.listenkeyd.config;

import dev.listenkeyd.access.Client;
import dev.listenkeyd.audit.Retention;
import dev.listenkeyd.binance.Product;
import dev.listenkeyd.binance.stream.StreamWatch;
import dev.listenkeyd.budget.Budget;
import dev.listenkeyd.config.Settings.Accounts;
import dev.listenkeyd.config.Settings.Api;
import dev.listenkeyd.config.Settings.Exchange;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.notify.Webhook;
import dev.listenkeyd.notify.sink.FileSink;
import dev.listenkeyd.renewal.Confirmation;
import dev.listenkeyd.renewal.RenewalPolicy;
import dev.listenkeyd.sandbox.SandboxResource;
import io.quarkus.runtime.configuration.ConfigurationException;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.eclipse.microprofile.config.Config;
import org.jspecify.annotations.Nullable;

/** Reads and checks the configuration, and reports all violations at once. */
public final class SettingsReader {
    /** How long the store may take after the exchange has answered. */
    private static final Duration FOR_THE_ANSWER = Duration.ofSeconds(10);

    private final Config config;
    private final Violations violations = new Violations();
    private final Values values;

    private SettingsReader(Config config) {
        this.config = config;
        this.values = new Values(config, violations);
    }

    /** @throws ConfigurationException listing every violation, for the person who starts the process */
    public static Settings read(Config config) {
        return new SettingsReader(config).read();
    }

    private Settings read() {
        boolean sandbox = values.flag("listenkeyd.sandbox");
        ClientsReader clientsReader = new ClientsReader(config, violations);
        List<Client> clients = clientsReader.read();
        Api api = api();
        Accounts accounts = AccountsReader.read(config, values, violations);
        List<Webhook> webhooks = WebhooksReader.read(config, violations);
        List<FileSink> sinks = SinksReader.read(config, violations);
        Exchange exchange = exchange(sandbox ? URI.create(api.address() + "/sandbox") : null);
        StreamWatch.Scope streamWatch = StreamWatchReader.read(config, values, violations);
        Settings.Agents agents = agents(clientsReader.policies(), exchange.callTimeout());
        RenewalPolicy policy = policy(exchange.callTimeout());
        Budget budget = budget();
        Confirmation confirmation = values.choice("listenkeyd.lease.confirm", Confirmation.class);
        int leasesMax = values.number("listenkeyd.leases.max", 1);
        Path storeFile = storeFile();
        Settings.Secrets secrets = new SecretsReader(config, violations).read();
        SharedStore sharedStore = new SharedStoreReader(config, values, violations).read(secrets, sandbox);
        Retention audit = audit();
        checkSandbox(sandbox, accounts);
        refuseIfWrong();
        return new Settings(
                exchange,
                Objects.requireNonNull(policy),
                confirmation,
                Objects.requireNonNull(budget),
                sandbox ? demo() : accounts,
                leasesMax,
                storeFile,
                sharedStore,
                secrets,
                audit,
                api,
                clients,
                webhooks,
                sinks,
                agents,
                streamWatch,
                sandbox);
    }

    private void refuseIfWrong() {
        if (!violations.isEmpty()) {
            throw new ConfigurationException(violations.toString());
        }
    }

    private Path storeFile() {
        return values.value("listenkeyd.store.file", SettingsReader::path, Path.of("listenkeyd.db"));
    }

    private Api api() {
        int maxAccounts = values.number("listenkeyd.metrics.max-accounts", 0);
        // Fewer leave no room for the rules of dev.listenkeyd.connection.Connections.
        int maxConnections = values.number("listenkeyd.api.connections-max", 16);
        return new ApiReader(config, violations).read(maxAccounts, maxConnections);
    }

    private void checkSandbox(boolean sandbox, Accounts accounts) {
        if (sandbox && !(accounts.keys().isEmpty() && accounts.files().isEmpty() && accounts.folder() == null)) {
            violations.add("LISTENKEYD_SANDBOX=true: unset the accounts (LISTENKEYD_ACCOUNTS_...); the sandbox is no"
                    + " place for real API keys");
        }
    }

    /** @param standIn where the sandbox is, null when the exchange is the real one */
    private Exchange exchange(@Nullable URI standIn) {
        URI url = standIn == null
                ? values.value("listenkeyd.binance.url", ExchangeAddress::of, Product.OPTIONS.url())
                : standIn;
        String stream = values.value("listenkeyd.binance.stream-url", ExchangeAddress::stream, "");
        Duration connect = values.positiveDuration("listenkeyd.binance.connect-timeout");
        Duration call = values.positiveDuration("listenkeyd.binance.call-timeout");
        violations.addAll(ExchangeAddress.detours(config));
        violations.addAll(TrustedAuthorities.violations());
        String source = values.text("listenkeyd.binance.source-address");
        if (!source.isEmpty()) {
            violations.collect("LISTENKEYD_BINANCE_SOURCE_ADDRESS", () -> ExchangeAddress.source(source));
        }
        return new Exchange(url, stream, connect, call, source.isEmpty() ? null : source);
    }

    private @Nullable RenewalPolicy policy(Duration callTimeout) {
        Duration ttl = values.duration("listenkeyd.lease.ttl", Duration.ofMinutes(60));
        Duration renewEvery = values.duration("listenkeyd.lease.renew-every", Duration.ofMinutes(30));
        String check = "listenkeyd.lease.check-every";
        Duration checkEvery = values.text(check).equals("off") ? null : values.duration(check, renewEvery);
        Duration retryMin = values.duration("listenkeyd.lease.retry-min", Duration.ofSeconds(1));
        Duration retryMax = values.duration("listenkeyd.lease.retry-max", Duration.ofSeconds(60));
        int attemptsKept = values.value("listenkeyd.lease.attempts-kept", Integer::valueOf, 1);
        if (renewEvery.compareTo(ttl) < 0 && callTimeout.compareTo(ttl.minus(renewEvery)) >= 0) {
            violations.add("LISTENKEYD_BINANCE_CALL_TIMEOUT must be shorter than LISTENKEYD_LEASE_TTL minus"
                    + " LISTENKEYD_LEASE_RENEW_EVERY");
        }
        violations.addAll(RenewalPolicy.violations(ttl, renewEvery, checkEvery, retryMin, retryMax, attemptsKept));
        return violations.isEmpty()
                ? new RenewalPolicy(ttl, renewEvery, checkEvery, retryMin, retryMax, attemptsKept)
                : null;
    }

    private @Nullable Budget budget() {
        int weight = values.value("listenkeyd.budget.weight", Integer::valueOf, 1);
        Duration window = values.duration("listenkeyd.budget.window", Duration.ofMinutes(1));
        double headroom = values.value("listenkeyd.budget.headroom", Double::valueOf, 0.0);
        violations.addAll(Budget.violations(weight, window, headroom));
        return violations.isEmpty() ? new Budget(weight, window, headroom) : null;
    }

    private Settings.Agents agents(Map<String, PolicyFile> policies, Duration callTimeout) {
        String name = "listenkeyd.mcp.policy-file";
        String file = values.text(name);
        PolicyFile policy = file.isEmpty() ? null : violations.read(Values.variable(name), file, PolicyFile::read);
        Duration patience = values.positiveDuration("listenkeyd.mcp.approval-timeout");
        // A connection that is silent for longer is closed, and the call on it with it.
        Duration longest = patience.plus(callTimeout).plus(FOR_THE_ANSWER);
        Duration idle = values.duration("quarkus.http.idle-timeout", Duration.ofDays(1));
        if ((policy != null || !policies.isEmpty()) && longest.compareTo(idle) > 0) {
            violations.add("QUARKUS_HTTP_IDLE_TIMEOUT: must be at least " + longest.toSeconds()
                    + "s: LISTENKEYD_MCP_APPROVAL_TIMEOUT, LISTENKEYD_BINANCE_CALL_TIMEOUT and "
                    + FOR_THE_ANSWER.toSeconds() + "s more");
        }
        return new Settings.Agents(policy, policies, patience);
    }

    private Retention audit() {
        Duration maxAge = values.duration("listenkeyd.audit.max-age", Duration.ofDays(90));
        int maxRows = values.value("listenkeyd.audit.max-rows", Integer::valueOf, 1);
        violations.addAll(Retention.violations(maxAge, maxRows));
        return new Retention(maxAge, maxRows);
    }

    private static Accounts demo() {
        Secret apiKey = new Secret(SandboxResource.DEMO_API_KEY);
        String account = SandboxResource.DEMO_ACCOUNT;
        return new Accounts(Map.of(account, apiKey), Map.of(), Set.of(account), null);
    }

    private static Path path(String raw) {
        if (raw.isEmpty() || raw.contains("?")) {
            throw new IllegalArgumentException("not the path of a file");
        }
        try {
            return Path.of(raw);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("not the path of a file", e);
        }
    }
}
