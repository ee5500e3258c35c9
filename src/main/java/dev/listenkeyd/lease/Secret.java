package dev.listenkeyd.lease;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.listenkeyd.encoding.Sha256;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** An API key or a listen key: masked wherever it is printed, given out only by {@link #reveal()}. */
public final class Secret {
    private static final int FINGERPRINT_BYTES = 4;
    private static final int MAX_LENGTH = 256;
    /** As a regular expression: what may stand in an HTTP header without doing harm there. */
    public static final String SYNTAX = "[!-~]{1," + MAX_LENGTH + "}";

    private static final Pattern PRINTABLE = Pattern.compile(SYNTAX);

    private final String value;

    /** @throws IllegalArgumentException when {@code value} is no such key; the message does not repeat it */
    public Secret(String value) {
        if (!PRINTABLE.matcher(value).matches()) {
            throw new IllegalArgumentException("must be 1 to " + MAX_LENGTH + " printable characters without spaces");
        }
        this.value = value;
    }

    /** The value itself: for the exchange's header, the store and the caller that may see it, nowhere else. */
    public String reveal() {
        return value;
    }

    /** First 8 hex digits of the SHA-256: enough to tell two keys apart, useless for calling the exchange. */
    public String fingerprint() {
        byte[] digest = Sha256.of(value.getBytes(UTF_8));
        return HexFormat.of().formatHex(digest, 0, FINGERPRINT_BYTES);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Secret that && MessageDigest.isEqual(value.getBytes(UTF_8), that.value.getBytes(UTF_8));
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public String toString() {
        return "***";
    }
}
