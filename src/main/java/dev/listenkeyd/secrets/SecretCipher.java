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
 * How a secret stands in its column: a byte that names the form, then the content.
 *
 * <ul>
 *   <li>0, plain, as earlier versions wrote it: the secret in UTF-8. Read, never written.
 *   <li>1, AES-256-GCM: 4 bytes id of the key, 12 bytes IV, then the encrypted UTF-8 with its tag of 16 bytes. The
 *       associated data is account and column, each as two bytes length (big-endian) and UTF-8, so that the secret
 *       decrypts nowhere but where it was written.
 * </ul>
 *
 * <p>The IV is drawn anew for every write. One key is good for about 2^32 writes of that kind: years, even for 10,000
 * leases.
 *
 * <p>Locked until its keys are known, which is after the store's file is ours. Thread-safe; the cipher is kept, since
 * making one costs more than using it.
 */
public final class SecretCipher {
    private static final byte PLAIN = 0;
    private static final byte AES_GCM = 1;
    private static final int IV_BYTES = 12;
    private static final int TAG_BYTES = 16;
    /** Form and id of the key. */
    public static final int HEAD_BYTES = 1 + SecretKeys.ID_BYTES;

    private final SecureRandom random;
    private final Cipher cipher = aesGcm();
    private @Nullable SecretKeys keys;

    public SecretCipher(SecureRandom random) {
        this.random = random;
    }

    /** From now on it encrypts and decrypts with these. */
    public synchronized void unlock(SecretKeys with) {
        keys = with;
    }

    public synchronized byte @Nullable [] encrypt(String account, SecretColumn column, @Nullable Secret secret) {
        if (secret == null) {
            return null;
        }
        SecretKeys.Key key = first();
        byte[] iv = new byte[IV_BYTES];
        random.nextBytes(iv);
        try {
            byte[] plain = secret.reveal().getBytes(UTF_8);
            byte[] encrypted = run(Cipher.ENCRYPT_MODE, key, iv, place(account, column), plain);
            return ByteBuffer.allocate(HEAD_BYTES + IV_BYTES + encrypted.length)
                    .put(head(key))
                    .put(iv)
                    .put(encrypted)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a secret could not be encrypted", e);
        }
    }

    /** @throws IllegalArgumentException for one that can't be read; the message names its place and not the secret */
    public synchronized @Nullable Secret decrypt(String account, SecretColumn column, byte @Nullable [] content) {
        if (content == null) {
            return null;
        }
        try {
            if (content.length > 1 && content[0] == PLAIN) {
                return new Secret(new String(content, 1, content.length - 1, UTF_8));
            }
            SecretKeys.Key key = keyOf(content);
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

    /** @throws IllegalArgumentException when no secret that begins like this can be decrypted */
    public synchronized void checkHead(byte[] head) {
        if (head.length == 0 || head[0] != PLAIN) {
            keyOf(head);
        }
    }

    /** The bytes with which every secret begins that {@link #encrypt} writes now; none while it is locked. */
    public synchronized byte[] currentHead() {
        return keys == null ? new byte[0] : head(keys.first());
    }

    private static byte[] head(SecretKeys.Key key) {
        return ByteBuffer.allocate(HEAD_BYTES).put(AES_GCM).putInt(key.id()).array();
    }

    private SecretKeys.Key first() {
        if (keys == null) {
            throw new IllegalStateException("a secret is to be written before there is a key for it");
        }
        return keys.first();
    }

    private SecretKeys.Key keyOf(byte[] content) {
        if (content.length < HEAD_BYTES || content[0] != AES_GCM) {
            throw new IllegalArgumentException("is in a form that this version does not know");
        }
        int id = ByteBuffer.wrap(content).getInt(1);
        String name = "is encrypted with key " + SecretKeys.nameOf(id);
        if (keys == null) {
            throw new IllegalArgumentException(name + ", and no key is given");
        }
        SecretKeys.Key key = keys.byId(id);
        if (key == null) {
            throw new IllegalArgumentException(name + ", and given is " + keys.names());
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
