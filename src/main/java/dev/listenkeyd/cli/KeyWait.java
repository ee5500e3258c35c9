package dev.listenkeyd.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.listenkeyd.cli.DaemonClient.Answer;
import dev.listenkeyd.cli.DaemonClient.Refused;
import dev.listenkeyd.encoding.Sha256;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Waits until an account has another key than a known one. */
final class KeyWait {
    private static final Duration DEFAULT = Duration.ofSeconds(30);
    /** The longest that one call is held back: below what the daemon allows. */
    private static final Duration ONE_CALL = Duration.ofSeconds(60);

    /** Before another try when the daemon could not answer. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private static final Set<String> NO_KEY = Set.of("lost", "pending");
    private static final int FINGERPRINT_BYTES = 4;

    private final DaemonClient daemon;
    private final Arguments arguments;
    private final CommandContext context;
    private final Duration timeout;
    private @Nullable String known;
    /** Why the last try got no answer; null when it got one. */
    private @Nullable CommandFailed unanswered;

    KeyWait(DaemonClient daemon, Arguments arguments, CommandContext context) {
        this.daemon = daemon;
        this.arguments = arguments;
        this.context = context;
        this.timeout = arguments.timeout(DEFAULT);
        this.known = arguments.option(Option.FINGERPRINT);
    }

    /**
     * Waits through a restart of the daemon, too.
     *
     * @param lease the path of the lease
     */
    ExitCode run(String lease) {
        long start = context.machine().nanoTime().getAsLong();
        Duration left = timeout;
        boolean begun = known != null;
        while (true) {
            begun = begun || knowsKeyOfNow(lease);
            Answer key = begun ? anotherKey(lease, left) : null;
            if (key != null) {
                context.out().println(key.text());
                return ExitCode.SUCCESS;
            }
            left = timeout.minusNanos(context.machine().nanoTime().getAsLong() - start);
            if (left.isNegative() || left.isZero()) {
                throw ended();
            }
            if (unanswered != null) {
                pause(left);
            }
        }
    }

    private CommandFailed ended() {
        return unanswered != null
                ? unanswered
                : new CommandFailed(
                        ExitCode.FAILURE, arguments.account() + " has no other key after " + TimeText.span(timeout));
    }

    private void pause(Duration left) {
        try {
            context.machine().sleeper().sleep(left.compareTo(PAUSE) < 0 ? left : PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ended();
        }
    }

    private boolean knowsKeyOfNow(String lease) {
        Answer answer = answer(lease, DaemonClient.READ);
        if (answer == null) {
            return false;
        }
        JsonNode now = answer.json().path("fingerprint");
        known = now.isTextual() ? now.textValue() : null;
        return true;
    }

    /** Null when none came for a reason that passes. */
    private @Nullable Answer answer(String path, Duration patience) {
        unanswered = null;
        try {
            return daemon.get(path, patience);
        } catch (CommandFailed e) {
            if (e.exitCode() != ExitCode.NO_DAEMON) {
                throw e;
            }
            unanswered = e;
        } catch (Refused e) {
            if (!e.is(DaemonClient.PASSING)) {
                throw e;
            }
            unanswered = e.failed();
        }
        return null;
    }

    /** Null when there is none in this time. */
    private @Nullable Answer anotherKey(String lease, Duration left) {
        Duration wait = left.compareTo(ONE_CALL) < 0 ? left : ONE_CALL;
        String path = lease + "/key?wait=" + wait.toMillis() + "ms" + (known == null ? "" : "&after=" + known);
        try {
            Answer key = answer(path, wait.plus(DaemonClient.READ));
            return key == null || fingerprint(key.json()).equals(known) ? null : key;
        } catch (Refused e) {
            if (e.is(NO_KEY)) {
                return null;
            }
            throw e;
        }
    }

    private static String fingerprint(JsonNode key) {
        byte[] hash = Sha256.of(key.path("listenKey").asText().getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(hash, 0, FINGERPRINT_BYTES);
    }
}
