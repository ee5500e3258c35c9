package dev.listenkeyd.lease;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.listenkeyd.encoding.Sha256;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** An API key or a listen key. It prints as {@code ***}; only {@link #reveal()} returns the value. */
public final class Secret {
    private static final int FINGERPRINT_BYTES = 4;
    private static final int MAX_LENGTH = 256;
    /** The syntax as a regular expression: characters that are safe in an HTTP header. */
    public static final String SYNTAX = "[!-~]{1," + MAX_LENGTH + "}";

    private static final Pattern PRINTABLE = Pattern.compile(SYNTAX);

    /** Its characters; a String would take 24 bytes more, and there are two secrets for each lease. */
    private final byte[] value;

    /** @throws IllegalArgumentException when {@code value} is no such key; the message does not repeat it */
    public Secret(String value) {
        if (!PRINTABLE.matcher(value).matches()) {
            throw new IllegalArgumentException("must be 1 to " + MAX_LENGTH + " printable characters without spaces");
        }
        this.value = value.getBytes(US_ASCII);
    }

    /** The value: for the exchange's header, the store, and callers with the scope {@code reveal} only. */
    public String reveal() {
        return new String(value, US_ASCII);
    }

    /** First 8 hex digits of the SHA-256: enough to tell keys apart, useless for calling the exchange. */
    public String fingerprint() {
        byte[] digest = Sha256.of(value);
        return HexFormat.of().formatHex(digest, 0, FINGERPRINT_BYTES);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Secret that && MessageDigest.isEqual(value, that.value);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(value);
    }

    @Override
    public String toString() {
        return "***";
    }
}
