package dev.listenkeyd.registration;

import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Secret;
import org.jspecify.annotations.Nullable;

/**
 * A request to hold the lease of an account.
 *
 * @param apiKey null for a configured account, or to keep the known one
 * @param replaceApiKey whether a differing API key replaces the known one instead of being refused
 * @param listenKey a listen key that the caller already has, or null
 * @param onLoss null for the default, or to keep the present value
 * @param client the client that registers
 */
public record RegistrationRequest(
        String account,
        @Nullable Secret apiKey,
        boolean replaceApiKey,
        @Nullable Secret listenKey,
        @Nullable OnLoss onLoss,
        String holder,
        String client) {

    /**
     * A request of the configuration: it may do what clients may not, and its lease is kept even if the exchange refuses, or the store
     * can't be written.
     */
    static RegistrationRequest ofConfiguration(String account, @Nullable Secret apiKey) {
        return new RegistrationRequest(account, apiKey, true, null, null, Leases.CONFIG_HOLDER, Leases.CONFIG_HOLDER);
    }

    boolean isOfConfiguration() {
        return client.equals(Leases.CONFIG_HOLDER);
    }
}
