import java.net.URI;
import java.net.http.*;
import java.util.*;
import java.util.concurrent.*;
/** Follows the listen key of an account. Needs JDK 17 and no library: java docs/examples/Follow.java */
class Follow implements WebSocket.Listener {
    static void onEvent(String event) { System.out.println("event " + member("e", event)); } // Your code.
    static void reconcile() { System.out.println("reconcile since " + last); } // Your REST calls. null: the last run.
    static final HttpClient HTTP = HttpClient.newHttpClient();
    static volatile String url = "", last; // of the newest key; the exchange's time of the last event, in milliseconds
    static WebSocket stream;
    String text = "";
    static String env(String name, String unset) { return System.getenv().getOrDefault(name, unset); }
    static String member(String name, String json) {
        return new Scanner(json).findInLine("(?<=\"" + name + "\":\"?)[^\",}]+");
    }
    public CompletionStage<?> onText(WebSocket stream, CharSequence part, boolean end) {
        text += part;
        if (end) { onEvent(text); last = member("E", text); text = ""; }
        stream.request(1);
        return null;
    }
    static void listen(String next) throws Exception { // to the stream of a new key, or again when it has ended
        if (stream != null) stream.sendPing(java.nio.ByteBuffer.allocate(0)); // so that a dead connection is noticed
        if (next.equals(url) && (url.isEmpty() || stream != null && !stream.isInputClosed())) return;
        if (stream != null) stream.abort();
        stream = HTTP.newWebSocketBuilder().buildAsync(URI.create(url = next), new Follow()).get(10, TimeUnit.SECONDS);
        reconcile(); // after connecting, so that no event falls in between
    }
    public static void main(String[] args) throws Exception {
        var lease = env("LISTENKEYD_URL", "http://127.0.0.1:8080") + "/v1/listen-keys/" + env("ACCOUNT", "main");
        var call = HttpRequest.newBuilder(URI.create(lease + "/key/events"))
            .header("Authorization", "Bearer " + env("LISTENKEYD_TOKEN", "")).build(); // of a client with scope reveal
        for (int pause = 1; ; TimeUnit.SECONDS.sleep(pause = Math.min(2 * pause, 30))) try {
            listen(url);
            Iterable<String> lines = HTTP.send(call, HttpResponse.BodyHandlers.ofLines()).body()::iterator;
            for (var line : lines) { pause = 1; listen(line.contains("streamUrl") ? member("streamUrl", line) : url); }
        } catch (Exception e) { System.out.println("no daemon, or no stream: " + e.getClass().getSimpleName()); }
    }
}
