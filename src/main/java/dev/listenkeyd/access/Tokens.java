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
 * The valid tokens of one client; several at once while they are rotated. Only their SHA-256 is kept: who reads our memory
 * can't call with it. It needs no key: a token of enough chance can't be guessed from its hash, and a key would lie beside
 * it in the same memory.
 */
public final class Tokens {
    public static final int MIN_LENGTH = 16;
    public static final int MAX_LENGTH = 512;
    public static final int MOST = 8;

    /** What RFC 6750 lets a header carry. */
    private static final Pattern SYNTAX = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

    /** More than the longest list of tokens takes: a file beyond it is the wrong file. */
    private static final int MAX_FILE_BYTES = 8 * 1024;

    private final List<byte[]> hashes;

    private Tokens(List<byte[]> hashes) {
        this.hashes = hashes;
    }

    /**
     * Tokens separated by commas.
     *
     * @throws IllegalArgumentException when one of them is none; the message repeats none
     */
    public static Tokens ofList(String list) {
        return of(Arrays.asList(list.split(",", -1)));
    }

    /**
     * Tokens of a file, one a line; empty lines count for nothing.
     *
     * @throws IllegalArgumentException when it can't be read, others may write it, or one of them is none; the message repeats
     *     none
     */
    public static Tokens ofFile(Path file) {
        // A byte that is no ASCII becomes a character that no token has.
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

    /** Compares with every one of them and all of each, so that the time it takes tells nothing. */
    boolean has(byte[] hash) {
        boolean found = false;
        for (byte[] own : hashes) {
            found |= MessageDigest.isEqual(own, hash);
        }
        return found;
    }

    /** Whether one of them is in both. */
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
