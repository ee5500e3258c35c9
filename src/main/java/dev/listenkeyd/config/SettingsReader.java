package dev.listenkeyd.config;

import dev.listenkeyd.access.Client;
import dev.listenkeyd.audit.Retention;
import dev.listenkeyd.budget.ExchangeGate.Budget;
import dev.listenkeyd.config.Settings.Accounts;
import dev.listenkeyd.config.Settings.Api;
import dev.listenkeyd.config.Settings.Exchange;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.renewal.Confirmation;
import dev.listenkeyd.renewal.RenewalPolicy;
import dev.listenkeyd.sandbox.SandboxResource;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.runtime.configuration.DurationConverter;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.eclipse.microprofile.config.Config;
import org.jspecify.annotations.Nullable;

/** Reads and checks the configuration; reports all that is wrong with it at once. */
public final class SettingsReader {
    /** After the exchange has answered: for the store. */
    private static final Duration FOR_THE_ANSWER = Duration.ofSeconds(10);

    private final Config config;
    private final Violations violations = new Violations();

    private SettingsReader(Config config) {
        this.config = config;
    }

    /** @throws ConfigurationException listing every violation, for the person who starts the process */
    public static Settings read(Config config) {
        return new SettingsReader(config).read();
    }

    private Settings read() {
        boolean sandbox = value("listenkeyd.sandbox", SettingsReader::bool, false);
        ClientsReader clientsReader = new ClientsReader(config, violations);
        List<Client> clients = clientsReader.read();
        int maxAccounts = value("listenkeyd.metrics.max-accounts", SettingsReader::notNegative, 0);
        int maxConnections = value("listenkeyd.api.connections-max", SettingsReader::connections, 0);
        Api api = new ApiReader(config, violations).read(maxAccounts, maxConnections);
        Accounts accounts = new AccountsReader(config, violations).read();
        Exchange exchange = exchange(sandbox ? URI.create(api.address() + "/sandbox") : null);
        Settings.Agents agents = agents(clientsReader.policies(), exchange.callTimeout());
        RenewalPolicy policy = policy(exchange.callTimeout());
        Budget budget = budget();
        Confirmation confirmation = value("listenkeyd.lease.confirm", SettingsReader::confirmation, Confirmation.AUTO);
        int leasesMax = value("listenkeyd.leases.max", SettingsReader::positiveNumber, 1);
        Path storeFile = value("listenkeyd.store.file", SettingsReader::path, Path.of("listenkeyd.db"));
        Settings.Secrets secrets = new SecretsReader(config, violations).read();
        Retention audit = audit();
        if (sandbox) {
            checkSandbox(accounts);
        }
        if (!violations.isEmpty() || policy == null || budget == null) {
            throw new ConfigurationException(violations.toString());
        }
        Accounts used = sandbox ? demo() : accounts;
        return new Settings(
                exchange,
                policy,
                confirmation,
                budget,
                used,
                leasesMax,
                storeFile,
                secrets,
                audit,
                api,
                clients,
                agents,
                sandbox);
    }

    /** @param standIn where the sandbox is, null when the exchange is the real one */
    private Exchange exchange(@Nullable URI standIn) {
        URI url = standIn == null
                ? value("listenkeyd.binance.url", ExchangeAddress::of, URI.create("https://invalid"))
                : standIn;
        String stream = value("listenkeyd.binance.stream-url", SettingsReader::streamUrl, "");
        Duration connect = positive("listenkeyd.binance.connect-timeout");
        Duration call = positive("listenkeyd.binance.call-timeout");
        violations.addAll(ExchangeAddress.detours(config));
        violations.addAll(TrustedAuthorities.violations());
        return new Exchange(url, stream, connect, call);
    }

    /** Unreadable values count as their defaults here, so that the relations of the others are still checked. */
    private @Nullable RenewalPolicy policy(Duration callTimeout) {
        Duration ttl = duration("listenkeyd.lease.ttl", Duration.ofMinutes(60));
        Duration renewEvery = duration("listenkeyd.lease.renew-every", Duration.ofMinutes(30));
        String earliest = config.getOptionalValue("listenkeyd.lease.renew-earliest", String.class)
                .orElse("");
        Duration renewEarliest =
                earliest.isBlank() ? renewEvery : duration("listenkeyd.lease.renew-earliest", renewEvery);
        Duration retryMin = duration("listenkeyd.lease.retry-min", Duration.ofSeconds(1));
        Duration retryMax = duration("listenkeyd.lease.retry-max", Duration.ofSeconds(60));
        int attemptsKept = value("listenkeyd.lease.attempts-kept", Integer::valueOf, 1);
        if (renewEvery.compareTo(ttl) < 0 && callTimeout.compareTo(ttl.minus(renewEvery)) >= 0) {
            violations.add("LISTENKEYD_BINANCE_CALL_TIMEOUT must be shorter than LISTENKEYD_LEASE_TTL minus"
                    + " LISTENKEYD_LEASE_RENEW_EVERY");
        }
        violations.addAll(RenewalPolicy.violations(ttl, renewEvery, renewEarliest, retryMin, retryMax, attemptsKept));
        return violations.isEmpty()
                ? new RenewalPolicy(ttl, renewEvery, renewEarliest, retryMin, retryMax, attemptsKept)
                : null;
    }

    private @Nullable Budget budget() {
        int weight = value("listenkeyd.budget.weight", Integer::valueOf, 1);
        Duration window = duration("listenkeyd.budget.window", Duration.ofMinutes(1));
        double headroom = value("listenkeyd.budget.headroom", Double::valueOf, 0.0);
        violations.addAll(Budget.violations(weight, window, headroom));
        return violations.isEmpty() ? new Budget(weight, window, headroom) : null;
    }

    private @Nullable PolicyFile policyForAll() {
        String name = "listenkeyd.mcp.policy-file";
        String file = config.getOptionalValue(name, String.class).orElse("").strip();
        return file.isEmpty() ? null : violations.read(variable(name), file, PolicyFile::read);
    }

    private Settings.Agents agents(Map<String, PolicyFile> policies, Duration callTimeout) {
        Settings.Agents agents =
                new Settings.Agents(policyForAll(), policies, positive("listenkeyd.mcp.approval-timeout"));
        // A connection on which nobody says anything is closed, and with it a call whose work is still to be done.
        Duration longest = agents.patience().plus(callTimeout).plus(FOR_THE_ANSWER);
        Duration idle = duration("quarkus.http.idle-timeout", Duration.ofDays(1));
        if ((agents.policy() != null || !policies.isEmpty()) && longest.compareTo(idle) > 0) {
            violations.add("QUARKUS_HTTP_IDLE_TIMEOUT: must be at least " + longest.toSeconds()
                    + "s: LISTENKEYD_MCP_APPROVAL_TIMEOUT, LISTENKEYD_BINANCE_CALL_TIMEOUT and "
                    + FOR_THE_ANSWER.toSeconds() + "s more");
        }
        return agents;
    }

    private Retention audit() {
        Duration maxAge = duration("listenkeyd.audit.max-age", Duration.ofDays(90));
        int maxRows = value("listenkeyd.audit.max-rows", Integer::valueOf, 1);
        violations.addAll(Retention.violations(maxAge, maxRows));
        return new Retention(maxAge, maxRows);
    }

    private static Accounts demo() {
        Secret apiKey = new Secret(SandboxResource.DEMO_API_KEY);
        String account = SandboxResource.DEMO_ACCOUNT;
        return new Accounts(Map.of(account, apiKey), Map.of(), Set.of(account));
    }

    private void checkSandbox(Accounts accounts) {
        if (!(accounts.keys().isEmpty() && accounts.files().isEmpty())) {
            violations.add("LISTENKEYD_SANDBOX=true: unset the accounts (LISTENKEYD_ACCOUNTS_...); the sandbox is no"
                    + " place for real API keys");
        }
    }

    private Duration duration(String name, Duration otherwise) {
        return value(name, DurationConverter::parseDuration, otherwise);
    }

    private Duration positive(String name) {
        Duration duration = duration(name, Duration.ofSeconds(1));
        if (duration.toMillis() < 1) {
            violations.add(variable(name) + ": must be at least 1ms");
        }
        return duration;
    }

    private <T> T value(String name, Function<String, T> parse, T otherwise) {
        String raw = config.getOptionalValue(name, String.class).orElse("");
        try {
            T value = parse.apply(raw.strip());
            if (value != null) {
                return value;
            }
            violations.add(variable(name) + ": must not be empty");
        } catch (NumberFormatException e) {
            violations.add(variable(name) + "=" + raw + ": not a number");
        } catch (IllegalArgumentException e) {
            violations.add(variable(name) + (mayHoldPassword(raw) ? "" : "=" + raw) + ": " + e.getMessage());
        }
        return otherwise;
    }

    /** An address has room for one before its host and behind its path. */
    private static boolean mayHoldPassword(String raw) {
        return raw.contains("@") || (raw.contains("://") && (raw.contains("?") || raw.contains("#")));
    }

    static String variable(String name) {
        return name.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    private static boolean bool(String raw) {
        return switch (raw.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("neither true nor false");
        };
    }

    private static int positiveNumber(String raw) {
        int number = Integer.parseInt(raw);
        if (number < 1) {
            throw new IllegalArgumentException("must be at least 1");
        }
        return number;
    }

    private static int notNegative(String raw) {
        int number = Integer.parseInt(raw);
        if (number < 0) {
            throw new IllegalArgumentException("must not be negative");
        }
        return number;
    }

    /** Fewer leave no room for the rules, see {@link dev.listenkeyd.connection.Connections}. */
    private static int connections(String raw) {
        int number = Integer.parseInt(raw);
        if (number < 16) {
            throw new IllegalArgumentException("must be at least 16");
        }
        return number;
    }

    private static Confirmation confirmation(String raw) {
        return switch (raw.toLowerCase(Locale.ROOT)) {
            case "auto" -> Confirmation.AUTO;
            case "always" -> Confirmation.ALWAYS;
            case "never" -> Confirmation.NEVER;
            default -> throw new IllegalArgumentException("none of auto, always, never");
        };
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

    private static String streamUrl(String raw) {
        String scheme = URI.create(raw).getScheme();
        if (!"wss".equals(scheme) && !"ws".equals(scheme)) {
            throw new IllegalArgumentException("not an address such as wss://fstream.binance.com/private/ws/");
        }
        return raw;
    }
}
