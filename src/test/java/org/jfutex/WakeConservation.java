package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The law of conservation: the sum of reported wakes equals the number of waits that end as woken. Counts both sides.
 */
final class WakeConservation {

    private final LongAdder woken = new LongAdder();
    private final LongAdder ended = new LongAdder();

    /** Counts the waiters that a wake reported. */
    void woke(int count) {
        woken.add(count);
    }

    /**
     * Counts the end of a wait, or of one word of a wait on many words. Ignores null, which means that the wait
     * continues.
     */
    void ended(@Nullable WaitResult result) {
        if (result == WaitResult.WOKEN) {
            ended.increment();
        }
    }

    long wakes() {
        return woken.sum();
    }

    /** Returns the surplus of waits that ended as woken; negative if wakes were lost. */
    long surplus() {
        return ended.sum() - woken.sum();
    }

    /** Checks the law once all threads have ended. */
    void check() {
        assertEquals(woken.sum(), ended.sum(), "waits that ended as woken, for the wakes that were reported");
    }
}
