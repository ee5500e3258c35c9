package dev.listenkeyd.renewal;

import java.util.stream.Stream;

/** Locks that guard the changes of accounts, each for some of them. */
final class AccountLocks {
    private static final int LOCKS = 64;

    private final Object[] locks = Stream.generate(Object::new).limit(LOCKS).toArray();

    Object of(String account) {
        return locks[Math.floorMod(account.hashCode(), LOCKS)];
    }
}
