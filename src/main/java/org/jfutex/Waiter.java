package org.jfutex;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.WordSize;
import org.jspecify.annotations.Nullable;

/**
 * An entry in one queue. A plain wait consists of one such entry.
 *
 * <p>The thread that removes a waiter from its queue sets {@link #state} under that lock, and so decides how the wait
 * ends; all other threads only read the result. A wake-all marks the queue instead of its waiters, so it does constant
 * work under the lock.
 */
class Waiter extends PreparedWait {

    /** The purpose of a wait. Operations reject queues with waiters of kinds that they do not handle. */
    enum Kind {
        /** Waits for a wake. */
        PLAIN,
        /** Waits for a PI lock, whose owner inherits its priority. */
        LOCK_PI,
        /** Waits for a requeue to a PI lock. */
        REQUEUE_PI
    }

    /**
     * The expected value of a waiter that was queued without a comparison; no value of a narrow word zero-extends to
     * it.
     */
    static final long UNCHECKED = -1;

    private static final VarHandle QUEUE;
    private static final VarHandle STATE;

    static {
        try {
            QUEUE = MethodHandles.lookup().findVarHandle(Waiter.class, "queue", WaitQueue.class);
            STATE = MethodHandles.lookup().findVarHandle(Waiter.class, "state", WaitResult.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final WaitOptions options;
    final long expected;

    /**
     * The time when {@link WaiterDump} first saw this waiter; 0 if it has not. Set once under the bucket's lock, and
     * later read without it by the scan that has seen the waiter.
     */
    int seen;

    /* Below: guarded by the lock of queue.find().bucket, except where stated. */

    @Nullable
    Waiter prev;

    /** The next in the queue, later the next in a {@link WakeList}. */
    @Nullable
    Waiter next;

    /**
     * The queue to which this waiter was added; {@link WaitQueue#find} returns where that queue was forwarded. It is
     * the root itself exactly as long as the waiter is queued at the word that it compared. Read without the lock.
     */
    private volatile @Nullable WaitQueue queue;

    /**
     * How the wait ended, null while queued or if the queue holds the result: see {@link #ended}. Read without the
     * lock.
     */
    private volatile @Nullable WaitResult state;

    Waiter(long expected, WaitOptions options) {
        this.expected = expected;
        this.options = options;
    }

    Kind kind() {
        return Kind.PLAIN;
    }

    /**
     * Returns the memory through which this wait began. For a private word it is the queue's, since no requeue leads to
     * another memory.
     *
     * @param q the queue of this waiter, locked
     */
    FutexMemory memory(WaitQueue q) {
        return q.memory;
    }

    /** Returns whether all entries of its wait are queued. */
    boolean isFullyQueued() {
        return true;
    }

    /** Returns the wait of which this is an entry. */
    PendingWait<?> pendingWait() {
        return this;
    }

    /** Returns the queue to which this was added last, or the one in which its wait ended. */
    final @Nullable WaitQueue queue() {
        return queue;
    }

    /**
     * Writes the queue. A thread without the lock may read it in any order with the other fields, so it checks again
     * under the lock.
     */
    final void setQueueRelease(WaitQueue q) {
        QUEUE.setRelease(this, q);
    }

    /**
     * Writes the state, as the last access to a waiter under the lock. A thread that reads the state sees all earlier
     * writes.
     */
    final void setStateRelease(WaitResult how) {
        STATE.setRelease(this, how);
    }

    /** Returns whether the word holds the value that this waiter expects. */
    final boolean expects(FutexMemory memory, long address) {
        return isUnchecked() || memory.load(address, options.size()) == expected;
    }

    final boolean isUnchecked() {
        return expected == UNCHECKED && options.size() != WordSize.U64;
    }

    @Override
    TableState table() {
        return queuedIn().bucket.table;
    }

    /** Returns a queue to which this was added. Only for a caller that has found the wait not ended. */
    final WaitQueue queuedIn() {
        return requireNonNull(queue);
    }

    @Override
    boolean watch() {
        return watch(this);
    }

    @Override
    void countSleep() {
        queuedIn().bucket.countSleep();
    }

    /** Spins until a wait has ended of which this is an entry, as its bucket decides: see {@link AdaptiveSpin}. */
    final boolean watch(WaitEnd<?> wait) {
        WaitQueue q = queuedIn();
        return q.bucket.spin.watch(wait, q.size);
    }

    /**
     * A waiter that left the queue before a wake-all recorded that first (in {@link #state} or {@link #queue}). So both
     * are read again after the queue was found to be woken.
     */
    @Override
    @Nullable
    WaitResult ended() {
        WaitResult end = state;
        WaitQueue q = queue;
        while (end == null && q != null && q.find().isWoken()) {
            end = state;
            WaitQueue now = queue;
            if (end == null && now == q) {
                return WaitResult.WOKEN;
            }
            q = now;
        }
        return end;
    }

    @Override
    void tryEnd(WaitResult how) {
        WaitQueue q = lockQueue();
        if (q != null) {
            try {
                endLocked(q, how);
            } finally {
                q.bucket.unlock();
            }
        }
    }

    /**
     * Locks the bucket of the queue that holds this waiter, even if requeues move it during the call.
     *
     * @return the queue, null (and nothing locked) if the wait has ended
     */
    final @Nullable WaitQueue lockQueue() {
        while (ended() == null) {
            WaitQueue q = queue;
            if (q == null) {
                return null; // never queued
            }
            q = q.find();
            boolean found = false;
            q.bucket.lockWithoutStackCheck();
            try {
                WaitQueue now = queue;
                found = ended() == null && now != null && now.find() == q;
            } finally {
                if (!found) {
                    q.bucket.unlock();
                }
            }
            if (found) {
                return q;
            }
        }
        return null;
    }

    /** Removes this waiter from its queue and decides how its wait ends. */
    void endLocked(WaitQueue q, WaitResult how) {
        q.removeLocked(this);
        q.bucket.endLocked(1, how);
        setQueueRelease(q); // for forwardWake: the word on which the wait ended
        setStateRelease(how);
    }

    /**
     * Returns whether the operation that has removed this waiter from its queue, other than by a wake, has thereby
     * ended the whole wait.
     */
    boolean hasEndedWait() {
        return true;
    }

    @Override
    public int forwardWake() {
        // not before the end, since a requeue may move it until then
        WaitQueue q = ended() == WaitResult.WOKEN ? lastQueue() : null;
        return q == null ? 0 : Wake.queued(q.bucket, q.key(), q.hash, 1, WaitOptions.MATCH_ANY);
    }

    /** Returns the present queue, or the one in which the wait ended. */
    private @Nullable WaitQueue lastQueue() {
        WaitQueue q = queue;
        return q == null || state != null ? q : q.find();
    }

    @Override
    String describeKeys() {
        WaitQueue q = lastQueue();
        return q == null ? "nothing" : q.toString();
    }

    @Override
    public String toString() {
        return "futex wait on " + describeKeys();
    }
}
