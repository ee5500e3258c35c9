package dev.listenkeyd.binance.stream;

import dev.listenkeyd.lease.Secret;

/** Opens connections to streams. Nothing blocks. Thread-safe. */
interface StreamConnector {

    /**
     * Begins to connect.
     *
     * @param key of the stream
     * @param listener called from any thread, one call at a time
     */
    Link connect(Secret key, Listener listener);

    /** A connection, from its beginning. */
    interface Link {
        /** Ends it, whether it is open yet or not. */
        void close();
    }

    /** Receives the events of a connection. */
    interface Listener {
        /** It is open. */
        void opened();

        /** A text message came. */
        void message(String text);

        /**
         * It has ended, or did not open: the last call, made once.
         *
         * @param why holds nothing that the peer has said
         */
        void ended(String why);
    }
}
