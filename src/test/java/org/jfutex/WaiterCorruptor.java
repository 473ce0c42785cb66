package org.jfutex;

import static java.util.Objects.requireNonNull;

import java.util.function.BiConsumer;

/** Changes a waiter in a way that no operation does, to check that tests detect it. */
final class WaiterCorruptor {

    private WaiterCorruptor() {}

    /**
     * Changes the first waiter of some queue under the bucket's lock, and notifies it afterwards.
     *
     * @return whether there was a waiter in the first KiB of a memory
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
