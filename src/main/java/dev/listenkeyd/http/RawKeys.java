package dev.listenkeyd.http;

import dev.listenkeyd.http.ListenKeysResource.KeyView;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.lease.ListenKey;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.InstantSource;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** The only place where a raw key leaves the daemon. */
@Singleton
final class RawKeys {
    private final InstantSource clock;
    private final String streamUrl;

    RawKeys(InstantSource clock, @ConfigProperty(name = "listenkeyd.binance.stream-url") String streamUrl) {
        this.clock = clock;
        this.streamUrl = streamUrl;
    }

    /** @throws LeaseRefused when there is no live key */
    KeyView of(Lease lease) {
        if (lease.isPending()) {
            throw new LeaseRefused(Refusal.PENDING, "account: it has no listen key yet");
        }
        ListenKey key = lease.key();
        Instant expiresAt = lease.expiresAt();
        if (key == null || expiresAt == null || !clock.instant().isBefore(expiresAt)) {
            throw new LeaseRefused(Refusal.LOST, "account: it has no live listen key now");
        }
        String value = key.value().reveal();
        return new KeyView(lease.account(), value, lease.generation(), expiresAt, streamUrl + value);
    }
}
