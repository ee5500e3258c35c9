package dev.listenkeyd.ui;

import dev.listenkeyd.encoding.Sha256;
import io.vertx.core.buffer.Buffer;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The files of the page, each read from the class path at its first request: nothing is written to disk, and no other file can be
 * asked for.
 */
@Singleton
final class PageFiles {
    static final String INDEX = "index.html";

    /** All of them; a test compares them with the folder. */
    static final List<String> NAMES = List.of(
            INDEX,
            "icon.svg",
            "style.css",
            "panels.css",
            "actions.js",
            "alarm.js",
            "api.js",
            "approvals.js",
            "connection.js",
            "detail.js",
            "dialog.js",
            "events.js",
            "glance.js",
            "gauges.js",
            "lease-sync.js",
            "leases.js",
            "list.js",
            "main.js",
            "poll.js",
            "replicas.js",
            "row.js",
            "session.js",
            "shared-stream.js",
            "signin.js",
            "stream.js",
            "text.js",
            "time.js",
            "upgrade.js",
            "whatif.js");

    private static final String FOLDER = "/ui/";
    private static final int ETAG_BYTES = 16;

    /** By the end of the name. */
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml");

    private final Map<String, PageFile> files = new ConcurrentHashMap<>();

    /** One file, ready to be sent. */
    record PageFile(String type, String etag, Buffer content) {}

    /** Null when there is no such file. */
    @Nullable
    PageFile find(String name) {
        return NAMES.contains(name) ? files.computeIfAbsent(name, PageFiles::read) : null;
    }

    private static PageFile read(String name) {
        try (InputStream file = PageFiles.class.getResourceAsStream(FOLDER + name)) {
            if (file == null) {
                throw new IllegalStateException("a file of the page is missing in this package: " + name);
            }
            byte[] content = file.readAllBytes();
            String hash = HexFormat.of().formatHex(Sha256.of(content), 0, ETAG_BYTES);
            String type = TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "application/octet-stream");
            return new PageFile(type, '"' + hash + '"', Buffer.buffer(content));
        } catch (IOException e) {
            throw new UncheckedIOException("a file of the page can't be read: " + name, e);
        }
    }
}
