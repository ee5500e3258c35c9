package dev.listenkeyd.binance.stream;

import dev.listenkeyd.lease.Secret;
import java.util.ArrayList;
import java.util.List;

/** Connections that do what a test says. */
final class FakeStreams implements StreamConnector {
    final List<FakeConnection> all = new ArrayList<>();

    @Override
    public Link connect(Secret key, Listener listener) {
        FakeConnection connection = new FakeConnection(key, listener);
        all.add(connection);
        return connection;
    }

    FakeConnection last() {
        return all.get(all.size() - 1);
    }

    /** The connections that nobody has closed. */
    List<FakeConnection> left() {
        return all.stream().filter(connection -> !connection.closed).toList();
    }

    static final class FakeConnection implements Link {
        final Secret key;
        final Listener listener;
        boolean closed;
        private boolean opened;

        private FakeConnection(Secret key, Listener listener) {
            this.key = key;
            this.listener = listener;
        }

        FakeConnection open() {
            if (!opened) {
                opened = true;
                listener.opened();
            }
            return this;
        }

        void says(String type, String listenKey) {
            listener.message("{\"e\":\"" + type + "\",\"E\":\"1\",\"listenKey\":\"" + listenKey + "\"}");
        }

        void expired() {
            says("listenKeyExpired", key.reveal());
        }

        void breaks() {
            closed = true;
            listener.ended("reset");
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
