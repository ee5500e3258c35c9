package dev.listenkeyd.secrets;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.listenkeyd.encoding.Sha256;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** The keys for secrets in the store: the first encrypts, all decrypt. Printed as {@code ***}; only their ids are shown. */
public final class SecretKeys {
    public static final int KEY_BYTES = 32;
    static final int ID_BYTES = Integer.BYTES;

    private static final byte[] ID_OF = "listenkeyd key id:".getBytes(US_ASCII);

    /** One key. {@code id}: the first 4 bytes of the SHA-256 of {@code listenkeyd key id:} and the key. */
    record Key(int id, SecretKeySpec spec) {
        static Key of(byte[] bytes) {
            MessageDigest digest = Sha256.newDigest();
            digest.update(ID_OF);
            int id = ByteBuffer.wrap(digest.digest(bytes)).getInt();
            Key key = new Key(id, new SecretKeySpec(bytes, "AES"));
            Arrays.fill(bytes, (byte) 0);
            return key;
        }

        String name() {
            return nameOf(id);
        }

        @Override
        public String toString() {
            return "***";
        }
    }

    private final List<Key> keys;

    private SecretKeys(List<Key> keys) {
        this.keys = List.copyOf(keys);
    }

    /**
     * Reads keys in base64, separated by commas or line ends.
     *
     * @throws IllegalArgumentException with all violations; the message repeats nothing of {@code text}
     */
    public static SecretKeys parse(String text) {
        List<String> entries = text.lines()
                .filter(line -> !line.isBlank())
                .flatMap(line -> Stream.of(line.split(",", -1)))
                .map(String::strip)
                .toList();
        List<String> wrong = new ArrayList<>();
        List<Key> keys = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            byte[] bytes = decoded(entries.get(i));
            if (bytes == null) {
                wrong.add("key " + (i + 1) + " is not base64");
            } else if (bytes.length != KEY_BYTES) {
                wrong.add("key " + (i + 1) + " has " + bytes.length + " bytes instead of " + KEY_BYTES);
            } else {
                Key key = Key.of(bytes);
                if (keys.stream().anyMatch(other -> other.id() == key.id())) {
                    wrong.add("key " + (i + 1) + " is there twice");
                }
                keys.add(key);
            }
        }
        if (entries.isEmpty()) {
            wrong.add("no key in it");
        }
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", wrong) + " (a key: openssl rand -base64 32)");
        }
        return new SecretKeys(keys);
    }

    public int count() {
        return keys.size();
    }

    /** The key that encrypts. */
    Key first() {
        return keys.get(0);
    }

    @Nullable
    Key byId(int id) {
        for (Key key : keys) {
            if (key.id() == id) {
                return key;
            }
        }
        return null;
    }

    static String nameOf(int id) {
        return HexFormat.of().toHexDigits(id);
    }

    /** The ids of all, for messages. */
    String names() {
        return keys.stream().map(Key::name).collect(Collectors.joining(", "));
    }

    @Override
    public String toString() {
        return "***";
    }

    private static byte @Nullable [] decoded(String entry) {
        try {
            return Base64.getDecoder().decode(entry);
        } catch (IllegalArgumentException e) {
            // Its message repeats a character of the key.
            return null;
        }
    }
}
