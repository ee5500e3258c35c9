package dev.listenkeyd.secrets;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.listenkeyd.lease.Secret;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * Encrypts secrets for their column. An encrypted secret begins with its head: a byte 1, which names the form, and the 4
 * bytes of the key's id. Then come 12 bytes IV and the UTF-8 of the secret under AES-256-GCM, with its tag of 16 bytes. The
 * associated data is account and column, each as two bytes length (big-endian) and UTF-8, so a secret decrypts only where it
 * was written.
 *
 * <p>Every write draws a new IV. One key is good for about 2^32 such writes: years, even for 10,000 leases. Thread-safe; the
 * {@link Cipher} is kept because making one costs more than using it.
 */
public final class SecretCipher {
    /** Of the head. */
    public static final int HEAD_BYTES = 1 + SecretKeys.ID_BYTES;

    private static final byte AES_GCM = 1;
    private static final int IV_BYTES = 12;
    private static final int TAG_BYTES = 16;

    private final SecretKeys keys;
    private final SecureRandom random;
    private final Cipher cipher = aesGcm();

    public SecretCipher(SecretKeys keys, SecureRandom random) {
        this.keys = keys;
        this.random = random;
    }

    public synchronized byte @Nullable [] encrypt(String account, SecretColumn column, @Nullable Secret secret) {
        if (secret == null) {
            return null;
        }
        byte[] iv = new byte[IV_BYTES];
        random.nextBytes(iv);
        try {
            byte[] plain = secret.reveal().getBytes(UTF_8);
            byte[] encrypted = run(Cipher.ENCRYPT_MODE, keys.first(), iv, place(account, column), plain);
            return ByteBuffer.allocate(HEAD_BYTES + IV_BYTES + encrypted.length)
                    .put(currentHead())
                    .put(iv)
                    .put(encrypted)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a secret could not be encrypted", e);
        }
    }

    /** @throws IllegalArgumentException for a secret that can't be decrypted; the message names its place and not the secret */
    public synchronized @Nullable Secret decrypt(String account, SecretColumn column, byte @Nullable [] content) {
        if (content == null) {
            return null;
        }
        try {
            SecretKeys.Key key = keyOf(content, keys);
            if (content.length <= HEAD_BYTES + IV_BYTES + TAG_BYTES) {
                throw new IllegalArgumentException("is cut short");
            }
            byte[] iv = Arrays.copyOfRange(content, HEAD_BYTES, HEAD_BYTES + IV_BYTES);
            byte[] encrypted = Arrays.copyOfRange(content, HEAD_BYTES + IV_BYTES, content.length);
            byte[] plain = run(Cipher.DECRYPT_MODE, key, iv, place(account, column), encrypted);
            return new Secret(new String(plain, UTF_8));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(account + ": its " + column.column() + " " + e.getMessage(), e);
        } catch (AEADBadTagException e) {
            throw new IllegalArgumentException(
                    account + ": its " + column.column()
                            + " does not decrypt: it was damaged, or written for another account or column",
                    e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a secret could not be decrypted", e);
        }
    }

    /** The head of every secret that {@link #encrypt} writes. */
    public byte[] currentHead() {
        return ByteBuffer.allocate(HEAD_BYTES)
                .put(AES_GCM)
                .putInt(keys.first().id())
                .array();
    }

    /**
     * @param keys null: there are none
     * @throws IllegalArgumentException when these keys decrypt no secret with this head
     */
    public static void checkHead(byte[] head, @Nullable SecretKeys keys) {
        keyOf(head, keys);
    }

    private static SecretKeys.Key keyOf(byte[] content, @Nullable SecretKeys keys) {
        if (content.length < HEAD_BYTES || content[0] != AES_GCM) {
            throw new IllegalArgumentException("is in a form that this version does not know");
        }
        int id = ByteBuffer.wrap(content).getInt(1);
        SecretKeys.Key key = keys == null ? null : keys.byId(id);
        if (key == null) {
            throw new IllegalArgumentException("is encrypted with key " + SecretKeys.nameOf(id) + ", and "
                    + (keys == null ? "no key is given" : "given is " + keys.names()));
        }
        return key;
    }

    private byte[] run(int mode, SecretKeys.Key key, byte[] iv, byte[] place, byte[] content)
            throws GeneralSecurityException {
        cipher.init(mode, key.spec(), new GCMParameterSpec(TAG_BYTES * Byte.SIZE, iv));
        cipher.updateAAD(place);
        return cipher.doFinal(content);
    }

    private static byte[] place(String account, SecretColumn column) {
        byte[] first = account.getBytes(UTF_8);
        byte[] second = column.column().getBytes(UTF_8);
        return ByteBuffer.allocate(2 * Short.BYTES + first.length + second.length)
                .putShort((short) first.length)
                .put(first)
                .putShort((short) second.length)
                .put(second)
                .array();
    }

    private static Cipher aesGcm() {
        try {
            return Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java platform has no AES-GCM", e);
        }
    }
}
