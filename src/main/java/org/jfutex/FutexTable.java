package org.jfutex;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappingListener;
import org.jfutex.key.PrivateKey;
import org.jfutex.key.SharedKey;
import org.jfutex.key.WordSize;
import org.jspecify.annotations.Nullable;

/**
 * The place where programs wait on words of memory until somebody wakes them: a futex.
 *
 * <p>A table serves any number of memories; whoever shall meet must use one table. It needs no configuration and keeps nothing for
 * words on which nobody waits.
 *
 * <pre>{@code
 * // wait while the word is 0                          // set it, and wake whoever waits
 * while (memory.load(address) == 0) {                  memory.store(address, 1);
 *     table.await(memory, address, PRIVATE, 0);        table.wake(memory, address, PRIVATE, Integer.MAX_VALUE);
 * }
 * }</pre>
 *
 * <p>Waiters of equal priority are woken in the order in which they came. The sum of what wakes report equals the number of waits
 * that end as {@link WaitResult#WOKEN}, whatever timeouts, interrupts, cancels and requeues happen meanwhile.
 *
 * <p>Addresses are unsigned and must be multiples of the word's size, else {@link IllegalArgumentException}; a word that is read or
 * written must be accessible, and so must every word of a {@link Scope#SHARED} operation, else {@link
 * org.jfutex.key.MemoryFaultException}. Both are thrown before anything has changed.
 *
 * <p><b>Memory consistency effects:</b> what a thread did before a wake happens-before what a thread does after a wait which that wake
 * ended. A wait never sleeps on a value that was changed before a wake which did not find it, however the waker wrote the word.
 */
public final class FutexTable {

    /** The most words that one wait can name: FUTEX_WAITV_MAX. */
    public static final int MAX_WORDS = 128;

    private static final int PRIVATE_KIND = 0;
    private static final int ANONYMOUS_KIND = 1;
    private static final int SHARED_KIND = 2;

    final FutexClock clock;
    final Polling polling;
    final PiTasks tasks;
    final Inheritance inheritance = new Inheritance();
    private final Bucket[] buckets;
    private final int shift;
    private final long addend;
    private final long multiplier;

    /** A table with the system's clocks. */
    public FutexTable() {
        this(builder());
    }

    FutexTable(Builder b) {
        clock = b.clock;
        polling = b.polling;
        tasks = b.tasks;
        buckets = new Bucket[b.buckets];
        for (int i = 0; i < buckets.length; i++) {
            buckets[i] = new Bucket(i);
        }
        shift = 64 - Integer.numberOfTrailingZeros(buckets.length);
        ThreadLocalRandom random = ThreadLocalRandom.current();
        addend = random.nextLong();
        multiplier = random.nextLong() | 1;
    }

    /**
     * Starts a table with a setting of its own.
     *
     * @return the settings, all at their defaults
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Where this table gets its time from.
     *
     * @return the clock
     */
    public FutexClock clock() {
        return clock;
    }

    // ---- wait

    /**
     * Sleeps until woken, if the word holds the expected value: FUTEX_WAIT.
     *
     * @param memory the caller's memory
     * @param address the word
     * @param scope how it is named
     * @param expected the value that it must hold
     * @return {@link WaitResult#WOKEN} or {@link WaitResult#VALUE_DIFFERS}, unless somebody cancels it
     * @throws InterruptedException if the thread was interrupted and no wake came first
     */
    public WaitResult await(FutexMemory memory, long address, Scope scope, int expected) throws InterruptedException {
        return await(memory, address, scope, expected, Deadline.NEVER);
    }

    /**
     * Sleeps until woken or until a deadline, if the word holds the expected value: FUTEX_WAIT.
     *
     * @param memory the caller's memory
     * @param address the word
     * @param scope how it is named
     * @param expected the value that it must hold
     * @param deadline when to give up; a passed one gives up at once, yet after looking at the word
     * @return how it ended
     * @throws InterruptedException if the thread was interrupted and no wake came first
     */
    public WaitResult await(FutexMemory memory, long address, Scope scope, int expected, Deadline deadline)
            throws InterruptedException {
        Waiter w = waiter(memory, address, scope, Integer.toUnsignedLong(expected), WaitOptions.DEFAULT);
        return w == null ? WaitResult.VALUE_DIFFERS : w.await(deadline);
    }

    /**
     * Queues a waiter, if the word holds the expected value, and leaves to the caller how to wait.
     *
     * @param memory the caller's memory
     * @param address the word
     * @param scope how it is named
     * @param expected the value that it must hold
     * @return the wait, ended as {@link WaitResult#VALUE_DIFFERS} if it does not
     */
    public PreparedWait prepare(FutexMemory memory, long address, Scope scope, int expected) {
        return prepare(memory, address, scope, Integer.toUnsignedLong(expected), WaitOptions.DEFAULT);
    }

    /**
     * Queues a waiter with options: FUTEX_WAIT_BITSET, and word sizes other than Linux's.
     *
     * @param memory the caller's memory
     * @param address the word
     * @param scope how it is named
     * @param expected the value that it must hold, zero-extended from the word's size
     * @param options size, channels, priority
     * @return the wait, ended as {@link WaitResult#VALUE_DIFFERS} if the word holds another value
     * @throws IllegalArgumentException also if {@code expected} does not fit the word
     */
    public PreparedWait prepare(FutexMemory memory, long address, Scope scope, long expected, WaitOptions options) {
        Check.value(expected, options.size());
        Waiter w = waiter(memory, address, scope, expected, options);
        if (w == null) {
            w = new Waiter(this, Waiter.Kind.PLAIN, options.size(), expected, options.bitset(), options.priority());
            w.state = WaitResult.VALUE_DIFFERS;
        }
        return w;
    }

    /**
     * Queues a waiter without looking at the word: what FUTEX_FD did, and why it was racy.
     *
     * <p>A wake between the caller's own look and this call is lost to it. {@link FutexFd} is made of this.
     *
     * @param memory the caller's memory
     * @param address the word, 32 bits
     * @param scope how it is named
     * @return the wait
     */
    public PreparedWait prepareUnchecked(FutexMemory memory, long address, Scope scope) {
        FutexKey key = key(memory, address, scope, WordSize.U32, Access.READ);
        Waiter w = new Waiter(this, Waiter.Kind.PLAIN, WordSize.U32, Waiter.UNCHECKED, WaitOptions.MATCH_ANY, 0);
        enqueue(w, memory, address, key, hash(key));
        return w;
    }

    /**
     * Queues a waiter on each of several words: futex_waitv(2).
     *
     * <p>The wait ends when any of them is woken; {@link PreparedWait#index} tells which. Each word counts for itself: a wake that finds
     * two of them reports two.
     *
     * @param memory the caller's memory
     * @param words 1 to {@value #MAX_WORDS} words, the same one more than once if need be
     * @param priority the waiter's rank, see {@link WaitOptions}
     * @return the wait; ended as {@link WaitResult#VALUE_DIFFERS} if a word differed, unless one before it was woken meanwhile
     * @throws IllegalArgumentException if there are none or too many words
     */
    public PreparedWait prepareAny(FutexMemory memory, List<WaitWord> words, int priority) {
        return VectorWait.prepare(this, memory, words, priority);
    }

    // ---- wake

    /**
     * Wakes waiters of a word: FUTEX_WAKE. The word itself is not looked at.
     *
     * @param memory the caller's memory
     * @param address the word, 32 bits
     * @param scope how it is named
     * @param count how many at the most, not negative
     * @return how many were woken
     * @throws MixedWaitersException if a PI waiter was met
     */
    public int wake(FutexMemory memory, long address, Scope scope, int count) {
        VarHandle.fullFence(); // (B) see Bucket; the caller's store may have been a plain one
        return wakePublished(memory, address, scope, count);
    }

    /**
     * The same, for a caller whose last write to the word was a volatile one or a compare-and-exchange.
     *
     * <p>Such a write is as good as the fence that {@link #wake} starts with, and a fence costs more than the rest of a wake that finds
     * nobody. All writes of a {@link FutexMemory} are of that kind. After a plain, opaque or release write this method may miss a waiter
     * that went to sleep on the old value.
     *
     * @param memory the caller's memory
     * @param address the word, 32 bits
     * @param scope how it is named
     * @param count how many at the most, not negative
     * @return how many were woken
     * @throws MixedWaitersException if a PI waiter was met
     */
    public int wakePublished(FutexMemory memory, long address, Scope scope, int count) {
        Check.count(count);
        Check.aligned(address, WordSize.U32);
        if (scope == Scope.SHARED) {
            FutexKey key = memory.sharedKey(address, Access.READ);
            long hash = hash(key);
            return bucket(hash).isEmpty() ? 0 : wake(key, hash, count, WaitOptions.MATCH_ANY);
        }
        Check.userAddress(memory, address);
        long hash = hash(PRIVATE_KIND, memory, address);
        return bucket(hash).isEmpty() ? 0 : wake(new PrivateKey(memory, address), hash, count, WaitOptions.MATCH_ANY);
    }

    /**
     * Wakes those waiters of a word that listen on some channels: FUTEX_WAKE_BITSET.
     *
     * @param memory the caller's memory
     * @param address the word
     * @param scope how it is named
     * @param count how many at the most, not negative
     * @param options the word's size, and the channels: who waits on none of them is passed over
     * @return how many were woken
     * @throws MixedWaitersException if a PI waiter was met
     */
    public int wake(FutexMemory memory, long address, Scope scope, int count, WaitOptions options) {
        Check.count(count);
        FutexKey key = key(memory, address, scope, options.size(), Access.READ);
        long hash = hash(key);
        VarHandle.fullFence(); // (B)
        return bucket(hash).isEmpty() ? 0 : wake(key, hash, count, options.bitset());
    }

    /** Wakes under the lock. */
    int wake(FutexKey key, long hash, int count, int bitset) {
        Bucket b = bucket(hash);
        WakeList woken = new WakeList();
        b.lock();
        try {
            wakeLocked(b, key, hash, count, bitset, woken);
        } finally {
            b.unlock();
            woken.tell();
        }
        return woken.count();
    }

    private static void wakeLocked(Bucket b, FutexKey key, long hash, int count, int bitset, WakeList woken) {
        WaitQueue q = b.findLocked(key, hash);
        if (q == null) {
            return;
        }
        int end = woken.count() + count;
        for (Waiter w = q.head; w != null && woken.count() != end; ) {
            if (w.kind != Waiter.Kind.PLAIN) {
                throw new MixedWaitersException(q);
            }
            Waiter next = w.next;
            if ((w.bitset & bitset) != 0) {
                woken.wakeLocked(q, w);
            }
            w = next;
        }
    }

    // ---- wake and move

    /**
     * Wakes some waiters of a word and moves others to another: FUTEX_REQUEUE.
     *
     * @param memory the caller's memory
     * @param from the word whose waiters are meant, 32 bits
     * @param to the word to which they move, 32 bits
     * @param scope how both are named
     * @param wake how many to wake at the most, not negative
     * @param move how many of the rest to move at the most, not negative
     * @return what was done
     * @throws MixedWaitersException if a PI waiter was met
     */
    public RequeueResult requeue(FutexMemory memory, long from, long to, Scope scope, int wake, int move) {
        return requeue(memory, from, to, scope, WordSize.U32, wake, move, null);
    }

    /**
     * Wakes and moves if the first word holds the expected value: FUTEX_CMP_REQUEUE.
     *
     * <p>The comparison, the wakes and the moves are one step for everybody else.
     *
     * @param memory the caller's memory
     * @param from the word whose waiters are meant
     * @param to the word to which they move
     * @param scope how both are named
     * @param size the size of both words
     * @param wake how many to wake at the most, not negative
     * @param move how many of the rest to move at the most, not negative
     * @param expected the value that {@code from} must hold, zero-extended
     * @return what was done
     * @throws MixedWaitersException if a PI waiter was met
     */
    public RequeueResult compareAndRequeue(
            FutexMemory memory, long from, long to, Scope scope, WordSize size, int wake, int move, long expected) {
        Check.value(expected, size);
        return requeue(memory, from, to, scope, size, wake, move, expected);
    }

    private RequeueResult requeue(
            FutexMemory memory,
            long from,
            long to,
            Scope scope,
            WordSize size,
            int wake,
            int move,
            @Nullable Long expected) {
        Check.count(wake);
        Check.count(move);
        Check.aligned(from, size);
        Check.aligned(to, size);
        FutexKey source = key(memory, from, scope, size, Access.READ);
        FutexKey target = key(memory, to, scope, size, Access.READ);
        return new Requeue(this, memory, from, source, to, target, size).run(wake, move, expected);
    }

    /**
     * Changes one word and wakes waiters of another, and those of the changed one too if its former value says so: FUTEX_WAKE_OP.
     *
     * @param memory the caller's memory
     * @param address the word whose waiters are woken in any case, 32 bits
     * @param changed the word that changes, 32 bits
     * @param scope how both are named
     * @param count how many waiters of the first to wake at the most, not negative
     * @param conditional how many waiters of the second
     * @param op how the second changes, and when its waiters are woken
     * @return how many were woken
     * @throws MixedWaitersException if a PI waiter was met; the word has changed then
     */
    public int wakeOp(
            FutexMemory memory, long address, long changed, Scope scope, int count, int conditional, WakeOp op) {
        Check.count(count);
        Check.count(conditional);
        FutexKey key1 = key(memory, address, scope, WordSize.U32, Access.READ);
        FutexKey key2 = key(memory, changed, scope, WordSize.U32, Access.WRITE);
        long hash1 = hash(key1);
        long hash2 = hash(key2);
        Bucket b1 = bucket(hash1);
        Bucket b2 = bucket(hash2);
        WakeList woken = new WakeList();
        Bucket.lockBoth(b1, b2);
        try {
            int before = op.applyTo(memory, changed);
            wakeLocked(b1, key1, hash1, count, WaitOptions.MATCH_ANY, woken);
            if (op.holds(before)) {
                wakeLocked(b2, key2, hash2, conditional, WaitOptions.MATCH_ANY, woken);
            }
        } finally {
            Bucket.unlockBoth(b1, b2);
            woken.tell();
        }
        return woken.count();
    }

    // ---- priority inheritance

    /**
     * Takes a lock, or sleeps until its owner hands it over: FUTEX_LOCK_PI.
     *
     * @param task who shall own it
     * @param address the lock's word in the task's memory, 32 bits
     * @param scope how it is named
     * @param deadline when to give up; a passed one takes a free lock all the same
     * @return how it ended, see {@link #prepareLockPi}
     * @throws InterruptedException if the thread was interrupted and the lock was not handed over first
     */
    public PiResult lockPi(PiTask task, long address, Scope scope, Deadline deadline) throws InterruptedException {
        return prepareLockPi(task, address, scope).await(deadline);
    }

    /**
     * Takes a lock, or queues the task to be handed it, and leaves to the caller how to wait: FUTEX_LOCK_PI.
     *
     * <p>The word holds 0 if the lock is free, else its owner's thread id, with bit 31 set as soon as anybody has ever waited (WAITERS)
     * and bit 30 if a former owner died (OWNER_DIED). Programs lock and unlock by compare-and-exchange from 0 to their id and back,
     * and call here when that fails.
     *
     * <p>While the task waits, the owner runs at the task's priority if that is higher, and so does whoever the owner waits for. The lock
     * goes to the waiter of the highest effective priority, among equals to the one who came first.
     *
     * @param task who shall own it
     * @param address the lock's word in the task's memory, 32 bits
     * @param scope how it is named
     * @return the wait; ended already as {@link PiResult#LOCKED} if the lock was free, or as {@link PiResult#DEADLOCK}, {@link
     *     PiResult#NO_OWNER}, {@link PiResult#NOT_PERMITTED} or {@link PiResult#INCONSISTENT}
     * @throws IllegalStateException if the task waits already or has exited
     */
    public PiWait prepareLockPi(PiTask task, long address, Scope scope) {
        return LockPi.prepare(this, task, address, scope);
    }

    /**
     * Takes a lock if it is free: FUTEX_TRYLOCK_PI.
     *
     * @param task who shall own it
     * @param address the lock's word in the task's memory, 32 bits
     * @param scope how it is named
     * @return {@link PiResult#LOCKED}, {@link PiResult#WOULD_BLOCK}, or a refusal as of {@link #prepareLockPi}
     * @throws IllegalStateException if the task has exited
     */
    public PiResult tryLockPi(PiTask task, long address, Scope scope) {
        return LockPi.tryLock(this, task, address, scope);
    }

    /**
     * Hands a lock over to its next owner, or frees it if nobody waits: FUTEX_UNLOCK_PI.
     *
     * @param task who owns it
     * @param address the lock's word in the task's memory, 32 bits
     * @param scope how it is named
     * @return {@link PiResult#UNLOCKED}, {@link PiResult#NOT_OWNER} or {@link PiResult#INCONSISTENT}
     * @throws IllegalStateException if the task has exited
     */
    public PiResult unlockPi(PiTask task, long address, Scope scope) {
        return UnlockPi.unlock(this, task, address, scope);
    }

    /**
     * Hands over every lock of a task that somebody waits for, marked as of a dead owner: what the kernel does when a thread exits.
     *
     * <p>What the task waits for is cancelled. A lock that nobody waits for keeps the task's id in its word, and who wants it is told
     * {@link PiResult#NO_OWNER}; a robust list, if there is one, is to be gone through before.
     *
     * @param task who dies
     * @throws IllegalStateException if the task has exited already
     */
    public void exitPi(PiTask task) {
        ExitPi.exit(this, task);
    }

    /**
     * Queues a task on a word, if that holds the expected value, to be given a lock later: FUTEX_WAIT_REQUEUE_PI.
     *
     * <p>It is how a condition variable waits. Only {@link #compareAndRequeuePi} to that lock serves such a waiter.
     *
     * @param task who shall own the lock
     * @param address the word in the task's memory, 32 bits
     * @param expected the value that it must hold
     * @param lock the lock's word in the task's memory, 32 bits
     * @param scope how both are named
     * @return the wait; it ends as {@link PiResult#LOCKED} when the task owns the lock
     * @throws IllegalArgumentException also if both are one word
     * @throws IllegalStateException if the task waits already or has exited
     */
    public PiWait prepareWaitRequeuePi(PiTask task, long address, int expected, long lock, Scope scope) {
        return RequeuePi.prepareWait(this, task, address, expected, lock, scope);
    }

    /**
     * Gives a lock to the first task that waits for it on a word, or lets it wait for the lock's owner, and moves others behind it:
     * FUTEX_CMP_REQUEUE_PI.
     *
     * <p>A signal of a condition variable moves none besides the first, a broadcast all.
     *
     * @param memory the caller's memory
     * @param from the word on which the tasks wait, 32 bits
     * @param lock the lock's word, 32 bits
     * @param scope how both are named
     * @param move how many to move at the most besides the first, not negative
     * @param expected the value that {@code from} must hold
     * @return what was done
     * @throws IllegalArgumentException also if both are one word
     */
    public RequeuePiResult compareAndRequeuePi(
            FutexMemory memory, long from, long lock, Scope scope, int move, int expected) {
        return RequeuePi.run(this, memory, from, lock, scope, move, expected);
    }

    // ---- everybody

    /**
     * Ends many waits at once, as {@link WaitResult#CANCELLED}: when a process exits, a memory is closed, a file is revoked.
     *
     * @param which the keys whose waiters shall go
     * @return how many waits were cancelled, each word of a wait on many for itself
     */
    public int cancel(Predicate<? super FutexKey> which) {
        return Census.endAll(buckets, which, WaitResult.CANCELLED);
    }

    /**
     * How many wait on a word at the moment.
     *
     * @param memory the caller's memory
     * @param address the word
     * @param scope how it is named
     * @return their number
     */
    public int waiters(FutexMemory memory, long address, Scope scope) {
        FutexKey key = key(memory, address, scope, WordSize.U8, Access.READ);
        long hash = hash(key);
        Bucket b = bucket(hash);
        b.lock();
        try {
            WaitQueue q = b.findLocked(key, hash);
            return q == null ? 0 : q.size;
        } finally {
            b.unlock();
        }
    }

    /**
     * Describes every waiter, bucket by bucket: each bucket at one moment, the table as a whole over the time of the call.
     *
     * @return who waits, for what, since when, and what the word holds now
     */
    public List<WaiterInfo> dump() {
        return Census.dump(buckets);
    }

    /**
     * A listener that lets waiters follow their words: what the mail of 2003 calls possible and Linux never merged.
     *
     * <p>Give it to a memory that reports its remaps. Waiters of a range that moved, which are not waiting on a shared mapping, are found at
     * the new address from then on, in their order; waiters of a range that was unmapped are woken as {@link WaitResult#UNMAPPED}.
     *
     * @return the listener
     */
    public MappingListener follower() {
        return new Follower(this);
    }

    // ---- rooms

    /** Checks an address and names its word. */
    FutexKey key(FutexMemory memory, long address, Scope scope, WordSize size, Access access) {
        requireNonNull(memory, "memory");
        Check.aligned(address, size);
        if (scope == Scope.SHARED) {
            return memory.sharedKey(address, access);
        }
        Check.userAddress(memory, address);
        return new PrivateKey(memory, address);
    }

    long hash(FutexKey key) {
        if (key instanceof PrivateKey k) {
            return hash(PRIVATE_KIND, k.memory(), k.address());
        }
        if (key instanceof SharedKey k) {
            return hash(SHARED_KIND, k.object(), k.position());
        }
        AnonymousKey k = (AnonymousKey) key;
        return hash(ANONYMOUS_KIND, k.memory(), k.address());
    }

    /** Salted, so that keys which collide in one table do not in the next; the upper bits are the good ones. */
    private long hash(int kind, Object owner, long position) {
        long mixed = position + System.identityHashCode(owner) * 0x9E37_79B9_7F4A_7C15L + kind;
        return (mixed ^ addend) * multiplier;
    }

    Bucket bucket(long hash) {
        return buckets[(int) (hash >>> shift)];
    }

    Bucket[] buckets() {
        return buckets;
    }

    private @Nullable Waiter waiter(FutexMemory memory, long address, Scope scope, long expected, WaitOptions options) {
        WordSize size = options.size();
        FutexKey shared = null;
        Check.aligned(address, size);
        if (scope == Scope.SHARED) {
            shared = memory.sharedKey(address, Access.READ);
        } else {
            Check.userAddress(memory, address);
        }
        if (memory.load(address, size) != expected) { // true at this moment, which is a moment of this call
            return null;
        }
        FutexKey key = shared != null ? shared : new PrivateKey(memory, address);
        Waiter w = new Waiter(this, Waiter.Kind.PLAIN, size, expected, options.bitset(), options.priority());
        return enqueue(w, memory, address, key, hash(key)) ? w : null;
    }

    /** Queues a waiter if the word holds what it expects; says whether it does. */
    boolean enqueue(Waiter w, FutexMemory memory, long address, FutexKey key, long hash) {
        Bucket b = bucket(hash);
        b.lock();
        try {
            WaitQueue q = b.findLocked(key, hash);
            if (q == null) {
                q = new WaitQueue(key, hash, b, memory, address);
            }
            boolean queued = false;
            b.arriveLocked(1); // (A)
            try {
                if (w.expects(memory, address)) {
                    q.addLocked(w);
                    queued = true;
                }
            } finally {
                if (!queued) {
                    b.leaveLocked(1);
                }
            }
            return queued;
        } finally {
            b.unlock();
        }
    }

    /** The settings of a table; all have defaults that fit. */
    public static final class Builder {

        private static final int BUCKETS_A_PROCESSOR = 64;

        private FutexClock clock = FutexClock.system();
        private Polling polling = Polling.BRIEF;
        private PiTasks tasks = tid -> null;
        private int buckets = Math.max(
                256,
                Integer.highestOneBit(BUCKETS_A_PROCESSOR * Runtime.getRuntime().availableProcessors() * 2 - 1));

        private Builder() {}

        /**
         * Where time comes from.
         *
         * @param source the clock; the system's unless set
         * @return this
         */
        public Builder clock(FutexClock source) {
            clock = requireNonNull(source, "clock");
            return this;
        }

        /**
         * What a thread does before it parks.
         *
         * @param policy the policy; {@link Polling#BRIEF} unless set
         * @return this
         */
        public Builder polling(Polling policy) {
            polling = requireNonNull(policy, "polling");
            return this;
        }

        /**
         * Who is meant by the thread id in a lock word.
         *
         * @param registry finds a task; nobody is found unless set, and so no lock can be waited for
         * @return this
         */
        public Builder tasks(PiTasks registry) {
            tasks = requireNonNull(registry, "tasks");
            return this;
        }

        /**
         * How many stripes the table has. Few of them make keys meet in one, which tests like.
         *
         * @param count a power of two; by default 64 for each processor and 256 at least
         * @return this
         * @throws IllegalArgumentException if {@code count} is not a power of two from 2 to 65536
         */
        public Builder buckets(int count) {
            if (count < 2 || count > 65536 || Integer.bitCount(count) != 1) {
                throw new IllegalArgumentException(count + " buckets: not a power of two from 2 to 65536");
            }
            buckets = count;
            return this;
        }

        /**
         * Makes the table.
         *
         * @return a table that nobody waits in
         */
        public FutexTable build() {
            return new FutexTable(this);
        }
    }
}
