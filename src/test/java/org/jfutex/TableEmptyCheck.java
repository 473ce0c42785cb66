package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Checks that a table is as if it had never had a waiter. */
final class TableEmptyCheck {

    private TableEmptyCheck() {}

    /** Checks that there are no waiters, all counters are zero, all locks are free, and a wait works in each bucket. */
    static void check(FutexTable table) throws Exception {
        Threads.Running<Void> look = Threads.start(() -> {
            assertEquals(List.of(), table.waiters());
            for (Bucket b : table.buckets) {
                assertTrue(b.isEmpty(), () -> "bucket " + b.index + " counts waiters");
                b.lock();
                try {
                    assertEquals(List.of(), TableLocks.queuesLocked(b));
                } finally {
                    b.unlock();
                }
            }
            TableCounters all = table.counters();
            assertEquals(all.waits(), all.wakes() + all.timeouts() + all.cancels(), all::toString);
            table.inheritance.lock();
            table.inheritance.unlock();
            return null;
        });
        try {
            look.answer().get(20, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            AssertionError stuck = new AssertionError("a lock is not free", e);
            stuck.setStackTrace(look.thread().getStackTrace());
            throw stuck;
        }
    }
}
