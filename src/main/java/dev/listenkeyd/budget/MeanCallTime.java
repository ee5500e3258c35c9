package dev.listenkeyd.budget;

import java.time.Duration;

/** Running mean of the durations of successful calls. Not thread-safe: {@link ExchangeGate} guards it. */
final class MeanCallTime {
    /** The weight of one call in the mean is one eighth. */
    private static final int SMOOTHING = 8;

    /** Assumed until a call has succeeded. */
    private Duration mean = Duration.ofMillis(100);

    MeanCallTime copy() {
        MeanCallTime copy = new MeanCallTime();
        copy.mean = mean;
        return copy;
    }

    void record(Duration took) {
        mean = mean.plus(took.minus(mean).dividedBy(SMOOTHING));
    }

    Duration get() {
        return mean;
    }
}
