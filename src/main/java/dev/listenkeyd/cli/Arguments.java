package dev.listenkeyd.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Arguments that were understood. Options may stand anywhere, as {@code --option value} or {@code --option=value}.
 *
 * @param account null for none
 */
record Arguments(Command command, @Nullable String account, Map<Option, String> options) {
    private static final Pattern ACCOUNT = Pattern.compile("[a-z0-9][a-z0-9_-]{0,62}");
    private static final Pattern FINGERPRINT = Pattern.compile("[0-9a-f]{8}");
    private static final Pattern WORD = Pattern.compile("[A-Z_]{1,20}");
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)?");

    /** @throws CommandFailed when they are wrong */
    static Arguments parse(List<String> raw) {
        Map<Option, String> options = new EnumMap<>(Option.class);
        List<String> words = new ArrayList<>();
        for (Iterator<String> rest = raw.iterator(); rest.hasNext(); ) {
            String word = rest.next();
            if (word.startsWith("-")) {
                addOption(word, rest, options);
            } else {
                words.add(word);
            }
        }
        if (words.isEmpty()) {
            throw CommandFailed.usage("a command is missing; there are " + Usage.words());
        }
        Command command = command(words.get(0));
        for (Option option : options.keySet()) {
            if (!command.takes(option)) {
                throw wrong(command, command.word() + " has no option " + option.word());
            }
        }
        for (Option option : Option.values()) {
            if (command.needs(option) && !options.containsKey(option)) {
                throw wrong(command, option.word() + " is missing");
            }
        }
        String status = options.get(Option.STATUS);
        if (status != null) {
            options.put(Option.STATUS, checkedStatus(status));
        }
        String fingerprint = options.get(Option.FINGERPRINT);
        if (fingerprint != null && !FINGERPRINT.matcher(fingerprint).matches()) {
            throw CommandFailed.usage("--fingerprint: must be 8 hex digits, as a lease shows them");
        }
        return new Arguments(command, account(command, words), options);
    }

    private static void addOption(String word, Iterator<String> rest, Map<Option, String> options) {
        int equals = word.indexOf('=');
        String name = equals < 0 ? word : word.substring(0, equals);
        Option option = Stream.of(Option.values())
                .filter(one -> one.word().equals(name))
                .findFirst()
                .orElseThrow(() -> CommandFailed.usage("unknown option: " + DisplayText.line(name)));
        if (option.hasValue() == (equals < 0) && !(option.hasValue() && rest.hasNext())) {
            throw CommandFailed.usage(
                    option.word() + (option.hasValue() ? ": its value is missing" : ": has no value"));
        }
        String value = "";
        if (option.hasValue()) {
            value = equals < 0 ? rest.next() : word.substring(equals + 1);
        }
        if (options.put(option, value) != null) {
            throw CommandFailed.usage(option.word() + ": is given twice");
        }
    }

    private static Command command(String word) {
        return Stream.of(Command.values())
                .filter(one -> one.word().equals(word))
                .findFirst()
                .orElseThrow(() -> CommandFailed.usage(
                        "unknown command: " + DisplayText.line(word) + "; there are " + Usage.words()));
    }

    private static @Nullable String account(Command command, List<String> words) {
        int most = command.account() == Command.Account.NONE ? 1 : 2;
        if (words.size() > most) {
            throw wrong(command, "too many arguments for " + command.word());
        }
        if (words.size() == 1) {
            if (command.account() == Command.Account.REQUIRED) {
                throw wrong(command, "an account is missing");
            }
            return null;
        }
        return requireAccount(words.get(1));
    }

    /** @throws CommandFailed when it can't be the name of an account */
    static String requireAccount(String name) {
        if (!ACCOUNT.matcher(name).matches()) {
            throw CommandFailed.usage("not the name of an account: " + DisplayText.line(name));
        }
        return name;
    }

    /** The daemon knows which ones there are. */
    private static String checkedStatus(String raw) {
        String status = raw.toUpperCase(Locale.ROOT).replace('-', '_');
        if (!WORD.matcher(status).matches()) {
            throw CommandFailed.usage("--status: must be a word such as LOST or AT_RISK");
        }
        return status;
    }

    private static CommandFailed wrong(Command command, String message) {
        return CommandFailed.usage(message + "; usage: listenkeyd " + command.synopsis());
    }

    /** @throws IllegalStateException for a command that needs no account */
    String requiredAccount() {
        return Objects.requireNonNull(account);
    }

    boolean json() {
        return options.containsKey(Option.JSON);
    }

    @Nullable
    String option(Option option) {
        return options.get(option);
    }

    /** The value of an option that the command needs. */
    String requiredOption(Option option) {
        return Objects.requireNonNull(options.get(option));
    }

    /** @throws CommandFailed when it is no duration */
    Duration timeout(Duration otherwise) {
        String raw = options.get(Option.TIMEOUT);
        if (raw == null) {
            return otherwise;
        }
        Matcher duration = DURATION.matcher(raw);
        if (!duration.matches()) {
            throw CommandFailed.usage("--timeout: must be a duration such as 30s or 5m");
        }
        long number = Long.parseLong(duration.group(1));
        return switch (Objects.requireNonNullElse(duration.group(2), "s")) {
            case "ms" -> Duration.ofMillis(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofSeconds(number);
        };
    }
}
