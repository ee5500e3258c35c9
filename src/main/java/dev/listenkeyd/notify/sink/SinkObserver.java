package dev.listenkeyd.notify.sink;

import java.time.Duration;

/** Is told when a file begins to fail, and when it is right again. */
public interface SinkObserver {

    /** @param why for people; without a key */
    void onFailing(FileSink sink, String why);

    void onRecovered(FileSink sink, Duration after);
}
