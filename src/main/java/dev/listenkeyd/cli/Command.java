package dev.listenkeyd.cli;

import static dev.listenkeyd.cli.Option.FINGERPRINT;
import static dev.listenkeyd.cli.Option.FOR;
import static dev.listenkeyd.cli.Option.JSON;
import static dev.listenkeyd.cli.Option.REASON;
import static dev.listenkeyd.cli.Option.STATUS;
import static dev.listenkeyd.cli.Option.TIMEOUT;
import static dev.listenkeyd.cli.Option.URL;

import java.util.List;
import java.util.Locale;

/** The commands that ask a running daemon. */
enum Command {
    OVERVIEW("counts, nearest deadline, survivable outage, pause and weight", Account.NONE, JSON),
    LIST("all leases", Account.NONE, STATUS, JSON),
    SHOW("one lease", Account.REQUIRED, JSON),
    EXPLAIN("what happened to a lease, what comes next, what to do", Account.REQUIRED, JSON),
    REPLICAS("the replicas that share the leases", Account.NONE, JSON),
    RENEW("one attempt now, and the lease after it", Account.REQUIRED, JSON),
    PAUSE("make no call for an account for so long, for maintenance", Account.REQUIRED, FOR, REASON, JSON),
    RESUME("end such a pause before its time", Account.REQUIRED, JSON),
    WATCH("follow what happens, until Ctrl-C", Account.OPTIONAL, JSON),
    WAIT("wait for another key than this one, and print it as JSON", Account.REQUIRED, FINGERPRINT, TIMEOUT),
    KEY("the raw listen key", Account.REQUIRED, JSON);

    /** Whether the command has an account as argument. */
    enum Account {
        NONE,
        OPTIONAL,
        REQUIRED
    }

    private final String description;
    private final Account account;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<Option> options;

    Command(String description, Account account, Option... options) {
        this.description = description;
        this.account = account;
        this.options = List.of(options);
    }

    String word() {
        return this == OVERVIEW ? "status" : name().toLowerCase(Locale.ROOT);
    }

    Account account() {
        return account;
    }

    boolean takes(Option option) {
        return option == URL || options.contains(option);
    }

    boolean needs(Option option) {
        return option.isRequired() && options.contains(option);
    }

    /** The command with its arguments, without the options that all commands have. */
    String synopsis() {
        StringBuilder text = new StringBuilder(word());
        if (account != Account.NONE) {
            text.append(account == Account.REQUIRED ? " ACCOUNT" : " [ACCOUNT]");
        }
        options.stream()
                .filter(option -> option != JSON)
                .forEach(option -> text.append(' ').append(option.shown()));
        return text.toString();
    }

    String description() {
        return description;
    }
}
