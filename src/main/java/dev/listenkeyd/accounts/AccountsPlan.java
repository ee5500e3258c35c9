package dev.listenkeyd.accounts;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.Secret;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compares the folder with the leases that the configuration holds. Pure; a plan that is not carried out is made again. */
final class AccountsPlan {
    private AccountsPlan() {}

    /** The kinds of actions. */
    enum Kind {
        /** A new file; the lease may be held by others already. */
        REGISTER,
        /** A file that has kept its account changed. */
        REPLACE,
        RELEASE
    }

    /** @param apiKey null for a release, and for an account whose API key is among the settings */
    record Action(Kind kind, String account, @Nullable Secret apiKey) {}

    /**
     * The actions after which the configuration holds the accounts of the folder, by account; releases come last.
     *
     * @param configured accounts with an API key among the settings, which wins; a file only keeps them
     * @param kept accounts that the settings keep, with a file or without
     * @param held leases that the configuration holds, by account
     */
    static List<Action> of(FolderState state, Set<String> configured, Set<String> kept, Map<String, Lease> held) {
        List<Action> actions = new ArrayList<>();
        if (state.trouble() != null) {
            return actions;
        }
        state.settled().forEach((account, file) -> {
            Secret apiKey = configured.contains(account) ? null : file.apiKey();
            Lease lease = held.get(account);
            if (lease == null && file.apiKey() != null) {
                actions.add(new Action(Kind.REGISTER, account, apiKey));
            } else if (lease != null
                    && apiKey != null
                    && !apiKey.equals(lease.registration().apiKey())) {
                actions.add(new Action(Kind.REPLACE, account, apiKey));
            }
        });
        if (state.complete()) {
            held.keySet().stream()
                    .filter(account -> !state.files().containsKey(account) && !kept.contains(account))
                    .forEach(account -> actions.add(new Action(Kind.RELEASE, account, null)));
        }
        return actions;
    }
}
