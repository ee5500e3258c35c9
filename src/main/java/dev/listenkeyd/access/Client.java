package dev.listenkeyd.access;

import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A client: a name, what it may do, and how it proves that it is the one.
 *
 * @param file where its tokens are read again when they change; null when they stand in the configuration
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
