package dev.listenkeyd.access;

import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A client of the API.
 *
 * @param file from which changed tokens are read again; null when the configuration has them
 */
public record Client(
        String name,
        Set<String> scopes,
        Tokens tokens,
        @Nullable Path file) {
    public Client {
        scopes = Set.copyOf(scopes);
    }

    Client withTokens(Tokens newer) {
        return new Client(name, scopes, newer, file);
    }
}
