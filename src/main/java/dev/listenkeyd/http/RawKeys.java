package dev.listenkeyd.http;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.view.KeyView;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.CacheControl;
import jakarta.ws.rs.core.Response;
import java.time.InstantSource;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/** The only place where a raw key leaves by the API. */
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
        ListenKey key = lease.liveKey(clock.instant());
        if (key == null) {
            throw new LeaseRefused(Refusal.LOST, "account: it has no live listen key now");
        }
        return KeyView.of(lease.account(), key.value(), lease.generation(), key.expiresAt(), streamUrl);
    }

    /**
     * The answer to a call for the key, which nobody may store.
     *
     * @throws LeaseRefused when there is no live key
     */
    Response answer(Lease lease) {
        CacheControl noStore = new CacheControl();
        noStore.setNoStore(true);
        noStore.setNoTransform(false);
        return Response.ok(of(lease)).cacheControl(noStore).build();
    }

    /**
     * Whether the lease has a live key, and another than the caller knows.
     *
     * @param known fingerprint of the caller's key; null for none
     */
    static boolean isAnother(Lease lease, @Nullable String known) {
        ListenKey key = lease.key();
        return lease.isLive() && key != null && !key.value().fingerprint().equals(known);
    }
}
