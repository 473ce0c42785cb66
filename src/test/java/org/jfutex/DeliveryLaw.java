package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/**
 * The law of delivery: a wait that was woken returns, or calls its callback, or completes its stage, within a bounded
 * time. {@link WakeConservation} cannot detect a wake that was counted and never arrived.
 *
 * <p>On a busy machine every thread is late. So the bound depends on the worst lateness of threads that are unparked in
 * the same process at the same time.
 */
final class DeliveryLaw {

    private static final long SLACK = TimeUnit.SECONDS.toNanos(1);
    private static final int FACTOR = 5;

    private final LongAdder deliveries = new LongAdder();
    private final LongAdder controls = new LongAdder();
    private final LongAccumulator worst = new LongAccumulator(Math::max, 0);
    private final LongAccumulator worstControl = new LongAccumulator(Math::max, 0);

    /** Records how long after the wake a waiter noticed it, in nanoseconds. */
    void delivered(long lateness) {
        deliveries.increment();
        worst.accumulate(lateness);
    }

    /** Records how long after the unpark a thread of the control noticed it, in nanoseconds. */
    void controlled(long lateness) {
        controls.increment();
        worstControl.accumulate(lateness);
    }

    long deliveries() {
        return deliveries.sum();
    }

    /** Checks the law once all threads have ended. */
    void check() {
        assertTrue(deliveries.sum() > 0 && controls.sum() > 0, this::toString);
        long bound = SLACK + FACTOR * worstControl.get();
        assertTrue(worst.get() <= bound, () -> "a wake arrived too late: " + this);
    }

    @Override
    public String toString() {
        return String.format(
                "%,d deliveries, the latest after %.1f ms; %,d unparks beside them, the latest after %.1f ms",
                deliveries.sum(), worst.get() / 1e6, controls.sum(), worstControl.get() / 1e6);
    }
}
