package dev.listenkeyd.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Looks for secrets and pieces of them, whatever their case, also in base64, hex and as part of an address. */
final class SecretSearch {
    /** Short enough to find a key in a dump of 16 characters a line, long enough to be no accident. */
    private static final int PIECE = 12;

    /** The name of the secret by its piece. */
    private final Map<String, String> pieces = new HashMap<>();

    void add(String name, String secret) {
        addPieces(name, secret);
        addPieces(name + " reversed", new StringBuilder(secret).reverse().toString());
        addPieces(name + " in hex", HexFormat.of().formatHex(secret.getBytes(UTF_8)));
        addPieces(name + " in spaced hex", HexFormat.ofDelimiter(" ").formatHex(secret.getBytes(UTF_8)));
        addPieces(name + " in an address", URLEncoder.encode(secret, UTF_8));
        // The position of a secret in the encoded text changes the characters of base64.
        for (int before = 0; before < 3; before++) {
            String encoded = Base64.getEncoder().encodeToString(("   ".substring(0, before) + secret).getBytes(UTF_8));
            addPieces(name + " in base64", encoded.substring(4, encoded.length() - 4));
        }
    }

    private void addPieces(String name, String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        for (int at = 0; at + PIECE <= lower.length(); at++) {
            pieces.put(lower.substring(at, at + PIECE), name);
        }
    }

    /** The lines that hold a secret, each with the name of the secret. */
    List<String> in(String text) {
        TreeSet<String> found = new TreeSet<>();
        text.lines().forEach(line -> {
            String secret = of(line.toLowerCase(Locale.ROOT));
            if (secret != null) {
                found.add(secret + ": " + line);
            }
        });
        return List.copyOf(found);
    }

    private @Nullable String of(String line) {
        for (int at = 0; at + PIECE <= line.length(); at++) {
            String secret = pieces.get(line.substring(at, at + PIECE));
            if (secret != null) {
                return secret;
            }
        }
        return null;
    }
}
