package org.jfutex;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.WordSize;
import org.jspecify.annotations.Nullable;

/**
 * One place in one queue. A plain wait is such a place and nothing else.
 *
 * <p>Whoever takes a waiter out of its queue sets its {@link #state} under the same lock, and has thereby decided how the wait
 * ends; everybody else finds out. Only who wakes a whole queue says so to the queue, and touches no waiter under the lock.
 */
sealed class Waiter extends PreparedWait permits SharedWaiter, WaitvWait.Entry, PiWaiter {

    /** What a waiter waits for; operations refuse queues with waiters that they do not understand. */
    enum Kind {
        /** A wake. */
        PLAIN,
        /** A PI lock: it has an owner to inherit from it. */
        LOCK_PI,
        /** A wake that will be a requeue to a PI lock. */
        REQUEUE_PI
    }

    /** The expected value of a waiter that took the word as it was; no narrow word extends to it. */
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
     * When {@link WaiterScan} first saw it; 0 if it has not. Set once under the bucket's lock, and later read without by
     * the scan that has seen it.
     */
    int seen;

    /* Below: under the lock of queue.root().bucket, except as said. */

    @Nullable
    Waiter prev;

    /** The next in the queue, later the next in a {@link WakeList}. */
    @Nullable
    Waiter next;

    /**
     * The queue that it was put into; {@link WaitQueue#find} tells where that one went. It is the root itself exactly as long as the waiter
     * stands where it looked at its word. Read without the lock.
     */
    private volatile @Nullable WaitQueue queue;

    /** How the wait ended, null while queued or if the queue knows: see {@link #ended}. Read without the lock. */
    private volatile @Nullable WaitResult state;

    Waiter(long expected, WaitOptions options) {
        this.expected = expected;
        this.options = options;
    }

    Kind kind() {
        return Kind.PLAIN;
    }

    /**
     * The memory through which this wait began. That of a private word is the queue's, since no requeue leads out of it.
     *
     * @param q the queue in which this stands, locked
     */
    FutexMemory memory(WaitQueue q) {
        return q.memory;
    }

    /** Whether all places of its wait are taken. */
    boolean isFullyQueued() {
        return true;
    }

    /** The wait of which this is a place. */
    PendingWait<?> pendingWait() {
        return this;
    }

    /** The queue as it was put into it, or the one in which its wait ended. */
    final @Nullable WaitQueue queue() {
        return queue;
    }

    /** Who is not under the lock reads it in any order with the rest, and asks again under the lock. */
    final void setQueueRelease(WaitQueue q) {
        QUEUE.setRelease(this, q);
    }

    /** The last thing that is done to one waiter under the lock: what came before it is seen by whoever sees the end. */
    final void setStateRelease(WaitResult how) {
        STATE.setRelease(this, how);
    }

    /** Whether the word is as this waiter expects it. */
    final boolean expects(FutexMemory memory, long address) {
        return isUnchecked() || memory.load(address, options.size()) == expected;
    }

    final boolean isUnchecked() {
        return expected == UNCHECKED && options.size() != WordSize.U64;
    }

    @Override
    FutexTable table() {
        return queuedIn().bucket.table;
    }

    @Override
    WaitQueue queuedIn() {
        return requireNonNull(queue);
    }

    /** Whoever left a queue before all in it were woken has had that written down before, so it is read again after the queue has said that they were. */
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
     * Locks the bucket of the queue in which this waiter stands, wherever a requeue has moved it meanwhile.
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

    /** Takes this waiter out of its queue and decides how its wait ends. */
    void endLocked(WaitQueue q, WaitResult how) {
        q.removeLocked(this);
        q.bucket.endLocked(1);
        setQueueRelease(q); // for passOn: the very word on which it ended
        setStateRelease(how);
    }

    /**
     * Whether the operation that has taken this waiter out of its queue, other than by a wake, has thereby ended the
     * whole wait.
     */
    boolean hasEndedWait() {
        return true;
    }

    @Override
    public int forwardWake() {
        WaitQueue q = ended() == WaitResult.WOKEN ? lastQueue() : null; // not before, since it may be moved until then
        return q == null ? 0 : Wake.queued(q.bucket.table, q.key(), q.hash, 1, WaitOptions.MATCH_ANY);
    }

    /** Where this stands, or stood when its wait ended. */
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
