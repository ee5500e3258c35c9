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

    private static final Set<String> NO_KEY = Set.of("lost", "pending");
    private static final int FINGERPRINT_BYTES = 4;

    private final DaemonClient daemon;
    private final Arguments arguments;
    private final CommandContext context;
    private final Duration timeout;

    KeyWait(DaemonClient daemon, Arguments arguments, CommandContext context) {
        this.daemon = daemon;
        this.arguments = arguments;
        this.context = context;
        this.timeout = arguments.timeout(DEFAULT);
    }

    /** @param lease the path of the lease */
    ExitCode run(String lease) {
        String known = arguments.option(Option.FINGERPRINT);
        if (known == null) {
            JsonNode now = daemon.get(lease, DaemonClient.READ).json().path("fingerprint");
            known = now.isTextual() ? now.textValue() : null;
        }
        long start = context.machine().nanoTime().getAsLong();
        Duration left = timeout;
        while (true) {
            Answer key = anotherKey(lease, known, left);
            if (key != null) {
                context.out().println(key.text());
                return ExitCode.SUCCESS;
            }
            left = timeout.minusNanos(context.machine().nanoTime().getAsLong() - start);
            if (left.isNegative() || left.isZero()) {
                throw new CommandFailed(
                        ExitCode.FAILURE, arguments.account() + " has no other key after " + TimeText.span(timeout));
            }
        }
    }

    /** Null when there is none in this time. */
    private @Nullable Answer anotherKey(String lease, @Nullable String known, Duration left) {
        Duration wait = left.compareTo(ONE_CALL) < 0 ? left : ONE_CALL;
        String path = lease + "/key?wait=" + wait.toMillis() + "ms" + (known == null ? "" : "&after=" + known);
        try {
            Answer key = daemon.get(path, wait.plus(DaemonClient.READ));
            return fingerprint(key.json()).equals(known) ? null : key;
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
