package dev.listenkeyd.cli;

import dev.listenkeyd.files.SettingsFile;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The address of the daemon, and the token to show there.
 *
 * @param base without a slash at its end
 * @param token null for none
 */
record Endpoint(String base, @Nullable String token) {
    static final String URL = "LISTENKEYD_URL";
    static final String TOKEN = "LISTENKEYD_TOKEN";
    static final String TOKEN_FILE = "LISTENKEYD_TOKEN_FILE";

    /** The variables that describe the local daemon. */
    private static final String LOCAL = "QUARKUS_HTTP_HOST and QUARKUS_HTTP_PORT";

    private static final int MAX_FILE_BYTES = 8 * 1024;
    /** The syntax of RFC 6750. */
    private static final Pattern SYNTAX = Pattern.compile("[A-Za-z0-9._~+/-]{1,512}=*");
    /** Names that need no lookup: a name server could send the token elsewhere. */
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.\\d{1,3}){3}|\\[(0*:)*:?0*1]");

    /** @throws CommandFailed when the settings are wrong; the message repeats no secret */
    static Endpoint of(Arguments arguments, CommandContext context) {
        String asked = arguments.option(Option.URL);
        String variable = context.variable(URL);
        String name = LOCAL;
        String raw;
        if (asked != null) {
            name = Option.URL.word();
            raw = asked.strip();
        } else if (variable.isEmpty()) {
            raw = context.machine().localDaemon().get();
        } else {
            name = URL;
            raw = variable;
        }
        URI address = address(name, raw);
        String token = token(context);
        String host = address.getHost().toLowerCase(Locale.ROOT);
        if (token != null
                && address.getScheme().equalsIgnoreCase("http")
                && !LOOPBACK.matcher(host).matches()) {
            throw CommandFailed.usage(name + ": by http the token would cross the network unencrypted; use https, or"
                    + " call a loopback address");
        }
        return new Endpoint(raw.replaceFirst("/+$", ""), token);
    }

    private static URI address(String name, String raw) {
        try {
            URI address = new URI(raw);
            String scheme = Objects.requireNonNullElse(address.getScheme(), "").toLowerCase(Locale.ROOT);
            if ((scheme.equals("http") || scheme.equals("https"))
                    && address.getHost() != null
                    && address.getRawUserInfo() == null
                    && address.getRawQuery() == null
                    && address.getRawFragment() == null
                    && address.getPort() <= 65_535) {
                return address;
            }
        } catch (URISyntaxException e) {
            // Refused below, without the text: it may hold a password.
        }
        throw CommandFailed.usage(name
                + ": must be the address of a daemon, such as http://127.0.0.1:8080, without user, query or fragment");
    }

    private static @Nullable String token(CommandContext context) {
        String token = context.variable(TOKEN);
        String file = context.variable(TOKEN_FILE);
        if (!token.isEmpty() && !file.isEmpty()) {
            throw CommandFailed.usage(TOKEN + " and " + TOKEN_FILE + " are both set; unset one");
        }
        if (token.isEmpty() && file.isEmpty()) {
            return null;
        }
        String name = file.isEmpty() ? TOKEN : TOKEN_FILE;
        String value = file.isEmpty() ? token : firstLine(file);
        if (!SYNTAX.matcher(value).matches()) {
            throw CommandFailed.usage(name + ": holds no token");
        }
        return value;
    }

    private static String firstLine(String file) {
        try {
            // In this charset a byte that is no ASCII becomes a character that no token has.
            String text = new String(SettingsFile.read(Path.of(file), MAX_FILE_BYTES), StandardCharsets.ISO_8859_1);
            return text.lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .findFirst()
                    .orElse("");
        } catch (InvalidPathException e) {
            throw CommandFailed.usage(TOKEN_FILE + ": is no path");
        } catch (IllegalArgumentException e) {
            throw CommandFailed.usage(TOKEN_FILE + ": the file " + e.getMessage());
        }
    }

    /** Without the token. */
    @Override
    public String toString() {
        return base;
    }
}
