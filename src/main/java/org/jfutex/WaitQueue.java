package org.jfutex;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.PrivateKey;
import org.jspecify.annotations.Nullable;

/**
 * The waiters of one key, by priority and arrival, the longest waiter of the highest priority first.
 *
 * <p>A requeue of all waiters appends this queue to another in one step: the list moves, and {@link #forwardedTo}
 * refers to the other queue, so no waiter is touched. A waiter finds its present queue by following these references:
 * union-find with path halving.
 */
final class WaitQueue {

    /**
     * Bounds the chains of forwarding references. A queue that is requeued repeatedly would otherwise leave one
     * forwarding node each time. Once a chain is longer than both this and a sixteenth of the waiters, waiters are
     * moved one by one. So in the long run a requeue touches at most this many waiters for each one it moves, and the
     * forwarding nodes take little memory beside the waiters.
     */
    private static final int MAX_FORWARD_DEPTH = 16;

    private static final VarHandle WOKEN;

    static {
        try {
            WOKEN = MethodHandles.lookup().findVarHandle(WaitQueue.class, "woken", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The key of the word; null if it is the private key of the memory and the address below. */
    private final @Nullable FutexKey key;

    final long hash;
    final Bucket bucket;

    /** The memory through which the word can be read. */
    final FutexMemory memory;

    final long address;

    /* All fields below are guarded by the bucket's lock, except where stated. */

    @Nullable
    WaitQueue nextInChain;

    @Nullable
    Waiter head;

    @Nullable
    Waiter tail;

    int size;

    /** The number of waiters of other kinds than {@link Waiter.Kind#PLAIN}. */
    int nonPlainCount;

    /**
     * The lock for which the {@link Waiter.Kind#LOCK_PI} waiters wait; null if there are none. Read also under the PI
     * lock.
     */
    @Nullable
    Lock pi;

    /**
     * What priority inheritance records about the lock of a queue. Only {@link PiState} extends it. This file does not
     * depend on priority inheritance.
     */
    abstract static class Lock {}

    /** Whether waiters of different priorities may be queued here. */
    private boolean hasSeveralPriorities;

    /**
     * Whether waiters may have begun through another memory than {@link #memory}; never true of a private word. Written
     * under the lock. A scan also reads it later without the lock: it then misses new waiters only.
     */
    private boolean severalMemories;

    /** The distinct priorities, highest first; null while all are equal, or if memory for this list was missing. */
    private @Nullable Level levels;

    /** The maximum number of forwarding references in a chain that ends here. */
    private int forwardDepth;

    /** The queue that took over all waiters of this one; set once under both locks, read without. */
    private volatile @Nullable WaitQueue forwardedTo;

    /** Whether all waiters of this queue were woken at once; set once under the lock, read without. */
    private volatile boolean woken;

    /** Creates a queue without waiters. A null key means the private key of the memory and the address. */
    WaitQueue(@Nullable FutexKey key, long hash, Bucket bucket, FutexMemory memory, long address) {
        this.key = key;
        this.hash = hash;
        this.bucket = bucket;
        this.memory = withoutKeyOf(key, memory);
        this.address = address;
    }

    /**
     * Returns the memory of a key, if the key has one; otherwise the given memory. The first waiter may have come
     * through a view of the key's memory.
     */
    private static FutexMemory withoutKeyOf(@Nullable FutexKey key, FutexMemory memory) {
        if (key instanceof PrivateKey k) {
            return k.memory();
        }
        return key instanceof AnonymousKey k ? k.memory() : memory;
    }

    FutexKey key() {
        return key == null ? new PrivateKey(memory, address) : key;
    }

    boolean hasKey(FutexKey other) {
        return other instanceof PrivateKey k ? isPrivate(k.memory(), k.address()) : other.equals(key);
    }

    boolean isPrivate(FutexMemory mm, long uaddr) {
        if (key == null) {
            return memory == mm && address == uaddr;
        }
        return key instanceof PrivateKey k && k.memory() == mm && k.address() == uaddr;
    }

    /**
     * Returns an empty queue that forwards to this one, for waiters that were moved here: see {@link Waiter#queue}.
     */
    WaitQueue forwardingNode() {
        WaitQueue forwarding = new WaitQueue(key, hash, bucket, memory, address);
        forwarding.forwardedTo = this;
        forwardDepth = Math.max(forwardDepth, 1);
        return forwarding;
    }

    /**
     * Returns the queue that now holds the waiters of this queue. The result can change, except under its bucket's
     * lock.
     */
    WaitQueue find() {
        WaitQueue q = this;
        for (WaitQueue next; (next = q.forwardedTo) != null; q = next) {
            WaitQueue beyond = next.forwardedTo;
            if (beyond != null) {
                q.forwardedTo = beyond; // path halving: the next caller has half the way
            }
        }
        return q;
    }

    /** Counts a waiter that is about to be added, or throws if a limit of the table is reached. */
    void admitLocked() {
        WaiterLimits limits = bucket.table.limits;
        if (limits != null) {
            limits.admitLocked(size, this);
        }
        bucket.counters.addWaitLocked();
    }

    /** Adds a waiter behind all of its priority, and links this queue into its bucket if it was empty. */
    void addLocked(Waiter w) {
        Waiter before = tail;
        if (hasSeveralPriorities || (before != null && before.options.priority() != w.options.priority())) {
            before = placeLocked(w);
        }
        if (head == null) {
            bucket.linkLocked(this);
        }
        Waiter after = before == null ? head : before.next;
        w.prev = before;
        w.next = after;
        if (before == null) {
            head = w;
        } else {
            before.next = w;
        }
        if (after == null) {
            tail = w;
        } else {
            after.prev = w;
        }
        if (key != null && w.memory(this) != memory) {
            severalMemories = true;
        }
        w.setQueueRelease(this);
        count(w, 1);
    }

    /** Returns whether waiters may have begun through another memory than {@link #memory}. */
    boolean hasSeveralMemories() {
        return severalMemories;
    }

    /**
     * Removes a waiter, and unlinks this queue from its bucket if it was the last. The caller sets the waiter's state.
     */
    void removeLocked(Waiter w) {
        if (bucket.hasCursorsLocked()) {
            bucket.passCursorsLocked(w);
        }
        Waiter before = w.prev;
        Waiter after = w.next;
        if (levels != null && (after == null || after.options.priority() != w.options.priority())) {
            endLevelLocked(w, before);
        }
        if (before == null) {
            head = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            tail = before;
        } else {
            after.prev = before;
        }
        w.prev = null;
        w.next = null;
        count(w, -1);
        if (head == null) {
            hasSeveralPriorities = false;
            bucket.unlinkLocked(this);
        }
    }

    /**
     * Wakes all waiters in one step, however many they are, by setting a flag that {@link #isWoken} returns. No waiter
     * will ever be added again. The caller notifies the waiters, which remain chained.
     */
    void wakeAllLocked() {
        bucket.endLocked(size, WaitResult.WOKEN);
        clearLocked();
        WOKEN.setRelease(this, true);
    }

    /** Returns whether the waiters of this queue were woken, all at once. */
    boolean isWoken() {
        return woken;
    }

    /** Removes all waiters, and unlinks this queue from its bucket. The caller decides how their waits continue. */
    private void clearLocked() {
        bucket.endCursorsLocked(this);
        bucket.unlinkLocked(this);
        head = null;
        tail = null;
        size = 0;
        nonPlainCount = 0;
        hasSeveralPriorities = false;
        levels = null;
    }

    /**
     * Finds the position of a new waiter among several priorities, in a number of steps that does not depend on the
     * number of waiters.
     */
    private @Nullable Waiter placeLocked(Waiter w) {
        try {
            if (!hasSeveralPriorities || levels != null) {
                return beginLevelLocked(w);
            }
        } catch (OutOfMemoryError e) {
            levels = null; // without the list a scan of the waiters takes longer, but is correct
        } finally {
            hasSeveralPriorities = true;
        }
        Waiter before = tail;
        while (before != null && before.options.priority() < w.options.priority()) {
            before = before.prev;
        }
        return before;
    }

    /**
     * Finds the last waiter of the new one's or the next higher priority, and records the new one as the last of its
     * priority.
     */
    private @Nullable Waiter beginLevelLocked(Waiter w) {
        int priority = w.options.priority();
        Level first = levels != null ? levels : new Level(requireNonNull(tail), null);
        Level higher = null;
        Level lower = first;
        while (lower != null && lower.priority() >= priority) {
            higher = lower;
            lower = lower.lower;
        }
        Waiter before = higher == null ? null : higher.last;
        if (higher != null && higher.priority() == priority) {
            higher.last = w;
        } else {
            Level own = new Level(w, lower);
            if (higher == null) {
                first = own;
            } else {
                higher.lower = own;
            }
        }
        levels = first;
        return before;
    }

    /**
     * Updates the list of priorities when the last waiter of one leaves; the waiter before it may have that priority,
     * too.
     */
    private void endLevelLocked(Waiter w, @Nullable Waiter before) {
        Level higher = null;
        Level own = requireNonNull(levels);
        while (own.last != w) {
            higher = own;
            own = requireNonNull(own.lower);
        }
        if (before != null && before.options.priority() == own.priority()) {
            own.last = before;
        } else if (higher == null) {
            levels = own.lower;
        } else {
            higher.lower = own.lower;
        }
        if (levels != null && levels.lower == null) {
            levels = null;
            hasSeveralPriorities = false;
        }
    }

    /**
     * Moves all waiters behind all waiters of the target in one step, if that keeps the order by priority.
     *
     * @return whether it moved them
     */
    boolean forwardAllLocked(WaitQueue target) {
        Waiter mine = head;
        Waiter last = target.tail;
        if (mine == null
                || hasSeveralPriorities
                || nonPlainCount > 0
                || target.hasSeveralPriorities
                || forwardDepth >= Math.max(MAX_FORWARD_DEPTH, size / MAX_FORWARD_DEPTH)) {
            return false;
        }
        if (last != null && last.options.priority() != mine.options.priority()) {
            return false;
        }
        if (last == null) {
            target.bucket.linkLocked(target);
            target.head = mine;
        } else {
            last.next = mine;
            mine.prev = last;
        }
        target.tail = tail;
        target.severalMemories |= severalMemories || memory != target.memory;
        target.size += size;
        target.bucket.addWaitersLocked(size);
        target.bucket.movedLocked();
        bucket.removeWaitersLocked(size);
        clearLocked();
        forwardedTo = target;
        target.forwardDepth = Math.max(target.forwardDepth, forwardDepth + 1);
        return true;
    }

    /** A priority, and the last waiter that has it. */
    private static final class Level {

        Waiter last;

        @Nullable
        Level lower;

        Level(Waiter last, @Nullable Level lower) {
            this.last = last;
            this.lower = lower;
        }

        int priority() {
            return last.options.priority();
        }
    }

    private void count(Waiter w, int by) {
        size += by;
        nonPlainCount += w.kind() == Waiter.Kind.PLAIN ? 0 : by;
    }

    @Override
    public String toString() {
        return key().toString();
    }
}
