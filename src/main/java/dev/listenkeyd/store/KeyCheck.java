package dev.listenkeyd.store;

import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.secrets.SecretCipher;
import dev.listenkeyd.secrets.SecretColumn;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * A known text in the table {@code secrets_check}, encrypted with the key of the replica that began the store. A replica that
 * can't decrypt it has another key: its leases would be of no use to the others.
 */
final class KeyCheck {
    private static final Secret KNOWN = new Secret("listenkeyd");

    /** Stands in place of an account; no account has this name. */
    private static final String PLACE = "";

    private static final String ADD =
            "INSERT INTO secrets_check (id, content) VALUES (1, ?) ON CONFLICT (id) DO NOTHING";
    private static final String REPLACE = "UPDATE secrets_check SET content = ? WHERE id = 1";
    private static final String READ = "SELECT content FROM secrets_check";

    private KeyCheck() {}

    /** Writes the text in a new store. */
    static int add(Connection connection, SecretCipher cipher) throws SQLException {
        return Sql.update(connection, ADD, encrypted(cipher));
    }

    /** Writes it with the first key, once that encrypts all secrets. */
    static int replace(Connection connection, SecretCipher cipher) throws SQLException {
        return Sql.update(connection, REPLACE, encrypted(cipher));
    }

    /** @throws IllegalArgumentException when the keys are others; the message continues "the store ..." */
    static void check(Connection connection, SecretCipher cipher) throws SQLException {
        byte[] content = Sql.first(connection, READ, row -> row.getBytes(1));
        try {
            cipher.decrypt(PLACE, SecretColumn.API_KEY, content);
        } catch (IllegalArgumentException e) {
            Throwable why = e.getCause() instanceof IllegalArgumentException ? e.getCause() : null;
            throw new IllegalArgumentException(
                    why == null ? "holds a check of its key that does not decrypt" : why.getMessage(), e);
        }
    }

    private static byte[] encrypted(SecretCipher cipher) {
        byte[] content = cipher.encrypt(PLACE, SecretColumn.API_KEY, KNOWN);
        if (content == null) {
            throw new IllegalStateException("nothing was encrypted");
        }
        return content;
    }
}
