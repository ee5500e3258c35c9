package dev.listenkeyd.renewal;

import java.time.Instant;
import java.util.Collections;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What was asked for: which account, for whom, and what to do on loss.
 *
 * @param account name of the account, at most one lease each
 * @param apiKey null for an account whose key stands in the configuration
 * @param holders programs that want the lease kept, sorted; never changed in place
 */
public record Registration(
        String account, @Nullable Secret apiKey, OnLoss onLoss, SortedSet<String> holders, Instant registeredAt) {

    /** {@link #ACCOUNT} as a regular expression. */
    public static final String ACCOUNT_SYNTAX = "[a-z0-9][a-z0-9_-]{0,62}";

    /** {@link #HOLDER} as a regular expression. */
    public static final String HOLDER_SYNTAX = "[A-Za-z0-9][A-Za-z0-9._:-]{0,62}";

    /** Names of accounts. */
    public static final Pattern ACCOUNT = Pattern.compile(ACCOUNT_SYNTAX);

    /** Names of holders. */
    public static final Pattern HOLDER = Pattern.compile(HOLDER_SYNTAX);

    /** More holders than this on one account are a leak, not a fleet. */
    public static final int MAX_HOLDERS = 100;

    public Registration {
        holders = Collections.unmodifiableSortedSet(new TreeSet<>(holders));
    }

    /** A registration with one holder. */
    public Registration(String account, @Nullable Secret apiKey, OnLoss onLoss, String holder, Instant registeredAt) {
        this(account, apiKey, onLoss, new TreeSet<>(Set.of(holder)), registeredAt);
    }

    Registration withHolder(String holder) {
        SortedSet<String> more = new TreeSet<>(holders);
        more.add(holder);
        return new Registration(account, apiKey, onLoss, more, registeredAt);
    }

    Registration withoutHolder(String holder) {
        SortedSet<String> fewer = new TreeSet<>(holders);
        fewer.remove(holder);
        return new Registration(account, apiKey, onLoss, fewer, registeredAt);
    }

    Registration withOnLoss(OnLoss other) {
        return new Registration(account, apiKey, other, holders, registeredAt);
    }

    Registration withApiKey(@Nullable Secret other) {
        return new Registration(account, other, onLoss, holders, registeredAt);
    }
}
