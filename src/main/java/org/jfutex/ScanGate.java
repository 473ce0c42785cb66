package org.jfutex;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Suspends all requeues briefly, so that a scan of the table finds waiters that would otherwise be moved without end.
 */
final class ScanGate {

    /*
     * A requeue reads "closed" under the locks of both buckets, and moves nothing if it is set. A scan sets it, then
     * locks and unlocks every bucket once:
     *
     *     scan                                requeue
     *     closed = true                       lock both buckets
     *     lock and unlock each bucket         read closed
     *     visit all waiters                   move, or unlock both buckets and wait for the gate
     *     closed = false
     *
     * A requeue that read false has unlocked its buckets before the scan has locked the second of them, so it is over.
     * Any later one reads true. Wakes, waits and timeouts continue. A scan never calls a caller's code behind the
     * closed gate, except for FutexMemory.underlying and hashSeed, which must not call the table.
     *
     * Lock order: this lock, then those of the buckets.
     */

    private final ReentrantLock lock = new ReentrantLock();

    private volatile boolean closed; // written under the lock

    /** The maximum number of waiters or queues visited in one hold of a bucket's lock, for tests. */
    private final AtomicInteger mostVisited = new AtomicInteger();

    /**
     * Runs a pass of a scan, which has checked the stack, while no other thread moves waiters.
     *
     * @param lockAndUnlockEach locks and unlocks every bucket once
     */
    void closed(Runnable lockAndUnlockEach, Runnable pass) {
        lock.lock();
        try {
            closed = true;
            lockAndUnlockEach.run();
            pass.run();
        } finally {
            closed = false;
            lock.unlock();
        }
    }

    /**
     * Returns whether a requeue must not move waiters now. The caller holds the locks of both buckets; if so, it
     * releases them and {@linkplain #awaitOpen waits}.
     */
    boolean isClosedLocked() {
        return closed && !lock.isHeldByCurrentThread();
    }

    /** Waits for the gate, and returns whether it is open. The caller must not hold a lock. */
    boolean awaitOpen() {
        lock.lock();
        try {
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    /** Records how many waiters or queues were visited in one hold of a bucket's lock. */
    void held(int visited) {
        if (visited > mostVisited.get()) {
            mostVisited.accumulateAndGet(visited, Math::max);
        }
    }

    int mostVisited() {
        return mostVisited.get();
    }
}
