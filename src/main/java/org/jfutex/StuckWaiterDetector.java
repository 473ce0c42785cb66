package org.jfutex;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jfutex.key.StackGuard;

/**
 * Finds those who wait on a word that was changed long ago, from one look at a table to the next.
 *
 * <p>Between a program's store and its wake every waiter looks stuck, however long it has slept. So what counts is the time since a look first found
 * the difference, and a look that finds none begins anew.
 */
final class StuckWaiterDetector {

    /** Before any bucket's, so that one look comes after the other. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Whose word differed at the last look, and since which look it has at every one; under the lock. Who is gone is not kept. */
    private Map<Waiter, Long> changed = new WeakHashMap<>();

    /** Those whose word differs now and did so at every look since one that began so long ago. */
    List<WaiterInfo> findStuck(FutexTable table, Duration atLeast) {
        StackGuard.check();
        lock.lock();
        try {
            long now = table.clock.nanos(ClockId.MONOTONIC);
            Map<Waiter, Long> before = changed;
            Map<Waiter, Long> after = new WeakHashMap<>();
            List<WaiterInfo> stuck = new ArrayList<>();
            WaiterScan.forEachWaiter(table.buckets, now, (waiter, info) -> {
                if (info.changedButNotWoken()) {
                    long since = before.getOrDefault(waiter, now);
                    after.put(waiter, since);
                    if (Duration.ofNanos(now - since).compareTo(atLeast) >= 0) {
                        stuck.add(info);
                    }
                }
            });
            changed = after;
            return stuck;
        } finally {
            lock.unlock();
        }
    }
}
