package dev.listenkeyd.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.listenkeyd.encoding.Sha256;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A row of the audit.
 *
 * @param seq 1 for the first row ever, then without gaps
 * @param at with the precision of a millisecond
 * @param action a {@linkplain Action#word() word}; a later version may have written one that this version does not know
 * @param hash SHA-256 in hex of the hash before (none before the first row), seq, at in epoch milliseconds, client, action,
 *     account and result: numbers as 8 bytes, big-endian; each text as the number of its bytes, 4 bytes big-endian, and
 *     these bytes in UTF-8; no account as the number -1
 */
public record AuditRow(
        long seq,
        Instant at,
        String client,
        String action,
        @Nullable String account,
        String result,
        String hash) {
    private static final int NULL = -1;

    /** The entry as the row after {@code before}. */
    static AuditRow after(ChainPosition before, AuditEntry entry) {
        AuditRow open = new AuditRow(
                before.seq() + 1,
                entry.at(),
                entry.client(),
                entry.action().word(),
                entry.account(),
                entry.result(),
                "");
        return new AuditRow(
                open.seq, open.at, open.client, open.action, open.account, open.result, open.hashAfter(before));
    }

    /** Whether this row was written after {@code before} and not changed since. */
    boolean follows(ChainPosition before) {
        return hash.equals(hashAfter(before));
    }

    public ChainPosition link() {
        return new ChainPosition(seq, hash);
    }

    private String hashAfter(ChainPosition before) {
        MessageDigest digest = Sha256.newDigest();
        add(digest, before.hash());
        add(digest, seq);
        add(digest, at.toEpochMilli());
        add(digest, client);
        add(digest, action);
        add(digest, account);
        add(digest, result);
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void add(MessageDigest digest, long number) {
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
    }

    /** With its length, so that different rows are different bytes. */
    private static void add(MessageDigest digest, @Nullable String text) {
        byte[] bytes = text == null ? new byte[0] : text.getBytes(UTF_8);
        int length = text == null ? NULL : bytes.length;
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(length).flip());
        digest.update(bytes);
    }
}
