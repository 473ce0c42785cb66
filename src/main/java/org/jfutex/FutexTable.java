package org.jfutex;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappingListener;
import org.jfutex.key.PrivateKey;
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
 * that end as {@link WaitResult#WOKEN}, whatever timeouts, interrupts, cancels and requeues happen meanwhile; a wait on many words counts once for each of them that
 * was woken.
 *
 * <p>Addresses are unsigned and must be multiples of the word's size, else {@link IllegalArgumentException}; a word that is read or
 * written must be accessible, and so must every word of a {@link Scope#SHARED} operation, else {@link
 * org.jfutex.key.MemoryFaultException}. A memory without atomic 64-bit words refuses those with an {@link UnsupportedOperationException}. All are thrown before anything
 * has changed.
 *
 * <p>What fails leaves the table whole. A {@link StackOverflowError} comes before anything has changed. An {@link OutOfMemoryError} does so too or comes when all is
 * done, since the answer needs memory as well; only a requeue may have woken and not moved then. If a memory, a clock or the JVM fails in a wait, that leaves its
 * queue, and a wake that has chosen it goes to the next.
 *
 * <p>Source: futex(2) and futex_waitv(2), as Linux 6.18 does them.
 *
 * <p><b>Memory consistency effects:</b> what a thread did before a wake happens-before what a thread does after a wait which that wake
 * ended. A wait never sleeps on a value that was changed before a wake which did not find it, however the waker wrote the word.
 */
public final class FutexTable extends Buckets {

    /** The most words that one wait can name: FUTEX_WAITV_MAX. */
    public static final int MAX_WORDS = 128;

    final FutexClock clock;
    final SpinPolicy spinPolicy;
    final PiTasks tasks;
    final PiInheritance inheritance = new PiInheritance();
    final ScanGate scans = new ScanGate();
    private final StuckWaiterDetector watchdog = new StuckWaiterDetector();
    final @Nullable WaiterLimits limits; // null without any

    /**
     * A table with the system's clocks. The first table of a process loads what waits need, some milliseconds of
     * processor time.
     */
    public FutexTable() {
        this(builder());
    }

    FutexTable(FutexTableBuilder b) {
        super(b.buckets);
        FirstUse.prepare();
        clock = b.clock;
        spinPolicy = b.spinPolicy;
        tasks = b.tasks;
        limits = b.limits();
    }

    /**
     * Starts a table with a setting of its own.
     *
     * @return the settings, all at their defaults
     */
    public static FutexTableBuilder builder() {
        return new FutexTableBuilder();
    }

    /**
     * Where this table gets its time from.
     *
     * @return the clock
     */
    public FutexClock clock() {
        return clock;
    }

    /**
     * What threads do in this table before they park.
     *
     * @return the policy
     */
    public SpinPolicy spinPolicy() {
        return spinPolicy;
    }

    /**
     * Where this table finds the tasks that lock words name.
     *
     * @return the registry
     */
    public PiTasks tasks() {
        return tasks;
    }

    // ---- wait

    /**
     * Sleeps until woken, if the word holds the expected value: FUTEX_WAIT.
     *
     * @param memory the caller's memory
     * @param address the word
     * @param scope how it is named
     * @param expected the value that it must hold
     * @return {@link WaitResult#WOKEN} or {@link WaitResult#VALUE_DIFFERS}, unless somebody cancels it or its mapping goes away
     * @throws InterruptedException if the thread was interrupted and no wake came first
     * @throws TooManyWaitersException if a {@linkplain FutexTableBuilder#waiterLimit limit of this table} is reached; nobody is queued then
     */
    public WaitResult await(FutexMemory memory, long address, Scope scope, int expected) throws InterruptedException {
        return Wait.differs(memory, address, scope, expected)
                ? WaitResult.VALUE_DIFFERS
                : Wait.await(
                        this,
                        memory,
                        address,
                        scope,
                        Integer.toUnsignedLong(expected),
                        WaitOptions.DEFAULT,
                        Deadline.NEVER);
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
     * @throws TooManyWaitersException if a {@linkplain FutexTableBuilder#waiterLimit limit of this table} is reached; nobody is queued then
     */
    public WaitResult await(FutexMemory memory, long address, Scope scope, int expected, Deadline deadline)
            throws InterruptedException {
        requireNonNull(deadline, "deadline");
        return Wait.differs(memory, address, scope, expected)
                ? WaitResult.VALUE_DIFFERS
                : Wait.await(
                        this, memory, address, scope, Integer.toUnsignedLong(expected), WaitOptions.DEFAULT, deadline);
    }

    /**
     * The same with options: FUTEX_WAIT_BITSET, and word sizes other than Linux's.
     *
     * @param memory the caller's memory
     * @param address the word
     * @param scope how it is named
     * @param expected the value that it must hold, zero-extended from the word's size
     * @param options size, channels, priority
     * @param deadline when to give up; a passed one gives up at once, yet after looking at the word
     * @return how it ended
     * @throws IllegalArgumentException also if {@code expected} does not fit the word
     * @throws InterruptedException if the thread was interrupted and no wake came first
     * @throws TooManyWaitersException if a {@linkplain FutexTableBuilder#waiterLimit limit of this table} is reached; nobody is queued then
     */
    public WaitResult await(
            FutexMemory memory, long address, Scope scope, long expected, WaitOptions options, Deadline deadline)
            throws InterruptedException {
        requireNonNull(deadline, "deadline");
        return Wait.differs(memory, address, scope, expected, options)
                ? WaitResult.VALUE_DIFFERS
                : Wait.await(this, memory, address, scope, expected, options, deadline);
    }

    /**
     * Queues a waiter, if the word holds the expected value, and leaves to the caller how to wait.
     *
     * @param memory the caller's memory
     * @param address the word
     * @param scope how it is named
     * @param expected the value that it must hold
     * @return the wait, ended as {@link WaitResult#VALUE_DIFFERS} if it does not
     * @throws TooManyWaitersException if a {@linkplain FutexTableBuilder#waiterLimit limit of this table} is reached; nobody is queued then
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
     * @throws TooManyWaitersException if a {@linkplain FutexTableBuilder#waiterLimit limit of this table} is reached; nobody is queued then
     */
    public PreparedWait prepare(FutexMemory memory, long address, Scope scope, long expected, WaitOptions options) {
        return Wait.prepare(this, memory, address, scope, expected, options);
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
     * @throws TooManyWaitersException if a {@linkplain FutexTableBuilder#waiterLimit limit of this table} is reached; nobody is queued then
     */
    public PreparedWait prepareUnchecked(FutexMemory memory, long address, Scope scope) {
        return Wait.prepareUnchecked(this, memory, address, scope);
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
     * @throws TooManyWaitersException if a {@linkplain FutexTableBuilder#waiterLimit limit of this table} is reached before all words have their waiter, and no
     *     wake has come by then; nobody is queued then
     */
    public PreparedWait prepareAny(FutexMemory memory, List<WaitWord> words, int priority) {
        requireNonNull(memory, "memory");
        requireNonNull(words, "words");
        return WaitvWait.prepare(this, memory, words, priority);
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
     * @throws IllegalArgumentException also if {@code count} is negative
     * @throws MixedWaitersException if a PI waiter was met
     */
    public int wake(FutexMemory memory, long address, Scope scope, int count) {
        long hash = Wake.checkedHash(this, memory, address, scope, count);
        VarHandle.fullFence(); // (B) see Bucket; the caller's store may have been a plain one
        return isEmpty(hash) ? 0 : Wake.queued(this, memory, address, scope, count);
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
     * @throws IllegalArgumentException also if {@code count} is negative
     * @throws MixedWaitersException if a PI waiter was met
     */
    public int wakePublished(FutexMemory memory, long address, Scope scope, int count) {
        long hash = Wake.checkedHash(this, memory, address, scope, count);
        return isEmpty(hash) ? 0 : Wake.queued(this, memory, address, scope, count);
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
     * @throws IllegalArgumentException also if {@code count} is negative
     * @throws MixedWaitersException if a PI waiter was met
     */
    public int wake(FutexMemory memory, long address, Scope scope, int count, WaitOptions options) {
        Preconditions.count(count);
        requireNonNull(options, "options");
        FutexKey key = key(memory, address, scope, options.size(), Access.READ);
        long hash = hash(key);
        VarHandle.fullFence(); // (B)
        return isEmpty(hash) ? 0 : Wake.queued(this, key, hash, count, options.bitset());
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
     * @throws IllegalArgumentException also if a count is negative
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
     * @throws IllegalArgumentException also if a count is negative, or {@code expected} does not fit the words
     * @throws MixedWaitersException if a PI waiter was met
     */
    public RequeueResult compareAndRequeue(
            FutexMemory memory, long from, long to, Scope scope, WordSize size, int wake, int move, long expected) {
        requireNonNull(size, "size");
        Preconditions.value(expected, size);
        return requeue(memory, from, to, scope, size, wake, move, expected);
    }

    /**
     * The same for words of 32 bits, as Linux has them.
     *
     * @param memory the caller's memory
     * @param from the word whose waiters are meant
     * @param to the word to which they move
     * @param scope how both are named
     * @param wake how many to wake at the most, not negative
     * @param move how many of the rest to move at the most, not negative
     * @param expected the value that {@code from} must hold
     * @return what was done
     * @throws IllegalArgumentException also if a count is negative
     * @throws MixedWaitersException if a PI waiter was met
     */
    public RequeueResult compareAndRequeue(
            FutexMemory memory, long from, long to, Scope scope, int wake, int move, int expected) {
        return requeue(memory, from, to, scope, WordSize.U32, wake, move, Integer.toUnsignedLong(expected));
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
        Preconditions.count(wake);
        Preconditions.count(move);
        Preconditions.aligned(from, size);
        Preconditions.aligned(to, size);
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
     * @throws IllegalArgumentException also if a count is negative
     * @throws MixedWaitersException if a PI waiter was met; the word has changed then
     */
    public int wakeOp(
            FutexMemory memory, long address, long changed, Scope scope, int count, int conditional, WakeOp op) {
        requireNonNull(op, "op");
        return Wake.andChange(this, memory, address, changed, scope, count, conditional, op);
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
     * @throws IllegalArgumentException also if both are one word, or {@code move} is negative
     */
    public PiRequeueResult compareAndRequeuePi(
            FutexMemory memory, long from, long lock, Scope scope, int move, int expected) {
        return PiRequeue.run(this, memory, from, lock, scope, move, expected);
    }

    // ---- all waiters

    /**
     * Ends all waits that began through a memory, as {@link WaitResult#CANCELLED}: when its process exits, or it is closed.
     *
     * <p>These include waits on words of shared mappings, wherever a requeue has moved them, and waits through a
     * {@linkplain FutexMemory#underlying view}. Waits on such a word through another memory remain. Waits that start during
     * this call may be missed.
     *
     * <p>The call drops every lock after a bounded number of waiters, so other threads use the table in between.
     * Requeues may be stopped for a moment if they keep moving waiters. It skips a word without reading its waiters if
     * all of them came through the other memory that first waited there.
     *
     * @param memory the memory
     * @return how many waits this call has ended. A wait on many words counts once. It does not count if a wake, a
     *     timeout or another cancel has ended it; if it is still being prepared, a wake that comes later does not
     *     matter
     */
    public int cancel(FutexMemory memory) {
        requireNonNull(memory, "memory");
        return WaiterScan.endAll(buckets, null, memory, WaitResult.CANCELLED, true);
    }

    /**
     * Ends all waits on some words, as {@link WaitResult#CANCELLED}: when a file is revoked, or a range is unmapped.
     *
     * <p>Waiters that are requeued during the call are cancelled, too. If requeues continue through 100 scans of the
     * table, the scan ends, and some waiters may be missed. Waits that start during this call may be missed. The call
     * drops every lock after a bounded number of waiters.
     *
     * @param which the keys whose waits end: {@link FutexKey#in}, {@link FutexKey#within}, {@link FutexKey#of}, or
     *     another predicate. It is called without a lock
     * @return how many waits this call has ended, counted as {@link #cancel(FutexMemory)} does
     */
    public int cancel(Predicate<? super FutexKey> which) {
        requireNonNull(which, "which");
        return WaiterScan.endAll(buckets, which, null, WaitResult.CANCELLED, false);
    }

    /**
     * How many wait on a word at the moment.
     *
     * @param memory the caller's memory
     * @param address the word
     * @param scope how it is named
     * @return their number
     */
    public int waiterCount(FutexMemory memory, long address, Scope scope) {
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
     * Keeps this thread from calling any {@link PriorityListener}, for as long as it holds a lock of its own that a listener might want.
     *
     * <p>What it changes until then is reported by {@link #resumePriorityEvents}, when that has been called as often as this, or earlier by another
     * thread. If this thread ends without that call, then the next thread that changes a priority reports it, and the table keeps no
     * reference to the ended thread.
     */
    public void suspendPriorityEvents() {
        inheritance.holdNotifications();
    }

    /** Ends {@link #suspendPriorityEvents}. No lock may be held that a listener might want. */
    public void resumePriorityEvents() {
        inheritance.releaseNotifications();
    }

    /**
     * Describes the waiters of this table.
     *
     * <p>This is no snapshot: other threads use the table during the call. A waiter that is queued throughout is
     * described exactly once, whether or not it is requeued; a wait on many words once for each. A waiter that comes or
     * goes may or may not be described.
     *
     * <p>Each word is read once for all of its waiters, without a lock, through the memory of the first of them. If
     * that fails in any way, the word is {@linkplain WaiterInfo#actual unreadable}. Requeues may be stopped for a
     * moment if they keep moving waiters.
     *
     * @return the waiters, what they wait for, since which dump, and what the word held during this call
     */
    public List<WaiterInfo> waiters() {
        return WaiterScan.dump(buckets, clock.nanos(ClockId.MONOTONIC));
    }

    /**
     * Those who wait on a word that was changed long ago: most likely a wake is missing in the program.
     *
     * <p>Call this from time to time, from a watchdog. The first call that finds a waiter's word changed starts the waiter's time; one that finds
     * the word as the waiter expects it, or the waiter moved to another word, stops it. What happens to the word between two calls is not seen.
     * However long somebody has waited, a call between a program's store and its wake does not name him, unless {@code atLeast} is zero.
     *
     * <p>Waiters are found, and words are read, as {@link #waiters} does.
     *
     * <p>Each is also recorded as an event {@code org.jfutex.StuckWaiter}, if the flight recorder runs with it enabled.
     *
     * @param atLeast how long before this call one must have begun that found the word changed, as every one since; with zero this call will do
     * @return the waiters
     */
    public List<WaiterInfo> findStuckWaiters(Duration atLeast) {
        requireNonNull(atLeast, "atLeast");
        List<WaiterInfo> stuck = watchdog.findStuck(this, atLeast);
        stuck.forEach(JfrRecorder::stuck);
        return stuck;
    }

    /**
     * A listener that lets waiters follow their words: what the mail of 2003 calls possible and Linux never merged.
     *
     * <p>Give it to a memory that reports its remaps, in the order that {@link MappingListener} requires. Waiters of a range that moved, which
     * are not waiting on a shared mapping, are found at the new address when the report has returned, in their order. Waits in a range that
     * was unmapped end as {@link WaitResult#UNMAPPED}. A task that waits to be requeued to a lock keeps that lock's address.
     *
     * @return the listener
     */
    public MappingListener mappingListener() {
        return new WaiterRelocator(this);
    }

    // ---- rooms

    /** Checks an address and names its word. */
    FutexKey key(FutexMemory memory, long address, Scope scope, WordSize size, Access access) {
        requireNonNull(memory, "memory");
        requireNonNull(scope, "scope");
        Preconditions.aligned(address, size);
        if (scope == Scope.SHARED) {
            return memory.sharedKey(address, access);
        }
        Preconditions.userAddress(memory, address);
        return new PrivateKey(memory, address);
    }

    /** Refuses a waiter beyond the limits, if there are any; else nothing may keep it from being added to the queue. */
    void admitLocked(WaitQueue q) {
        if (limits != null) {
            limits.admitLocked(q);
        }
    }
}
