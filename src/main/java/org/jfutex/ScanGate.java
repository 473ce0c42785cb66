package org.jfutex;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jfutex.key.StackGuard;

/**
 * Stops all requeues for a moment, so that a scan of the table finds waiters that would otherwise be moved on without
 * end.
 */
final class ScanGate {

    /*
     * A requeue reads "closed" under the locks of both buckets, and moves nothing if it is set. A scan sets it, then
     * locks and unlocks every bucket once:
     *
     *      scan                                requeue
     *      closed = true                       lock both buckets
     *      lock and unlock each bucket         read closed
     *      visit all waiters                   move, or unlock both buckets and wait for the gate
     *      closed = false
     *
     * A requeue that read false has unlocked its buckets before the scan has locked the second of them, so it is over.
     * Any later one reads true. Wakes, waits and timeouts go on. A scan never calls a caller's code behind the closed
     * gate, except for FutexMemory.base and seed, which must not call the table.
     *
     * Lock order: this lock, then those of the buckets.
     */

    private final ReentrantLock lock = new ReentrantLock();

    private volatile boolean closed; // written under the lock

    /** The most waiters or queues that one hold of a bucket's lock has visited, for tests. */
    private final AtomicInteger mostVisited = new AtomicInteger();

    /** Runs a pass of a scan while no waiter is moved, except by this thread. */
    void closed(Bucket[] buckets, Runnable pass) {
        StackGuard.checkDeep();
        lock.lock();
        try {
            closed = true;
            for (Bucket b : buckets) {
                b.lock();
                b.unlock();
            }
            pass.run();
        } finally {
            closed = false;
            lock.unlock();
        }
    }

    /**
     * Whether a requeue must not move waiters now. The caller holds the locks of both buckets, drops them if so, and
     * {@linkplain #awaitOpen waits}.
     */
    boolean isClosedLocked() {
        return closed && !lock.isHeldByCurrentThread();
    }

    /** Waits for the gate, and returns whether it is open. No lock may be held. */
    boolean awaitOpen() {
        lock.lock();
        try {
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    /** Notes how many waiters or queues a hold of a bucket's lock has visited. */
    void held(int visited) {
        if (visited > mostVisited.get()) {
            mostVisited.accumulateAndGet(visited, Math::max);
        }
    }

    int mostVisited() {
        return mostVisited.get();
    }
}
