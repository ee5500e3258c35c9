package dev.listenkeyd.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.restassured.RestAssured;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A connection of its own, for calls that no HTTP client would send, and the answers to them. */
final class RawCall implements AutoCloseable {
    /** No answer takes longer. Above the time that a body may take to come. */
    private static final int ANSWER_MILLIS = 120_000;

    private final Socket socket;
    private final InputStream in;

    /**
     * What came back.
     *
     * @param status 0 when the connection was closed without a word
     * @param headers by names in lower case
     */
    record Answer(int status, Map<String, List<String>> headers, String body) {
        static final Answer NONE = new Answer(0, Map.of(), "");

        String header(String name) {
            return String.join(", ", headers.getOrDefault(name, List.of()));
        }

        @Override
        public String toString() {
            return status + " " + headers + " " + (body.length() > 500 ? body.substring(0, 500) + "..." : body);
        }
    }

    RawCall() throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), RestAssured.port);
        socket.setSoTimeout(ANSWER_MILLIS);
        in = socket.getInputStream();
    }

    /** Sends these very bytes on a connection of their own, and reads one answer. */
    static Answer of(byte[] request, boolean head) throws IOException {
        try (RawCall call = new RawCall()) {
            call.send(request);
            return call.answer(head);
        }
    }

    static Answer of(String request) throws IOException {
        return of(request.getBytes(UTF_8), request.startsWith("HEAD "));
    }

    /** What the server no longer reads is not missed: it may have answered before. */
    void send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
        } catch (IOException e) {
            // The answer tells.
        }
    }

    void send(String text) {
        send(text.getBytes(UTF_8));
    }

    void shutOutput() throws IOException {
        socket.shutdownOutput();
    }

    /**
     * The next answer, interim ones left out.
     *
     * @throws java.net.SocketTimeoutException when there is none in time
     */
    Answer answer(boolean head) throws IOException {
        Answer answer = read(head);
        return answer.status() == 100 ? read(head) : answer;
    }

    /** Whether the server has closed, or does so in time. */
    boolean isClosed() throws IOException {
        try {
            return in.read() < 0;
        } catch (java.net.SocketException e) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private Answer read(boolean head) throws IOException {
        try {
            String line = line();
            if (line.isEmpty()) {
                return Answer.NONE;
            }
            int status = Integer.parseInt(line.split(" ", 3)[1]);
            Map<String, List<String>> headers = new TreeMap<>();
            for (String header = line(); !header.isEmpty(); header = line()) {
                String[] parts = header.split(":", 2);
                headers.computeIfAbsent(parts[0].toLowerCase(Locale.ROOT), name -> new ArrayList<>())
                        .add(parts[1].strip());
            }
            // A stream of events goes on: its beginning is enough.
            boolean stream = headers.getOrDefault("content-type", List.of()).contains("text/event-stream");
            boolean empty = head || status == 204 || status < 200 || stream;
            return new Answer(status, headers, empty ? "" : body(headers));
        } catch (java.net.SocketException e) {
            // Reset: the server closed while we were still sending.
            return Answer.NONE;
        }
    }

    private String body(Map<String, List<String>> headers) throws IOException {
        List<String> length = headers.get("content-length");
        if (length != null) {
            return new String(exactly(Integer.parseInt(length.get(0))), UTF_8);
        }
        if (!headers.containsKey("transfer-encoding")) {
            return new String(in.readAllBytes(), UTF_8);
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int size = Integer.parseInt(line(), 16); size > 0; size = Integer.parseInt(line(), 16)) {
            all.write(exactly(size));
            line();
        }
        line();
        return all.toString(UTF_8);
    }

    private byte[] exactly(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("an answer ended after " + bytes.length + " of " + length + " bytes");
        }
        return bytes;
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
            line.write(next);
        }
        return line.toString(ISO_8859_1).stripTrailing();
    }
}
