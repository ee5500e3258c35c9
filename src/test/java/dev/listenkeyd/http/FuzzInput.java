package dev.listenkeyd.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/** What callers could send by mistake or by intent, drawn from a seed. */
final class FuzzInput {
    private static final List<String> METHODS = split(
            "GET|GET|POST|POST|PUT|DELETE|PATCH|HEAD|OPTIONS|TRACE|CONNECT|get|PoSt|FOO|PROPFIND", "M".repeat(200));

    private static final List<String> ACCOUNTS = split(
            "fuzz-a|fuzz-b|main|nobody",
            "a".repeat(63),
            "a".repeat(64),
            "A|-|%00|%0a%0d|%2e|%2e%2e|%2f|%5c|..|.|%c0%ae|%ff|%e2%82%ac|%f0%9f%92%a9|fuzz-a;x=y",
            "fuzz-a%3bx=y|é|fuzz-a%20|*|{account}|'%22|%25zz|a+b|key|renew|pause|~|%7e",
            "x".repeat(3000));

    private static final List<String> TEXTS = split(
            "| |0|-1|1|1001|2147483648|99999999999999999999|1e3|0x10|%31|+1|NaN|true|TRUE|yes|null|ACTIVE",
            "active|%C4%B0|LOST,ACTIVE|default",
            "a".repeat(2000),
            "%00|%0d%0aX:y|%ff%fe|%e2%80%ae|é|<script>|'or'1'='1|%26a=b|fuzz-a|..%2f..|%u0041|%F0%9F%92%A9");

    private static final List<String> HEADERS = split(
            "Accept: */*|Accept: application/json|Accept: text/html|Accept: ;;,/;q=2|Accept: a/b;q=x",
            "Accept:|Accept-Encoding: gzip, x;q=z|Accept-Language: ;q|Accept-Charset: utf-7",
            "Content-Type: text/plain|Content-Type: ;;;|Content-Type: application/json; charset=foo",
            "Content-Type: application/json; charset=utf-16|Content-Type: multipart/form-data",
            "Content-Type: application/x-www-form-urlencoded|Content-Type: \u00e9/\u00ff",
            "Authorization: Bearer x|Authorization: Basic eDp5|Authorization: Negotiate|Cookie: a=b; =;==",
            "Expect: 100-continue|Expect: nothing|Range: bytes=9-1|If-Match: *|If-Modified-Since: x",
            "Content-Encoding: gzip|Upgrade: websocket|Upgrade: h2c|HTTP2-Settings: AAMAAABk",
            "Origin: https://evil|Sec-Fetch-Site: cross-site|X-Forwarded-Host: evil",
            "X-Forwarded-For: 1.2.3.4|Forwarded: host=evil|X-HTTP-Method-Override: DELETE|Via: 1.1 x",
            "Max-Forwards: -1|Date: x|TE: trailers|Trailer: Host|Keep-Alive: timeout=x|Content-MD5: x",
            "Content-Language: \u00ff|X-MBX-APIKEY: x|X-MBX-APIKEY:|Transfer-Encoding: identity|Host: evil",
            "X: " + "y".repeat(4000));

    private static final List<String> MEMBERS = split(
            "account|apiKey|listenKey|onLoss|holder|decision|reason|outageMinutes|startsInMinutes|kind|for",
            "Account||\\u0000|__proto__");

    private static final List<String> VALUES = split(
            "null|true|false|0|-0|1e400|-1e-400",
            "1" + "0".repeat(500),
            "1" + "0".repeat(1100),
            "1.5|\"\"|\" \"|\"fuzz-a\"|\"fuzz-b\"|\"main\"|\"recreate\"|\"report\"|\"RECREATE\"|\"config\"",
            "\"default\"|\"approve\"|\"\\u0000\"|\"\\ud800\"|\"\\udc00\\ud800\"|\"\\uFEFFa\"",
            "\"\\r\\nX: y\"|\"é\"|\"\uD83D\uDCA9\"",
            "\"" + "a".repeat(256) + "\"",
            "\"" + "a".repeat(257) + "\"",
            "\"" + "a".repeat(9000) + "\"",
            "\"20s\"|\"-1s\"|\"9223372036854775807d\"|\"99999999999999999999h\"|\"PT1X\"|\"unavailable\"",
            "\"close-key\"|[]|[[]]|{}|{\"a\":1}|NaN|Infinity|0x1|01|'a'|a|\"a|");

    private static final List<Charset> CHARSETS = List.of(
            UTF_8,
            UTF_8,
            UTF_8,
            UTF_8,
            UTF_16LE,
            UTF_16BE,
            ISO_8859_1,
            Charset.forName("UTF-32"),
            Charset.forName("UTF-32LE"));

    private static final int DEPTH = 10_000;

    private final Random random;

    FuzzInput(long seed) {
        random = new Random(seed);
    }

    /**
     * A call whose parts are well-formed for HTTP, whatever they say.
     *
     * @param path as it was meant, without query
     * @param raw a character for each byte
     */
    record Call(String method, String path, String raw) {
        byte[] bytes() {
            return raw.getBytes(ISO_8859_1);
        }

        @Override
        public String toString() {
            return raw.length() > 1500 ? raw.substring(0, 1500) + "..." : raw;
        }
    }

    boolean chance(double share) {
        return random.nextDouble() < share;
    }

    <T> T one(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    /** @param template with placeholders; {@code method} is what it is documented for */
    Call call(String method, String template, List<String> queries) {
        String used = chance(0.85) ? method : one(METHODS);
        String path = path(template);
        String target = path + (chance(0.5) ? query(queries) : "");
        List<String> headers = new ArrayList<>();
        headers.add(chance(0.97) ? "Host: localhost" : "Host: evil.example");
        headers.add("Connection: close");
        byte[] body = new byte[0];
        if (used.equals("POST") || chance(0.1)) {
            body = body();
            headers.add("Content-Type: application/json");
            headers.add("Content-Length: " + body.length);
        }
        for (int more = random.nextInt(4); more > 0 && chance(0.4); more--) {
            String header = one(HEADERS);
            // A body as announced, or none: what else could be sent is tried where no call is meant.
            headers.removeIf(known -> header.startsWith("Content-Type") && known.startsWith("Content-Type"));
            headers.add(random.nextInt(headers.size() + 1), header);
        }
        String head = used + " " + target + " HTTP/1.1\r\n" + String.join("\r\n", headers) + "\r\n\r\n";
        return new Call(used, path, new String(joined(head.getBytes(UTF_8), body), ISO_8859_1));
    }

    private String path(String template) {
        String path = template;
        while (path.contains("{")) {
            int start = path.indexOf('{');
            path = path.substring(0, start)
                    + (chance(0.5) ? "fuzz-a" : one(ACCOUNTS).replace("{", "%7b"))
                    + path.substring(path.indexOf('}', start) + 1);
        }
        if (chance(0.8)) {
            return path;
        }
        String whole = path;
        List<Supplier<String>> tricks = List.of(
                () -> "/" + whole,
                () -> whole + "/",
                () -> whole.replaceFirst("/", "/./"),
                () -> "/x/.." + whole,
                () -> "/%2e%2e" + whole,
                () -> "/../.." + whole,
                () -> whole + ";a=b",
                () -> whole + "/..",
                () -> whole + "/%2e%2e/%2e%2e",
                () -> whole.replace("/v1", "/V1"),
                () -> whole.replace("v1", "%76%31"),
                () -> whole.replace("/", "%2f"),
                () -> whole.replace('/', '\\'),
                () -> whole + "%00",
                () -> whole + "%0d%0aX:%20y",
                () -> whole + "#x",
                () -> whole + ".json",
                () -> whole + "//",
                () -> whole + "/" + one(ACCOUNTS),
                () -> "http://localhost" + whole,
                () -> "/");
        return one(tricks).get();
    }

    private String query(List<String> names) {
        List<String> pairs = new ArrayList<>();
        int count = chance(0.02) ? 300 : 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            String name = names.isEmpty() || chance(0.1) ? one(TEXTS) : one(names);
            pairs.add(count == 300 ? "a=b" : chance(0.1) ? name : name + "=" + one(TEXTS));
        }
        return "?" + String.join(one(List.of("&", "&", "&", ";", "&&")), pairs);
    }

    private byte[] body() {
        byte[] text = json().getBytes(one(CHARSETS));
        List<Supplier<byte[]>> tricks = List.of(
                () -> text,
                () -> joined(new byte[] {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF}, text),
                () -> joined(text, new byte[] {(byte) 0xC0, (byte) 0xAE, (byte) 0xFF}),
                () -> joined(text, text),
                () -> new byte[random.nextInt(40)],
                () -> bytes(random.nextInt(2000)),
                () -> bytes(20_000),
                () -> text.length == 0 ? text : Arrays.copyOf(text, random.nextInt(text.length)));
        return chance(0.7) ? text : one(tricks).get();
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private String json() {
        int kind = random.nextInt(20);
        return switch (kind) {
            case 0 -> one(VALUES);
            case 1 -> "[" + object() + "]";
            case 2 -> "[".repeat(DEPTH);
            case 3 -> "{\"account\":".repeat(1000);
            case 4 -> "{\"account\":" + "[".repeat(900) + "]".repeat(900) + "}";
            case 5 -> object() + one(List.of("x", "{}", "//c", "\u0000", ",", "}"));
            case 6 -> "/*c*/" + object();
            case 7 -> " ".repeat(16_000) + "{}";
            case 8 -> "";
            // Right: there must be something for the others to find.
            case 9, 10 -> "{\"account\":\"fuzz-a\",\"apiKey\":\"fuzz-api-key\"}";
            case 11, 12 -> "{\"outageMinutes\":30,\"startsInMinutes\":" + one(VALUES) + "}";
            case 13 -> "{\"outageMinutes\":" + (1 + random.nextInt(60)) + "}";
            case 14 -> "{\"decision\":\"reject\",\"reason\":" + one(VALUES) + "}";
            default -> object();
        };
    }

    private String object() {
        List<String> members = new ArrayList<>();
        if (chance(0.6)) {
            members.add("\"account\":"
                    + (chance(0.7) ? one(List.of("\"fuzz-a\"", "\"fuzz-b\"", "\"main\"")) : one(VALUES)));
        }
        if (chance(0.4)) {
            members.add("\"apiKey\":" + (chance(0.7) ? "\"fuzz-api-key\"" : one(VALUES)));
        }
        for (int more = random.nextInt(4); more > 0; more--) {
            members.add("\"" + one(MEMBERS) + "\":" + one(VALUES));
        }
        return "{" + String.join(chance(0.97) ? "," : ";", members) + "}";
    }

    /** The values between the bars. */
    private static List<String> split(String... lines) {
        return Arrays.asList(String.join("|", lines).split("\\|", -1));
    }

    static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
