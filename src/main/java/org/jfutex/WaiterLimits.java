package org.jfutex;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many may wait in a table and on a key, and how many wait in the table.
 *
 * <p>The buckets' own counters will not do: a waiter that is requeued while somebody adds them up is counted twice, or not at all.
 */
final class WaiterLimits {

    static final int NONE = Integer.MAX_VALUE;

    private final int table;
    private final int key;
    private final AtomicInteger waiting =
            new AtomicInteger(); // raised before a waiter is queued, lowered after it has left

    WaiterLimits(int table, int key) {
        this.table = table;
        this.key = key;
    }

    /** Counts a waiter in that is about to join a queue, or refuses it. */
    void admitLocked(WaitQueue queue) {
        if (queue.size >= key) {
            throw new TooManyWaitersException(queue.size + " wait on " + queue.key() + " already, the limit is " + key);
        }
        for (int n = waiting.get(), seen; ; n = seen) {
            if (n >= table) {
                throw new TooManyWaitersException(n + " wait in this table already, the limit is " + table);
            }
            seen = waiting.compareAndExchange(n, n + 1);
            if (seen == n) {
                return;
            }
        }
    }

    /** Counts waiters out that wait no more. */
    void left(int count) {
        waiting.addAndGet(-count);
    }
}
