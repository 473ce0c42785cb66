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
 * Everybody who waits on one key, the longest waiter of the highest priority first.
 *
 * <p>A requeue of everybody joins this queue to another in one step: the list moves over and {@link #forwardedTo} says where to, so
 * that no waiter needs touching. A waiter finds the queue that it stands in by following these arrows.
 */
final class WaitQueue {

    /**
     * Somebody who is requeued for ever must not leave a queue behind each time, so waiters are moved one by one once there are more than this many arrows, and more than
     * one for this many waiters. So a requeue touches no more waiters than this in the long run, and the arrows weigh little beside the waiters.
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

    /** The name of its word; null if that is the private one of the place below. */
    private final @Nullable FutexKey key;

    final long hash;
    final Bucket bucket;

    /** Where the word can be read. */
    final FutexMemory memory;

    final long address;

    /* All below is under the bucket's lock, except as said. */

    @Nullable
    WaitQueue nextInChain;

    @Nullable
    Waiter head;

    @Nullable
    Waiter tail;

    int size;

    /** Waiters of other kinds than {@link Waiter.Kind#PLAIN}. */
    int nonPlainCount;

    /** The lock for which the {@link Waiter.Kind#LOCK_PI} waiters wait; null if there are none. Read also under the PI lock. */
    @Nullable
    PiState pi;

    /** Whether waiters of different priorities may stand here. */
    private boolean hasSeveralPriorities;

    /**
     * Whether waiters may have begun through another memory than {@link #memory}; never true of a private word. Written
     * under the lock. A scan also reads it later without the lock: it then misses new waiters only.
     */
    private boolean severalMemories;

    /** Their priorities, highest first; null while all have the same, or if there was no memory for it. */
    private @Nullable Level levels;

    /** How many arrows lead here one after the other, at the most. */
    private int forwardDepth;

    /** The queue that took all of this one's waiters over; set once under both locks, read without. */
    private volatile @Nullable WaitQueue forwardedTo;

    /** Whether all who stood here were woken at once; set once under the lock, read without. */
    private volatile boolean woken;

    /** A queue without waiters. Without a key it is that of the place's private word. */
    WaitQueue(@Nullable FutexKey key, long hash, Bucket bucket, FutexMemory memory, long address) {
        this.key = key;
        this.hash = hash;
        this.bucket = bucket;
        this.memory = withoutKeyOf(key, memory);
        this.address = address;
    }

    /** The memory that a key names, if it names one: whoever waits first may have come through a view of it. */
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

    /** A queue without waiters of its own that stands for this one, for waiters who were moved here: see {@link Waiter#queue}. */
    WaitQueue forwardingNode() {
        WaitQueue arrow = new WaitQueue(key, hash, bucket, memory, address);
        arrow.forwardedTo = this;
        forwardDepth = Math.max(forwardDepth, 1);
        return arrow;
    }

    /** The queue in which the waiters of this queue stand now. Only its bucket's lock makes the answer lasting. */
    WaitQueue find() {
        WaitQueue q = this;
        for (WaitQueue next; (next = q.forwardedTo) != null; q = next) {
            WaitQueue beyond = next.forwardedTo;
            if (beyond != null) {
                q.forwardedTo = beyond; // halves the way for the next who asks
            }
        }
        return q;
    }

    /** Adds a waiter behind all of its priority, and links this queue into its bucket if it is the first. */
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

    /** Whether waiters may have begun through another memory than {@link #memory}. */
    boolean hasSeveralMemories() {
        return severalMemories;
    }

    /** Takes a waiter out, and this queue out of its bucket if it was the last. The waiter's state is the caller's business. */
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
     * Wakes all waiters in one step, however many they are: this queue is their end, see {@link #isWoken}. Nobody will ever stand in it again. Whom to tell of it, and the
     * chain of those, is the caller's business.
     */
    void wakeAllLocked() {
        bucket.endLocked(size);
        clearLocked();
        WOKEN.setRelease(this, true);
    }

    /** Whether waiters that stand here were woken, all at once. */
    boolean isWoken() {
        return woken;
    }

    /** Forgets all waiters, and takes this queue out of its bucket. What becomes of them is the caller's business. */
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

    /** Finds the place of a waiter among several priorities. Whoever comes first, a million of others does not matter. */
    private @Nullable Waiter placeLocked(Waiter w) {
        try {
            if (!hasSeveralPriorities || levels != null) {
                return beginLevelLocked(w);
            }
        } catch (OutOfMemoryError e) {
            levels = null; // looking at one waiter after the other is slower, and that is all
        } finally {
            hasSeveralPriorities = true;
        }
        Waiter before = tail;
        while (before != null && before.options.priority() < w.options.priority()) {
            before = before.prev;
        }
        return before;
    }

    /** Finds the last waiter of the same or the next higher priority, and notes another one as the last of his. */
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

    /** The last waiter of a priority leaves; the one before may be of the same. */
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
     * Moves everybody behind everybody of the target in one step, if that keeps the order by priority.
     *
     * @return whether it did
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

    /** A priority, and the last waiter who has it. */
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
