package dev.listenkeyd.view;

import dev.listenkeyd.lease.Secret;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** The raw key: what a consumer connects with. */
@RegisterForReflection
@Schema(name = "Key")
public record KeyView(String account, String listenKey, int generation, Instant expiresAt, String streamUrl) {

    /** @param streamPrefix the address of the stream without the key */
    public static KeyView of(String account, Secret key, int generation, Instant expiresAt, String streamPrefix) {
        String value = key.reveal();
        return new KeyView(account, value, generation, expiresAt, streamPrefix + value);
    }

    @Override
    public String toString() {
        return "KeyView[" + account + "]";
    }
}
