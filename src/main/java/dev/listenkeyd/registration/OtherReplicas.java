package dev.listenkeyd.registration;

import dev.listenkeyd.lease.Lease;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The leases that other replicas own, and the way to bring one here. Nothing blocks. */
public interface OtherReplicas {

    /** There are none: this process owns all leases. */
    OtherReplicas NONE = new OtherReplicas() {
        @Override
        public CompletionStage<Void> bringHere(String account, boolean create) {
            return CompletableFuture.completedStage(null);
        }

        @Override
        public @Nullable Lease find(String account) {
            return null;
        }

        @Override
        public Collection<Lease> after(String account) {
            return List.of();
        }
    };

    /**
     * Makes this process the owner of an account, so that commands can be carried out here.
     *
     * @param create also when nobody has a lease of it; otherwise nothing is done then
     * @return fails with {@link dev.listenkeyd.lease.LeaseRefused} when its owner does not give it, and with {@link
     *     dev.listenkeyd.lease.LeaseStore.StoreException} when the store can't be reached
     */
    CompletionStage<Void> bringHere(String account, boolean create);

    /** A lease that another replica owns, as the last look at the store showed it; null when there is none. */
    @Nullable
    Lease find(String account);

    /** A live view of the leases of others whose account sorts after this one, in order. */
    Collection<Lease> after(String account);
}
