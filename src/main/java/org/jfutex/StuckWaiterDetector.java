package org.jfutex;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jfutex.key.StackGuard;
import org.jfutex.time.ClockId;

/**
 * Finds waiters of words that were changed long ago, by comparing scans of a table.
 *
 * <p>Between a program's store and its wake every waiter seems stuck, however long it has slept. So the relevant time
 * is the one since a scan first found the difference, and a scan that finds no difference resets it.
 */
final class StuckWaiterDetector {

    /** Acquired before any bucket's lock, so that the scans run one after the other. */
    private final ReentrantLock lock = new ReentrantLock();

    /**
     * The waiters whose word differed at the last scan, each with the time of the first scan since which it differed at
     * every one; under the lock. Waiters that are gone are not kept.
     */
    private Map<Waiter, Long> changed = new WeakHashMap<>();

    /** Returns the waiters whose word differs now and differed at every scan for at least the given time. */
    List<WaiterInfo> findStuck(Buckets table, Duration atLeast) {
        StackGuard.check();
        lock.lock();
        try {
            long now = table.clock.nanos(ClockId.MONOTONIC);
            Map<Waiter, Long> before = changed;
            Map<Waiter, Long> after = new WeakHashMap<>();
            List<WaiterInfo> stuck = new ArrayList<>();
            WaiterDump.forEachWaiter(table.buckets, now, (waiter, info) -> {
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
