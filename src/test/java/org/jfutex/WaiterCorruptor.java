package org.jfutex;

import static java.util.Objects.requireNonNull;

import java.util.function.BiConsumer;

/** Does to a waiter what no operation would do, so that one sees whether it is seen. */
final class WaiterCorruptor {

    private WaiterCorruptor() {}

    /**
     * Does something to the first of any queue, under the lock, and tells him afterwards.
     *
     * @return whether anybody waited in the first KiB of a memory
     */
    static boolean strike(FutexTable table, BiConsumer<WaitQueue, Waiter> what) {
        for (Bucket b : table.buckets) {
            Waiter w = null;
            b.lock();
            try {
                for (WaitQueue q : TableLocks.queuesLocked(b)) {
                    if (w == null && q.nonPlainCount == 0 && q.address < 1024) {
                        w = requireNonNull(q.head);
                        what.accept(q, w);
                    }
                }
            } finally {
                b.unlock();
            }
            if (w != null) {
                w.notifyListener();
                return true;
            }
        }
        return false;
    }
}
