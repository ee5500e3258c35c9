package dev.listenkeyd.encoding;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The one digest in use. */
public final class Sha256 {
    private Sha256() {}

    /** A new digest, to be fed piece by piece. */
    public static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    public static byte[] of(byte[] bytes) {
        return newDigest().digest(bytes);
    }
}
