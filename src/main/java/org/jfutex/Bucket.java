package org.jfutex;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.AbstractQueuedSynchronizer;
import java.util.concurrent.locks.LockSupport;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.StackGuard;
import org.jspecify.annotations.Nullable;

/**
 * One bucket of the table: a lock, a waiter count that is read without the lock, and the queues of the keys that hash
 * here.
 *
 * <p>The queues are found through an array of chains. It grows and shrinks with the number of keys that have waiters,
 * under this bucket's lock alone. So a lookup takes as long with a million waiting keys as with one, and growth blocks
 * no thread that uses another bucket. A queue exists as long as it has waiters.
 *
 * <p>Not final, so that a test can let an unlock fail.
 */
class Bucket extends AbstractQueuedSynchronizer {

    /*
     * The lock and the waiter count are one word, so that a waiter locks and announces itself in one step:
     *
     *     bit 0       LOCKED
     *     bits 1..31  the number of waiters that are queued here, or may be about to be queued
     *
     * Only the owner of the lock changes a locked word. Waiters that leave are subtracted when the owner unlocks. The
     * words of all buckets are in one array, so that a waker needs one read less to find them. The superclass provides
     * the queue of threads that wait for the lock; its own state is not used.
     *
     * The path of a wake without waiters is the store-buffering litmus test. A waiter announces itself, then reads the
     * futex word. A waker has written the futex word, then reads the announcement:
     *
     *     waiter                              waker
     *     waiters = waiters + 1     (A)       word = new value
     *     read word                           full fence, or a volatile store above   (B)
     *                                         read waiters
     *
     * Forbidden: the waiter reads the old word and the waker reads the old count. Then the waiter would sleep and the
     * waker would return.
     *
     * (A) is a volatile write, and a FutexMemory reads words as volatile, so the waiter's two steps cannot be
     * reordered. (B) prevents reordering in the waker. So at least one of them sees the other: the waiter finds the new
     * value, or the waker finds a count and takes the lock. Under the lock it finds the waiter queued or gone.
     *
     * A requeue increments the target's count before it compares. Otherwise a waker of the target could read zero and
     * return while waiters are being moved.
     */

    private static final long serialVersionUID = 1L;

    private static final VarHandle WORD =
            MethodHandles.arrayElementVarHandle(int[].class).withInvokeExactBehavior();

    private static final int LOCKED = 1;
    private static final int ONE_WAITER = 2;

    /** The maximum mean length of a chain, since a lookup scans its chain. */
    private static final int MAX_MEAN_CHAIN = 2;

    /** The width of a {@link #spread} hash. */
    private static final int SPREAD_BITS = 32;

    /** The position behind all queues, see {@link #copyQueuesLocked}. */
    static final long END = 1L << SPREAD_BITS;

    /** The maximum number of chains for each queue, except if memory for smaller arrays is missing. */
    private static final int CHAINS_PER_QUEUE = 16;

    final transient TableState table;

    final transient AdaptiveSpin spin = new AdaptiveSpin();

    /** What the waiters of this bucket did; under the lock. */
    final transient TableCounters.OfBucket counters = new TableCounters.OfBucket();

    /** On how many waits of this bucket a thread slept. */
    private final transient AtomicLong sleeps = new AtomicLong();

    /** The position of this bucket in the lock order. */
    final int index;

    private final int[] words; // the words of all buckets
    private final int wordIndex;

    private int pendingRemovals; // waiters that have left, but are still counted in the word; under the lock

    /** Counts moves of waiters to this bucket. Written under the lock, read without it: see {@link TableScan}. */
    private volatile int moves;

    private transient @Nullable WaitQueue[] chains = new WaitQueue[1]; // under the lock
    // how far a spread hash is shifted right to get the index of its chain; under the lock
    private int chainShift = SPREAD_BITS;
    private int queues; // the number of queues in the chains; under the lock

    /** The scans that have paused in a queue of this bucket; under the lock. */
    private transient @Nullable ScanCursor cursors;

    /**
     * Padding that separates the other fields from the cache lines of the previous bucket's chains, which are allocated
     * just before this object. The JVM places these fields between the fields of the superclass and the other fields.
     */
    @SuppressWarnings("unused")
    private long p0, p1, p2, p3, p4, p5, p6, p7;

    Bucket(TableState table, int index, int[] words, int place) {
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

    /** Writes a word that the current thread has locked. */
    private void setLocked(int word) {
        WORD.setVolatile(words, wordIndex, word);
    }

    /**
     * Locks, after a check that the stack suffices for what follows: the owner may end waits, and then calls their
     * callbacks. A wait on several words leaves its other queues first, and takes their locks.
     */
    void lock() {
        StackGuard.checkDeep();
        lockWithoutStackCheck();
    }

    /**
     * Locks without a stack check, for a caller that must not fail: it has reserved stack for the end of its wait.
     */
    void lockWithoutStackCheck() {
        int s = word();
        if ((s & LOCKED) != 0 || !replaced(s, s | LOCKED)) {
            acquireRetryingOnOom(0); // spins briefly, then parks; neither pins a virtual thread
        }
    }

    /** Locks and adds a waiter to the count, as (A): no later access is reordered before it. */
    void lockAndAddWaiter() {
        StackGuard.checkDeep(); // as much as the wake by which a waiter that fails forwards its own
        int s = word();
        if ((s & LOCKED) != 0 || !replaced(s, (s | LOCKED) + ONE_WAITER)) {
            acquireRetryingOnOom(ONE_WAITER);
        }
    }

    /**
     * Waits for the lock. Until JDK 19 this allocates a node for the queue of the lock; if that fails, the thread
     * sleeps briefly and retries.
     */
    private void acquireRetryingOnOom(int arriving) {
        for (boolean acquired = false; !acquired; ) {
            try {
                acquire(arriving);
                acquired = true;
            } catch (OutOfMemoryError e) {
                LockSupport.parkNanos(1_000); // the owner needs no memory to release the lock
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

    /** Locks two buckets in their order, or one if both are equal. If it fails, then neither is locked. */
    static void lockBoth(Bucket a, Bucket b) {
        StackGuard.checkDeep(); // for both
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

    /** Waits until every owner of one of these locks has released it. */
    static void lockAndUnlockEach(Bucket[] buckets) {
        for (Bucket b : buckets) {
            b.lockWithoutStackCheck(); // TableScan.run has checked
            b.unlock();
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

    /** Returns whether this bucket has no waiters. The caller first ensures (B), see above. */
    boolean isEmpty() {
        return isEmpty(words, wordIndex);
    }

    static boolean isEmpty(int[] words, int place) {
        return (int) WORD.getVolatile(words, place) < ONE_WAITER;
    }

    /** Adds waiters to the count, as (A). */
    void addWaitersLocked(int count) {
        setLocked(word() + count * ONE_WAITER);
    }

    /** Records that waiters were moved here, before they are subtracted from the count of their former bucket. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer at a time, the owner of the lock
    void movedLocked() {
        moves = moves + 1;
    }

    /** Returns a number that changes whenever waiters are moved here. */
    int moves() {
        return moves;
    }

    /** Subtracts waiters from the count, when the lock is released. */
    void removeWaitersLocked(int count) {
        pendingRemovals += count;
    }

    /**
     * Subtracts waiters from the count and from the limits, for waiters that no longer wait, as opposed to moved ones.
     */
    void endLocked(int count, WaitResult how) {
        removeWaitersLocked(count);
        counters.addEndLocked(count, how);
        WaiterLimits limits = table.limits;
        if (limits != null) {
            limits.left(count);
        }
    }

    /** Counts a wait on which a thread is about to sleep. */
    void countSleep() {
        sleeps.getAndIncrement();
    }

    /** Returns the sum of some counters and those of this bucket. */
    TableCounters plusCounters(TableCounters others) {
        lock();
        try {
            return counters.plusLocked(others, sleeps.get());
        } finally {
            unlock();
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

    /** Finds a queue by its key, or by memory and address if the key is null, which means a private word. */
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
     * <p>That order does not depend on the number of chains. So a scan can release the lock and continue at the
     * returned position. It misses no queue that exists throughout, and visits none twice, even if the array grows or
     * shrinks.
     *
     * @param from 0, or the position that the previous call returned
     * @param most the maximum number of queues to copy, except if one chain alone is longer
     * @return the position behind those that were copied, {@link #END} after the last
     */
    long copyQueuesLocked(long from, List<WaitQueue> copy, int most) {
        int i = (int) (from >>> chainShift);
        int end = (int) Math.min(chains.length, i + (long) most * CHAINS_PER_QUEUE);
        int copied = 0;
        while (i < end && (copied == 0 || copied + lengthLocked(chains[i]) <= most)) {
            for (WaitQueue q = chains[i]; q != null; q = q.nextInChain) {
                if (spread(q.hash) >= from) { // else the array has shrunk, and the position is within this chain
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

    /**
     * Registers a scan, which is then updated when waiters leave, until it is {@linkplain #removeCursorLocked removed}.
     */
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

    /** Returns whether a scan has paused in this bucket. */
    boolean hasCursorsLocked() {
        return cursors != null;
    }

    /** Advances the scans that would continue with a waiter to the next one, before that waiter is unlinked. */
    void passCursorsLocked(Waiter leaving) {
        for (ScanCursor c = cursors; c != null; c = c.nextInBucket) {
            c.passLocked(leaving);
        }
    }

    /** Ends the scans of a queue, because all of its waiters leave it at once. */
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
            return; // the operation is correct with longer chains, only slower
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
     * Spreads a hash over the chains. The result is below {@link #END}, and its upper bits are the best.
     *
     * <p>The table selects the bucket by the hash's upper bits. In a product no lower bit depends on a higher bit of a
     * factor. Therefore keys that differ only in high bits, such as offsets in a huge file, would share a chain. So the
     * halves are folded and multiplied again.
     */
    private static long spread(long hash) {
        return ((hash ^ hash >>> 32) * 0x9E37_79B9_7F4A_7C15L) >>> (Long.SIZE - SPREAD_BITS);
    }
}
