package org.jfutex;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.locks.AbstractQueuedSynchronizer;
import java.util.concurrent.locks.LockSupport;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.StackGuard;
import org.jspecify.annotations.Nullable;

/**
 * One stripe of the table: a lock, a counter that answers "nobody" without it, and the queues of the keys that hash here.
 *
 * <p>The queues are found through an array of chains that grows and shrinks with the number of waiting keys, under this
 * bucket's lock alone, so a table with a million waiting keys looks one up as fast as a table with one, and no growth
 * stops anybody elsewhere. A queue exists as long as somebody waits in it.
 */
final class Bucket extends AbstractQueuedSynchronizer {

    /*
     * The lock and the counter are one word, so that a waiter locks and announces itself in one step:
     *
     *      bit 0       LOCKED
     *      bits 1..31  how many wait here, or may be about to
     *
     * Only the lock's owner changes a locked word. What leaves is taken off when it unlocks. The words of all buckets lie in one array, where a waker
     * finds them with one read less; from the superclass comes the queue of those who wait for the lock, and its own state is not used.
     *
     * The nobody-waiting fast path is the store-buffer shape. A waiter announces itself, then reads the word; a waker has
     * written the word, then reads the announcement:
     *
     *      waiter                              waker
     *      waiters = waiters + 1     (A)       word = new value
     *      read word                           full fence, or a volatile store above   (B)
     *                                          read waiters
     *
     * Forbidden: the waiter reads the old word and the waker reads the old count; the waiter would sleep and the waker
     * leave. (A) is a volatile write and a FutexMemory reads words as volatile, so the waiter's two steps cannot swap; (B) does
     * the same for the waker. So one of them sees the other: either the waiter finds the new value, or the waker finds a
     * count and takes the lock, behind which the waiter is queued or gone.
     *
     * A requeue raises the count of its target the same way before it compares, since a waker of the target must not
     * find nobody while waiters are on their way.
     */

    private static final long serialVersionUID = 1L;

    private static final VarHandle WORD =
            MethodHandles.arrayElementVarHandle(int[].class).withInvokeExactBehavior();

    private static final int LOCKED = 1;
    private static final int ONE_WAITER = 2;

    /** Chains are looked through, so they should be short. */
    private static final int MAX_MEAN_CHAIN = 2;

    /** The width of a {@link #spread} hash. */
    private static final int SPREAD_BITS = 32;

    /** The position behind all queues, see {@link #copyQueuesLocked}. */
    static final long END = 1L << SPREAD_BITS;

    /** There are so many chains a queue at most, unless memory ran out. */
    private static final int CHAINS_PER_QUEUE = 16;

    final transient FutexTable table;

    final transient AdaptiveSpin spin = new AdaptiveSpin();

    /** Where this bucket stands in the lock order. */
    final int index;

    private final int[] words; // ours is one of them
    private final int wordIndex;

    private int pendingRemovals; // waiters that have gone, but not from the word yet; under the lock

    /** How often waiters were moved here from elsewhere; written under the lock, read without: see {@link WaiterScan}. */
    private volatile int moves;

    private transient @Nullable WaitQueue[] chains = new WaitQueue[1]; // under the lock
    private int chainShift = SPREAD_BITS; // a chain's index is the spread hash without so many bits; under the lock
    private int queues; // in the chains; under the lock

    /** The scans that have stopped in a queue of this bucket; under the lock. */
    private transient @Nullable ScanCursor cursors;

    /**
     * Keeps the other fields off the cache lines of the previous bucket's chains, which are allocated just before this
     * one. The JVM puts these between the fields of the superclass and those other fields.
     */
    @SuppressWarnings("unused")
    private long p0, p1, p2, p3, p4, p5, p6, p7;

    Bucket(FutexTable table, int index, int[] words, int place) {
        this.table = table;
        this.index = index;
        this.words = words;
        this.wordIndex = place;
    }

    private int word() {
        return (int) WORD.getVolatile(words, wordIndex);
    }

    private boolean replaced(int seen, int word) {
        return WORD.compareAndSet(words, wordIndex, seen, word);
    }

    /** Changes a word that is locked. */
    private void setLocked(int word) {
        WORD.setVolatile(words, wordIndex, word);
    }

    /** Locks, unless what follows might run out of stack. */
    void lock() {
        StackGuard.check();
        lockWithoutStackCheck();
    }

    /** Locks for somebody who must not fail: a wait that began with room for its end. */
    void lockWithoutStackCheck() {
        int s = word();
        if ((s & LOCKED) != 0 || !replaced(s, s | LOCKED)) {
            acquireRetryingOnOom(0); // spins shortly, then parks; neither pins a virtual thread
        }
    }

    /** Locks and counts a waiter in, with the force of (A): nothing that follows is done before. */
    void lockAndAddWaiter() {
        StackGuard.check();
        int s = word();
        if ((s & LOCKED) != 0 || !replaced(s, (s | LOCKED) + ONE_WAITER)) {
            acquireRetryingOnOom(ONE_WAITER);
        }
    }

    /** Waits for the lock. Until JDK 19 that needs memory for a place in the line, and then it stands in no line if there is none. */
    private void acquireRetryingOnOom(int arriving) {
        for (boolean acquired = false; !acquired; ) {
            try {
                acquire(arriving);
                acquired = true;
            } catch (OutOfMemoryError e) {
                LockSupport.parkNanos(1_000); // whoever holds it needs no memory to go on
            }
        }
    }

    void unlock() {
        release(0);
    }

    @Override
    protected boolean tryAcquire(int arriving) {
        int s = word();
        return (s & LOCKED) == 0 && replaced(s, (s | LOCKED) + arriving);
    }

    @Override
    protected boolean tryRelease(int ignored) {
        int gone = pendingRemovals;
        pendingRemovals = 0;
        setLocked(word() - LOCKED - gone * ONE_WAITER);
        return true;
    }

    /** Locks two buckets in their order, or one if they are the same; if it fails, then neither is locked. */
    static void lockBoth(Bucket a, Bucket b) {
        StackGuard.check(); // for both
        Bucket first = a.index <= b.index ? a : b;
        first.lockWithoutStackCheck();
        if (a != b) {
            boolean locked = false;
            try {
                (first == a ? b : a).lockWithoutStackCheck();
                locked = true;
            } finally {
                if (!locked) {
                    first.unlock();
                }
            }
        }
    }

    static void unlockBoth(Bucket a, Bucket b) {
        try {
            a.unlock();
        } finally {
            if (a != b) {
                b.unlock();
            }
        }
    }

    /** Whether nobody waits here. The caller sees to (B) first, see above. */
    boolean isEmpty() {
        return isEmpty(words, wordIndex);
    }

    static boolean isEmpty(int[] words, int place) {
        return (int) WORD.getVolatile(words, place) < ONE_WAITER;
    }

    /** Counts waiters in, with the force of (A). */
    void addWaitersLocked(int count) {
        setLocked(word() + count * ONE_WAITER);
    }

    /** Notes that waiters were moved here; before they are counted out where they were. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer at a time, the lock's owner
    void movedLocked() {
        moves = moves + 1;
    }

    /** A number that changes whenever waiters are moved here. */
    int moves() {
        return moves;
    }

    /** Counts waiters out. */
    void removeWaitersLocked(int count) {
        pendingRemovals += count;
    }

    /** Counts waiters out that have not been moved but wait no more. */
    void endLocked(int count) {
        removeWaitersLocked(count);
        WaiterLimits limits = table.limits;
        if (limits != null) {
            limits.left(count);
        }
    }

    @Nullable
    WaitQueue findLocked(FutexKey key, long hash) {
        for (WaitQueue q = chains[chainOf(hash)]; q != null; q = q.nextInChain) {
            if (q.hash == hash && q.hasKey(key)) {
                return q;
            }
        }
        return null;
    }

    /** The same; without a key, of a private word. */
    @Nullable
    WaitQueue findLocked(FutexMemory memory, long address, @Nullable FutexKey key, long hash) {
        if (key != null) {
            return findLocked(key, hash);
        }
        for (WaitQueue q = chains[chainOf(hash)]; q != null; q = q.nextInChain) {
            if (q.hash == hash && q.isPrivate(memory, address)) {
                return q;
            }
        }
        return null;
    }

    /** Adds a queue that {@link #findLocked} did not find. */
    void linkLocked(WaitQueue queue) {
        if (queues >= chains.length * MAX_MEAN_CHAIN) {
            rehashLocked(chains.length * 4);
        }
        int i = chainOf(queue.hash);
        queue.nextInChain = chains[i];
        chains[i] = queue;
        queues++;
    }

    void unlinkLocked(WaitQueue queue) {
        int i = chainOf(queue.hash);
        WaitQueue before = null;
        for (WaitQueue q = chains[i]; q != null && q != queue; q = q.nextInChain) {
            before = q;
        }
        if (before == null) {
            chains[i] = queue.nextInChain;
        } else {
            before.nextInChain = queue.nextInChain;
        }
        queue.nextInChain = null;
        if (--queues < chains.length / CHAINS_PER_QUEUE) {
            rehashLocked(chains.length / 4);
        }
    }

    /**
     * Copies some of this bucket's queues, in the order of their spread hashes.
     *
     * <p>That order does not depend on the number of chains. So a scan can drop the lock and continue at the returned
     * position: it misses no queue that exists throughout, and meets none twice, however the array grows or shrinks.
     *
     * @param from 0, or the position that the previous call returned
     * @param most how many to copy at most, unless one chain alone is longer
     * @return the position behind those that were copied, {@link #END} after the last
     */
    long copyQueuesLocked(long from, List<WaitQueue> copy, int most) {
        int i = (int) (from >>> chainShift);
        int end = (int) Math.min(chains.length, i + (long) most * CHAINS_PER_QUEUE);
        int copied = 0;
        while (i < end && (copied == 0 || copied + lengthLocked(chains[i]) <= most)) {
            for (WaitQueue q = chains[i]; q != null; q = q.nextInChain) {
                if (spread(q.hash) >= from) { // else the array has shrunk, and the position lies within this chain
                    copy.add(q);
                    copied++;
                }
            }
            i++;
        }
        return (long) i << chainShift;
    }

    private static int lengthLocked(@Nullable WaitQueue chain) {
        int length = 0;
        for (WaitQueue q = chain; q != null; q = q.nextInChain) {
            length++;
        }
        return length;
    }

    /** Lets a scan know of the waiters that leave, until it is {@linkplain #removeCursorLocked removed}. */
    void addCursorLocked(ScanCursor cursor) {
        cursor.nextInBucket = cursors;
        cursors = cursor;
    }

    void removeCursorLocked(ScanCursor cursor) {
        ScanCursor before = null;
        for (ScanCursor c = cursors; c != null && c != cursor; c = c.nextInBucket) {
            before = c;
        }
        if (before == null) {
            cursors = cursor.nextInBucket;
        } else {
            before.nextInBucket = cursor.nextInBucket;
        }
        cursor.nextInBucket = null;
    }

    /** Whether a scan has stopped in this bucket. */
    boolean hasCursorsLocked() {
        return cursors != null;
    }

    /** Moves the scans that would continue with a waiter to the next one, before that waiter is unlinked. */
    void passCursorsLocked(Waiter leaving) {
        for (ScanCursor c = cursors; c != null; c = c.nextInBucket) {
            c.passLocked(leaving);
        }
    }

    /** Ends the scans of a queue, since all of its waiters leave it at once. */
    void endCursorsLocked(WaitQueue queue) {
        for (ScanCursor c = cursors; c != null; c = c.nextInBucket) {
            c.endLocked(queue);
        }
    }

    private void rehashLocked(int length) {
        @Nullable WaitQueue[] old = chains;
        try {
            chains = new WaitQueue[length];
        } catch (OutOfMemoryError e) {
            return; // longer chains are slower, and that is all
        }
        chainShift = SPREAD_BITS - Integer.numberOfTrailingZeros(length);
        for (WaitQueue first : old) {
            for (WaitQueue q = first; q != null; ) {
                WaitQueue next = q.nextInChain;
                int i = chainOf(q.hash);
                q.nextInChain = chains[i];
                chains[i] = q;
                q = next;
            }
        }
    }

    private int chainOf(long hash) {
        return (int) (spread(hash) >>> chainShift);
    }

    /**
     * Spreads a hash over the chains, as a number below {@link #END} of which the upper bits are the best.
     *
     * <p>The table picks the bucket by the hash's upper bits, and in a product no lower bit depends on a higher one of
     * a factor. Keys that differ in high bits only, such as positions in a huge file, would share a chain. So the
     * halves are folded and multiplied once more.
     */
    private static long spread(long hash) {
        return ((hash ^ hash >>> 32) * 0x9E37_79B9_7F4A_7C15L) >>> (Long.SIZE - SPREAD_BITS);
    }
}
