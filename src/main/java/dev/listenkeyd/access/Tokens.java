package dev.listenkeyd.access;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.listenkeyd.encoding.Sha256;
import dev.listenkeyd.files.SettingsFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The valid tokens of one client; several while they are rotated. Only their SHA-256 is kept, so a reader of the memory can't
 * call with it. A keyed hash would gain nothing: random tokens can't be guessed, and the key would be in the same memory.
 */
public final class Tokens {
    public static final int MIN_LENGTH = 16;
    public static final int MAX_LENGTH = 512;
    public static final int MOST = 8;

    /** The syntax of RFC 6750. */
    private static final Pattern SYNTAX = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

    /** A larger file is the wrong file. */
    private static final int MAX_FILE_BYTES = 8 * 1024;

    private final List<byte[]> hashes;

    private Tokens(List<byte[]> hashes) {
        this.hashes = hashes;
    }

    /**
     * Tokens separated by commas.
     *
     * @throws IllegalArgumentException when one is invalid; the message repeats none
     */
    public static Tokens ofList(String list) {
        return of(Arrays.asList(list.split(",", -1)));
    }

    /**
     * Tokens of a file, one a line; empty lines are skipped.
     *
     * @throws IllegalArgumentException when the file can't be read, others may write it, or a token is invalid; the message
     *     repeats no token
     */
    public static Tokens ofFile(Path file) {
        // In this charset a byte that is no ASCII becomes a character that no token has.
        String text = new String(SettingsFile.readTrusted(file, MAX_FILE_BYTES), StandardCharsets.ISO_8859_1);
        return of(text.lines().filter(line -> !line.isBlank()).toList());
    }

    private static Tokens of(List<String> raw) {
        List<String> tokens = raw.stream().map(String::strip).toList();
        if (tokens.isEmpty() || tokens.size() > MOST) {
            throw new IllegalArgumentException("must hold 1 to " + MOST + " tokens");
        }
        for (String token : tokens) {
            if (token.length() < MIN_LENGTH || token.length() > MAX_LENGTH) {
                throw new IllegalArgumentException(
                        "a token must have " + MIN_LENGTH + " to " + MAX_LENGTH + " characters");
            }
            if (!SYNTAX.matcher(token).matches()) {
                throw new IllegalArgumentException("a token consists of A-Z a-z 0-9 - . _ ~ + / and may end with =");
            }
        }
        return new Tokens(tokens.stream().map(Tokens::hash).toList());
    }

    /** Compares with all tokens in constant time. */
    boolean has(byte[] hash) {
        boolean found = false;
        for (byte[] own : hashes) {
            found |= MessageDigest.isEqual(own, hash);
        }
        return found;
    }

    /** Whether both have a token in common. */
    public boolean sharesWith(Tokens other) {
        return hashes.stream().anyMatch(other::has);
    }

    boolean isSameAs(Tokens other) {
        return hashes.stream().allMatch(other::has) && other.hashes.stream().allMatch(this::has);
    }

    int count() {
        return hashes.size();
    }

    static byte[] hash(String token) {
        return Sha256.of(token.getBytes(US_ASCII));
    }

    @Override
    public String toString() {
        return hashes.size() + " token(s)";
    }
}
