package org.jfutex;

/**
 * What the waiters of a table did since it was created: a result of {@link FutexTable#counters}.
 *
 * <p>A waiter is counted when it is queued and when it leaves its queue, for whatever reason, so {@code waits} equals
 * the sum of {@code wakes}, {@code timeouts}, {@code cancels} and the waiters that are still queued. A wait on several
 * words is counted once for each of them. A requeue changes no counter.
 *
 * @param waits how many waiters were queued. A wait whose word holds another value is not queued
 * @param wakes how many waiters were woken, or were given a lock
 * @param timeouts how many waiters left because their deadline had passed
 * @param cancels how many waiters left for another reason: a cancel, an interrupt, an unmapped word, another word of
 *     the same wait
 * @param sleeps on how many waits a thread slept, or was about to. A wait that ends while its thread spins is not among
 *     them
 */
public record TableCounters(long waits, long wakes, long timeouts, long cancels, long sleeps) {

    /** The counters of one bucket. */
    static final class OfBucket {

        /* Under the bucket's lock. */
        private long waits;
        private long wakes;
        private long timeouts;
        private long cancels;

        void addWaitLocked() {
            waits++;
        }

        void addEndLocked(int count, WaitResult how) {
            if (how == WaitResult.WOKEN) { // no switch, which would load a class under the lock
                wakes += count;
            } else if (how == WaitResult.TIMED_OUT) {
                timeouts += count;
            } else {
                cancels += count;
            }
        }

        TableCounters plusLocked(TableCounters others, long sleeps) {
            return new TableCounters(
                    others.waits + waits,
                    others.wakes + wakes,
                    others.timeouts + timeouts,
                    others.cancels + cancels,
                    others.sleeps + sleeps);
        }
    }
}
