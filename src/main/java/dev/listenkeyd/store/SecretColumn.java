package dev.listenkeyd.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.listenkeyd.renewal.Secret;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * How a secret stands in its column: a byte that names the form, then the content. The only form so far is plain; an
 * encrypted one gets a number of its own, so that rows of both can be told apart.
 */
final class SecretColumn {
    private static final byte PLAIN = 0;

    private SecretColumn() {}

    static byte @Nullable [] write(@Nullable Secret secret) {
        if (secret == null) {
            return null;
        }
        byte[] value = secret.reveal().getBytes(UTF_8);
        return ByteBuffer.allocate(value.length + 1).put(PLAIN).put(value).array();
    }

    /** @throws IllegalArgumentException for a form that this version does not know */
    static @Nullable Secret read(byte @Nullable [] column) {
        if (column == null) {
            return null;
        }
        if (column.length < 2 || column[0] != PLAIN) {
            throw new IllegalArgumentException("a secret in a form that this version does not know");
        }
        return new Secret(new String(column, 1, column.length - 1, UTF_8));
    }
}
