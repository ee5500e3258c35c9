package dev.listenkeyd.http;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Requests that no HTTP client sends. */
final class WireInput {
    private static final String HOST = "Host: localhost\r\nConnection: close\r\n";
    private static final String GET = "GET /v1/status HTTP/1.1\r\n";
    private static final String POST =
            "POST /v1/listen-keys HTTP/1.1\r\n" + HOST + "Content-Type: application/json\r\n";

    /** Must be refused by name. */
    static final List<String> REFUSED = List.of(
            GET + "Connection: close\r\n\r\n",
            GET + "Host: \r\nConnection: close\r\n\r\n",
            GET + "Host: local host\r\nConnection: close\r\n\r\n",
            GET + "Host: localhost:99999999\r\nConnection: close\r\n\r\n",
            GET + "Host: :80\r\nConnection: close\r\n\r\n",
            GET + "Host: \u00ff\u00fe\r\nConnection: close\r\n\r\n",
            GET + "Host: localhost\r\n" + HOST + "\r\n",
            GET + "Host: localhost\r\nHost: evil\r\nConnection: close\r\n\r\n",
            "GET /v1/status HTTP/1.0\r\n\r\n",
            "GET /v1/status\r\n\r\n",
            "\r\n\r\n\u0000\r\n\r\n",
            "G@T /v1/status HTTP/1.1\r\n" + HOST + "\r\n",
            "CONNECT localhost:80 HTTP/1.1\r\n" + HOST + "\r\n",
            "OPTIONS * HTTP/1.1\r\n" + HOST + "\r\n",
            "GET v1/status HTTP/1.1\r\n" + HOST + "\r\n",
            "GET http:// HTTP/1.1\r\n" + HOST + "\r\n",
            "GET /v1/\u0000 HTTP/1.1\r\n" + HOST + "\r\n",
            "GET /v1/listen-keys/%zz HTTP/1.1\r\n" + HOST + "\r\n",
            "GET /v1/listen-keys/%f HTTP/1.1\r\n" + HOST + "\r\n",
            "GET /v1/listen-keys?limit=%zz HTTP/1.1\r\n" + HOST + "\r\n",
            "GET /v1/listen-keys/" + "a".repeat(9000) + " HTTP/1.1\r\n" + HOST + "\r\n",
            GET + HOST + "X: " + "a".repeat(20_000) + "\r\n\r\n",
            GET + HOST
                    + IntStream.range(0, 5000)
                            .mapToObj(i -> "X" + i + ": a\r\n")
                            .collect(Collectors.joining()) + "\r\n",
            GET + HOST + "no colon\r\n\r\n",
            GET + HOST + "X Y: v\r\n\r\n",
            GET + HOST + "X: a\u0000b\r\n\r\n",
            GET + HOST + "X: a\rb\r\n\r\n",
            POST + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            POST + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}   ",
            POST + "Content-Length: -1\r\n\r\n{}",
            POST + "Content-Length: +2\r\n\r\n{}",
            POST + "Content-Length: abc\r\n\r\n{}",
            POST + "Content-Length: 99999999999999999999\r\n\r\n{}",
            POST + "Content-Length: 9223372036854775807\r\n\r\n{}",
            POST + "Content-Length: 2000000\r\n\r\n{}",
            POST + "Transfer-Encoding: chunked\r\n\r\n186a0\r\n" + " ".repeat(100_000) + "\r\n0\r\n\r\n",
            POST + "Transfer-Encoding: chunked\r\n\r\n1E8480\r\n" + " ".repeat(2_000_000) + "\r\n0\r\n\r\n",
            POST + "Transfer-Encoding: gzip\r\n\r\n{}",
            POST + "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            POST + "Transfer-Encoding: identity\r\n\r\n{}",
            POST + "Expect: nothing\r\nContent-Length: 2\r\n\r\n{}",
            POST + "Content-Length: 0\r\n\r\n",
            POST + "\r\n",
            POST + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u0000\u0000\u0000\u0004\u0000\u0000\u0000\u0000\u0000");

    /** May be refused without a word, or be understood. */
    static final List<String> BROKEN = Stream.of(
                    Stream.of(
                            GET + HOST + "X: a\r\n b\r\n\r\n",
                            GET + HOST + ": nameless\r\n\r\n",
                            "GET /v1/status HTTP/3.0\r\n" + HOST + "\r\n",
                            "GET /v1/status HTTX/1.1\r\n" + HOST + "\r\n",
                            "GET http://evil/v1/status HTTP/1.1\r\n" + HOST + "\r\n",
                            GET + "Host: localhost\r\nConnection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                                    + "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
                            GET + "Host: localhost\r\nConnection: close, Upgrade\r\nUpgrade: websocket\r\n"
                                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                            "\u0016\u0003\u0001\u0002\u0000\u0001\u0000" + "\u0000".repeat(50) + "\r\n\r\n",
                            POST + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}"),
                    Stream.of("zz", "-5", "ffffffffffffffff", "7fffffff0", "2;" + "a".repeat(10_000), "", " ", "0x2")
                            .map(size -> POST + "Transfer-Encoding: chunked\r\n\r\n" + size + "\r\n{}\r\n0\r\n\r\n"),
                    Stream.of("X: " + "a".repeat(20_000), "no colon", "\u0000: x")
                            .map(trailer ->
                                    POST + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n" + trailer + "\r\n\r\n"))
            .flatMap(requests -> requests)
            .toList();

    private WireInput() {}

    static String shown(String request) {
        return request.length() > 500 ? request.substring(0, 500) + "..." : request;
    }
}
