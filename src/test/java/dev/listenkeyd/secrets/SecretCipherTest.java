package dev.listenkeyd.secrets;

import static dev.listenkeyd.store.StoreFolder.KEY;
import static dev.listenkeyd.store.StoreFolder.OTHER_KEY;
import static dev.listenkeyd.store.StoreFolder.cipher;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.lease.Secret;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretCipherTest {
    private static final Secret SECRET = new Secret("SECRETsecretSECRETsecret");
    private static final int HEAD = 1 + 4;
    private static final int IV = 12;
    private static final int TAG = 16;

    private final SecretCipher cipher = cipher(KEY);

    // --- the form

    /** The form in other words than the daemon's own: whoever has the key can read the store without it. */
    @ParameterizedTest
    @EnumSource(SecretColumn.class)
    void plainJavaReadsAnEncryptedSecret(SecretColumn column) throws Exception {
        byte[] written = encrypted("desk_1", column);

        assertThat(written).hasSize(HEAD + IV + SECRET.reveal().length() + TAG);
        assertThat(written[0]).isEqualTo((byte) 1);
        assertThat(Arrays.copyOfRange(written, 1, HEAD)).isEqualTo(idOf(KEY));
        Cipher java = javaCipher(
                Cipher.DECRYPT_MODE, Arrays.copyOfRange(written, HEAD, HEAD + IV), "desk_1", column.column());
        assertThat(java.doFinal(written, HEAD + IV, written.length - HEAD - IV))
                .isEqualTo(SECRET.reveal().getBytes(UTF_8));
    }

    @ParameterizedTest
    @CsvSource({"API_KEY, api_key", "LISTEN_KEY, listen_key", "ADOPTED_KEY, adopted_key"})
    void aSecretEncryptedByPlainJavaIsRead(SecretColumn column, String name) throws Exception {
        byte[] iv = "twelve bytes".getBytes(UTF_8);
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        written.write(1);
        written.writeBytes(idOf(KEY));
        written.writeBytes(iv);
        written.writeBytes(javaCipher(Cipher.ENCRYPT_MODE, iv, "main", name)
                .doFinal(SECRET.reveal().getBytes(UTF_8)));

        assertThat(cipher.decrypt("main", column, written.toByteArray())).isEqualTo(SECRET);
    }

    @Test
    void nothingIsNothingBothWays() {
        assertThat(cipher.encrypt("main", SecretColumn.API_KEY, null)).isNull();
        assertThat(cipher.decrypt("main", SecretColumn.API_KEY, null)).isNull();
    }

    @Test
    void everyWriteHasItsOwnIv() {
        Set<String> ivs = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            byte[] written = encrypted("main", SecretColumn.API_KEY);
            ivs.add(Arrays.toString(Arrays.copyOfRange(written, HEAD, HEAD + IV)));
        }

        assertThat(ivs).hasSize(1000);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 255, 256})
    void everyLengthComesBack(int length) {
        Secret secret = new Secret("x".repeat(length));

        byte[] written = cipher.encrypt("main", SecretColumn.API_KEY, secret);

        assertThat(cipher.decrypt("main", SecretColumn.API_KEY, written)).isEqualTo(secret);
    }

    // --- what does not decrypt

    @ParameterizedTest
    @CsvSource({
        "other, API_KEY",
        "main, LISTEN_KEY",
        "main, ADOPTED_KEY",
        "mai, API_KEY",
        "main_, API_KEY",
        "'', API_KEY"
    })
    void aSecretDecryptsWhereItWasWrittenOnly(String account, SecretColumn column) {
        byte[] written = encrypted("main", SecretColumn.API_KEY);

        assertThatThrownBy(() -> cipher.decrypt(account, column, written))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(account + ": its " + column.column() + " does not decrypt");
    }

    @Test
    void aSecretWithAnyBitChangedIsRefusedByName() {
        byte[] written = encrypted("main", SecretColumn.API_KEY);

        for (int i = 0; i < written.length; i++) {
            byte[] damaged = written.clone();
            damaged[i] ^= 1;
            assertRefused(damaged, "byte " + i);
        }
    }

    @Test
    void aSecretCutShortIsRefusedByName() {
        byte[] written = encrypted("main", SecretColumn.API_KEY);

        for (int length = 0; length < written.length; length++) {
            assertRefused(Arrays.copyOf(written, length), length + " bytes");
        }
        assertRefused(Arrays.copyOf(written, written.length + 1), "one more");
        assertRefused(("\0" + SECRET.reveal()).getBytes(UTF_8), "a secret in plain");
        assertRefused(new byte[] {2, 'x', 'y'}, "a form of the future");
    }

    private void assertRefused(byte[] content, String what) {
        assertThatThrownBy(() -> cipher.decrypt("main", SecretColumn.API_KEY, content))
                .as(what)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("main: its api_key ")
                .hasMessageNotContaining(SECRET.reveal());
    }

    // --- several keys

    @Test
    void theFirstKeyEncryptsAndAllDecrypt() {
        byte[] old = encrypted("main", SecretColumn.API_KEY);
        SecretCipher both = cipher(OTHER_KEY + "," + KEY);

        byte[] renewed = both.encrypt("main", SecretColumn.API_KEY, both.decrypt("main", SecretColumn.API_KEY, old));

        assertThat(cipher(OTHER_KEY).decrypt("main", SecretColumn.API_KEY, renewed))
                .isEqualTo(SECRET);
        assertThat(renewed).startsWith(both.currentHead());
        assertThat(Arrays.copyOf(old, HEAD)).isNotEqualTo(both.currentHead());
    }

    @Test
    void aMissingKeyIsNamedByItsIdAndNotByItself() throws Exception {
        byte[] written = encrypted("main", SecretColumn.API_KEY);

        assertThatThrownBy(() -> cipher(OTHER_KEY).decrypt("main", SecretColumn.API_KEY, written))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("main: its api_key is encrypted with key %s, and given is %s", hex(KEY), hex(OTHER_KEY));
    }

    @Test
    void theHeadOfASecretTellsWhetherItCanBeRead() throws Exception {
        byte[] head = Arrays.copyOf(encrypted("main", SecretColumn.API_KEY), HEAD);

        SecretCipher.checkHead(head, SecretKeys.parse(OTHER_KEY + "," + KEY));

        assertThatThrownBy(() -> SecretCipher.checkHead(head, SecretKeys.parse(OTHER_KEY)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("is encrypted with key %s, and given is %s", hex(KEY), hex(OTHER_KEY));
        assertThatThrownBy(() -> SecretCipher.checkHead(head, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("is encrypted with key %s, and no key is given", hex(KEY));
        for (byte[] other : new byte[][] {{}, {0}, {1}, {1, 2, 3, 4}, {2, 1, 1, 1, 1}}) {
            assertThatThrownBy(() -> SecretCipher.checkHead(other, SecretKeys.parse(KEY)))
                    .hasMessageContaining("this version does not know");
        }
    }

    @Test
    void manyThreadsUseItAtOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Callable<Integer>> users =
                    IntStream.range(0, 8).mapToObj(this::user).toList();
            for (Future<Integer> wrong : threads.invokeAll(users)) {
                assertThat(wrong.get()).isZero();
            }
        } finally {
            threads.shutdown();
        }
    }

    /** Counts the secrets that did not come back. */
    private Callable<Integer> user(int number) {
        return () -> {
            int wrong = 0;
            for (int i = 0; i < 10_000; i++) {
                Secret secret = new Secret("secret-" + number + "-" + i);
                byte[] written = cipher.encrypt("a" + number, SecretColumn.LISTEN_KEY, secret);
                wrong += secret.equals(cipher.decrypt("a" + number, SecretColumn.LISTEN_KEY, written)) ? 0 : 1;
            }
            return wrong;
        };
    }

    private byte[] encrypted(String account, SecretColumn column) {
        return Objects.requireNonNull(cipher.encrypt(account, column, SECRET));
    }

    private static Cipher javaCipher(int mode, byte[] iv, String account, String column)
            throws GeneralSecurityException, IOException {
        Cipher java = Cipher.getInstance("AES/GCM/NoPadding");
        byte[] key = Base64.getDecoder().decode(KEY);
        java.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(8 * TAG, iv));
        ByteArrayOutputStream place = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(place);
        // Two bytes length and the bytes: for names of ASCII that is what writeUTF does.
        out.writeUTF(account);
        out.writeUTF(column);
        java.updateAAD(place.toByteArray());
        return java;
    }

    private static byte[] idOf(String key) throws GeneralSecurityException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update("listenkeyd key id:".getBytes(UTF_8));
        return Arrays.copyOf(digest.digest(Base64.getDecoder().decode(key)), 4);
    }

    private static String hex(String key) throws GeneralSecurityException {
        return HexFormat.of().formatHex(idOf(key));
    }
}
