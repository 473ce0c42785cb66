package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** The law of conservation: what wakes report woken is what waits report. Both sides are counted here. */
final class WakeConservation {

    private final LongAdder woken = new LongAdder();
    private final LongAdder ended = new LongAdder();

    /** A wake has reported so many. */
    void woke(int count) {
        woken.add(count);
    }

    /** A wait, or one word of a wait on many, has ended; or goes on if there is no result. */
    void ended(@Nullable WaitResult result) {
        if (result == WaitResult.WOKEN) {
            ended.increment();
        }
    }

    long wakes() {
        return woken.sum();
    }

    /** How many waits too many have ended as woken; fewer than none if wakes are lost. */
    long surplus() {
        return ended.sum() - woken.sum();
    }

    /** Once everybody is at rest. */
    void check() {
        assertEquals(woken.sum(), ended.sum(), "waits that ended as woken, for the wakes that were reported");
    }
}
