package dev.listenkeyd.approval;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How the waiting of a call ended. */
public sealed interface Verdict {

    /** Which one it is, without who and why. */
    enum Ending {
        APPROVED,
        REJECTED,
        TIMED_OUT,
        WITHDRAWN,
        NOT_ASKED;

        /** As it stands in a metric or a row of the audit. */
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    Ending ending();

    /** {@code by}: the client that decided. */
    record Approved(String by) implements Verdict {
        @Override
        public Ending ending() {
            return Ending.APPROVED;
        }
    }

    /** {@code reason}: for the agent, null when the person gave none. */
    record Rejected(String by, @Nullable String reason) implements Verdict {
        @Override
        public Ending ending() {
            return Ending.REJECTED;
        }
    }

    /** Nobody decided in time. */
    record TimedOut() implements Verdict {
        @Override
        public Ending ending() {
            return Ending.TIMED_OUT;
        }
    }

    /** The agent has hung up or taken back its call. */
    record Withdrawn() implements Verdict {
        @Override
        public Ending ending() {
            return Ending.WITHDRAWN;
        }
    }

    /** Nobody was asked: too many calls wait already. */
    record TooMany() implements Verdict {
        @Override
        public Ending ending() {
            return Ending.NOT_ASKED;
        }
    }
}
