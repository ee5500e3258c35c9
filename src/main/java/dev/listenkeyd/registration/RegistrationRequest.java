package dev.listenkeyd.registration;

import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Registration;
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
    static RegistrationRequest ofConfiguration(String account, @Nullable Secret apiKey, boolean replaceApiKey) {
        return new RegistrationRequest(
                account, apiKey, replaceApiKey, null, null, Leases.CONFIG_HOLDER, Leases.CONFIG_HOLDER);
    }

    boolean isOfConfiguration() {
        return client.equals(Leases.CONFIG_HOLDER);
    }

    boolean hasOtherApiKey(Registration known) {
        return apiKey != null && !apiKey.equals(known.apiKey());
    }

    /** A request may not change settings of a lease that another client holds. */
    void requireAllowed(Registration known) {
        boolean otherApiKey = hasOtherApiKey(known);
        boolean otherOnLoss = onLoss != null && onLoss != known.onLoss();
        if ((otherApiKey || otherOnLoss) && known.isHeldByOthers(client) && !isOfConfiguration()) {
            String member = otherApiKey ? "apiKey" : "onLoss";
            throw new LeaseRefused(
                    Refusal.FORBIDDEN, member + ": can't be changed while another client holds the lease");
        }
        // A lease without one had its API key among the settings, which the configuration may move to the folder.
        boolean mayReplace = replaceApiKey || (isOfConfiguration() && known.apiKey() == null);
        if (otherApiKey && !mayReplace) {
            throw new LeaseRefused(
                    Refusal.API_KEY_DIFFERS,
                    "apiKey: the account is registered with another one; replaceApiKey replaces it");
        }
        if (!known.hasRoomFor(holder, client)) {
            throw new LeaseRefused(
                    Refusal.INVALID_REQUEST,
                    "holder: an account has room for " + Registration.MAX_HOLDERS_PER_CLIENT + " of one client and for "
                            + Registration.MAX_HOLDERS + " in all, beside the clients' own names");
        }
    }
}
