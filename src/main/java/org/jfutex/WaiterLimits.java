package org.jfutex;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The maximum numbers of waiters in a table and on a key, and the number of waiters in the table.
 *
 * <p>The sum of the buckets' own counts is not usable: a waiter that is requeued during the addition is counted twice,
 * or not at all.
 */
final class WaiterLimits {

    static final int NONE = Integer.MAX_VALUE;

    private final int table;
    private final int key;
    private final AtomicInteger waiting =
            new AtomicInteger(); // incremented before a waiter is queued, decremented after it has left

    WaiterLimits(int table, int key) {
        this.table = table;
        this.key = key;
    }

    /**
     * Counts a waiter that is about to join a queue, or throws if a limit is reached.
     *
     * @param queued the number of waiters in the queue
     * @param queue any object whose text is the key of the queue
     */
    void admitLocked(int queued, Object queue) {
        if (queued >= key) {
            throw new TooManyWaitersException(
                    queued + " waiters are queued on " + queue + " already, the limit is " + key);
        }
        for (int n = waiting.get(), seen; ; n = seen) {
            if (n >= table) {
                throw new TooManyWaitersException(
                        n + " waiters are queued in this table already, the limit is " + table);
            }
            seen = waiting.compareAndExchange(n, n + 1);
            if (seen == n) {
                return;
            }
        }
    }

    /** Subtracts waiters that no longer wait. */
    void left(int count) {
        waiting.addAndGet(-count);
    }
}
