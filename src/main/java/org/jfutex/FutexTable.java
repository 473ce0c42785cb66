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
import org.jfutex.key.WordSize;
import org.jfutex.time.ClockId;
import org.jfutex.time.Deadline;
import org.jfutex.time.FutexClock;
import org.jspecify.annotations.Nullable;

/**
 * A futex table: threads and programs wait on words of memory until another thread wakes them.
 *
 * <p>One table can serve any number of memories. A wake finds only waiters of its own table. A table needs no
 * configuration, and a word without waiters uses no memory.
 *
 * <pre>{@code
 * // wait while the word is 0                          // set it, and wake all waiters
 * while (memory.load(address) == 0) {                  memory.store(address, 1);
 *     table.await(memory, address, PRIVATE, 0);        table.wake(memory, address, PRIVATE, Integer.MAX_VALUE);
 * }
 * }</pre>
 *
 * <p>Waiters of equal priority are woken in the order of their arrival. The sum of what wakes report equals the number
 * of waits that end as {@link WaitResult#WOKEN}, even under timeouts, interrupts, cancellation and requeues. A wait on
 * several words counts once for each of them that was woken.
 *
 * <p>Addresses are unsigned and must be multiples of the word's size, else {@link IllegalArgumentException} is thrown.
 * A word that is read or written must be accessible, and so must every word of a {@link Scope#SHARED} operation, else
 * {@link org.jfutex.key.MemoryFaultException} is thrown. A memory without atomic 64-bit words throws {@link
 * UnsupportedOperationException} for those. All of these are thrown before anything has changed.
 *
 * <p>An operation that fails leaves the table consistent. A {@link StackOverflowError} is thrown before anything has
 * changed. An {@link OutOfMemoryError} is thrown before anything has changed, or after the operation is complete, since
 * the result needs memory as well. Only a requeue may by then have woken waiters without moving any. If a memory, a
 * clock or the JVM fails during a wait, the waiter leaves its queue, and a wake that has chosen it passes to the next
 * waiter.
 *
 * <p>A table is not closed. It has no thread, file or memory off the heap: the threads that serve deadlines and
 * callbacks belong to the library and end when they are idle. A table that is no longer referenced is garbage. To end
 * all of its waits, call {@code cancel(key -> true)}.
 *
 * <p>Source: futex(2) and futex_waitv(2), as Linux 6.18 implements them.
 *
 * <p><b>Memory consistency effects:</b> actions in a thread before a wake happen-before actions in another thread after
 * a wait that this wake ended. A wait that a wake does not find reads the word after all changes that the waker made
 * before this wake, in any access mode, so it does not sleep on an older value.
 */
public final class FutexTable extends PiTable {

    /** The maximum number of words in one wait: FUTEX_WAITV_MAX. */
    public static final int MAX_WORDS = WaitvWait.MAX_WORDS;

    private final PiTasks tasks;
    private final StuckWaiterDetector watchdog = new StuckWaiterDetector();

    /**
     * Creates a table that uses the system's clocks. The first table of a process loads the classes that waits need,
     * which takes a few milliseconds of processor time.
     */
    public FutexTable() {
        this(builder());
    }

    FutexTable(FutexTableBuilder b) {
        super(b.buckets, b.clock, b.spinPolicy, b.callbackExecutor, b.callbackThreads, b.limits(), b.tasks::find);
        FirstUse.prepare();
        tasks = b.tasks;
    }

    /**
     * Returns a builder for a table with other settings.
     *
     * @return the builder, with every setting at its default
     */
    public static FutexTableBuilder builder() {
        return new FutexTableBuilder();
    }

    /**
     * Returns the clock that this table reads.
     *
     * @return the clock
     */
    public FutexClock clock() {
        return clock;
    }

    /**
     * Returns what threads do in this table before they park.
     *
     * @return the policy
     */
    public SpinPolicy spinPolicy() {
        return spinPolicy;
    }

    /**
     * Returns the registry in which this table finds the tasks named by lock words.
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
     * @param scope whether the key is private or shared
     * @param expected the value that the word must hold
     * @return {@link WaitResult#WOKEN} or {@link WaitResult#VALUE_DIFFERS}, or another result if the wait is cancelled
     *     or its mapping is removed
     * @throws InterruptedException if the thread was interrupted before a wake
     * @throws TooManyWaitersException if a {@linkplain FutexTableBuilder#waiterLimit limit of this table} is reached;
     *     then no waiter is queued
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
     * @param scope whether the key is private or shared
     * @param expected the value that the word must hold
     * @param deadline when the wait times out; with a deadline in the past it times out at once, after the word has
     *     been compared
     * @return how the wait ended
     * @throws InterruptedException if the thread was interrupted before a wake
     * @throws TooManyWaitersException if a {@linkplain FutexTableBuilder#waiterLimit limit of this table} is reached;
     *     then no waiter is queued
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
     * Sleeps with options until woken or until a deadline: FUTEX_WAIT_BITSET, and word sizes other than Linux's.
     *
     * @param memory the caller's memory
     * @param address the word
     * @param scope whether the key is private or shared
     * @param expected the value that the word must hold, zero-extended from the word's size
     * @param options size, bitset, priority
     * @param deadline when the wait times out; with a deadline in the past it times out at once, after the word has
     *     been compared
     * @return how the wait ended
     * @throws IllegalArgumentException also if {@code expected} does not fit the word
     * @throws InterruptedException if the thread was interrupted before a wake
     * @throws TooManyWaitersException if a {@linkplain FutexTableBuilder#waiterLimit limit of this table} is reached;
     *     then no waiter is queued
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
     * Queues a waiter without blocking, if the word holds the expected value. The caller then decides how to wait.
     *
     * @param memory the caller's memory
     * @param address the word
     * @param scope whether the key is private or shared
     * @param expected the value that the word must hold
     * @return the wait; it has ended as {@link WaitResult#VALUE_DIFFERS} if the word holds another value
     * @throws TooManyWaitersException if a {@linkplain FutexTableBuilder#waiterLimit limit of this table} is reached;
     *     then no waiter is queued
     */
    public PreparedWait prepare(FutexMemory memory, long address, Scope scope, int expected) {
        return prepare(memory, address, scope, Integer.toUnsignedLong(expected), WaitOptions.DEFAULT);
    }

    /**
     * Queues a waiter with options, without blocking: FUTEX_WAIT_BITSET, and word sizes other than Linux's.
     *
     * @param memory the caller's memory
     * @param address the word
     * @param scope whether the key is private or shared
     * @param expected the value that the word must hold, zero-extended from the word's size
     * @param options size, bitset, priority
     * @return the wait; it has ended as {@link WaitResult#VALUE_DIFFERS} if the word holds another value
     * @throws IllegalArgumentException also if {@code expected} does not fit the word
     * @throws TooManyWaitersException if a {@linkplain FutexTableBuilder#waiterLimit limit of this table} is reached;
     *     then no waiter is queued
     */
    public PreparedWait prepare(FutexMemory memory, long address, Scope scope, long expected, WaitOptions options) {
        return Wait.prepare(this, memory, address, scope, expected, options);
    }

    /**
     * Queues a waiter without reading the word, as FUTEX_FD did.
     *
     * <p>This is racy: a wake between the caller's own read of the word and this call is lost for this caller. {@link
     * FutexFd} is built on this method.
     *
     * @param memory the caller's memory
     * @param address the word, 32 bits
     * @param scope whether the key is private or shared
     * @return the wait
     * @throws TooManyWaitersException if a {@linkplain FutexTableBuilder#waiterLimit limit of this table} is reached;
     *     then no waiter is queued
     */
    public PreparedWait prepareUnchecked(FutexMemory memory, long address, Scope scope) {
        return Wait.prepareUnchecked(this, memory, address, scope);
    }

    /**
     * Queues a waiter on each of several words: futex_waitv(2).
     *
     * <p>The wait ends when any of them is woken; {@link PreparedWait#index} returns which. Each word counts
     * separately: a wake that finds two of them reports two.
     *
     * @param memory the caller's memory
     * @param words 1 to {@value #MAX_WORDS} words; a word may occur more than once
     * @param priority the waiter's priority, see {@link WaitOptions}
     * @return the wait; it has ended as {@link WaitResult#VALUE_DIFFERS} if a word differed and none of the words
     *     before it was woken during the call
     * @throws IllegalArgumentException if the list is empty or too long
     * @throws TooManyWaitersException if a {@linkplain FutexTableBuilder#waiterLimit limit of this table} is reached
     *     before every word has its waiter, and no wake has arrived by then; then no waiter remains queued
     */
    public PreparedWait prepareAny(FutexMemory memory, List<WaitWord> words, int priority) {
        requireNonNull(memory, "memory");
        requireNonNull(words, "words");
        return WaitvWait.prepare(this, memory, words, priority);
    }

    // ---- wake

    /**
     * Wakes waiters of a word: FUTEX_WAKE. The word itself is not read.
     *
     * @param memory the caller's memory
     * @param address the word, 32 bits
     * @param scope whether the key is private or shared
     * @param count the maximum number of waiters to wake, not negative
     * @return the number of waiters woken
     * @throws IllegalArgumentException also if {@code count} is negative
     * @throws MixedWaitersException if a PI waiter was found
     */
    public int wake(FutexMemory memory, long address, Scope scope, int count) {
        long hash = Wake.checkedHash(this, memory, address, scope, count);
        VarHandle.fullFence(); // (B) see Bucket; the caller may have written the word by a plain store
        return isEmpty(hash) ? 0 : Wake.queued(this, memory, address, scope, count);
    }

    /**
     * Wakes waiters like {@link #wake}, without the leading full fence. Use it only if the last write to the word was
     * volatile or a compare-and-exchange.
     *
     * <p>Such a write replaces the fence, which costs more than the rest of a wake that finds no waiter. All writes of
     * a {@link FutexMemory} are of that kind. After a plain, opaque or release write this method may miss a waiter that
     * went to sleep on the old value.
     *
     * @param memory the caller's memory
     * @param address the word, 32 bits
     * @param scope whether the key is private or shared
     * @param count the maximum number of waiters to wake, not negative
     * @return the number of waiters woken
     * @throws IllegalArgumentException also if {@code count} is negative
     * @throws MixedWaitersException if a PI waiter was found
     */
    public int wakePublished(FutexMemory memory, long address, Scope scope, int count) {
        long hash = Wake.checkedHash(this, memory, address, scope, count);
        return isEmpty(hash) ? 0 : Wake.queued(this, memory, address, scope, count);
    }

    /**
     * Wakes those waiters of a word whose bitset intersects the given one: FUTEX_WAKE_BITSET.
     *
     * @param memory the caller's memory
     * @param address the word
     * @param scope whether the key is private or shared
     * @param count the maximum number of waiters to wake, not negative
     * @param options the word's size and the bitset; waiters without a common bit are skipped
     * @return the number of waiters woken
     * @throws IllegalArgumentException also if {@code count} is negative
     * @throws MixedWaitersException if a PI waiter was found
     */
    public int wake(FutexMemory memory, long address, Scope scope, int count, WaitOptions options) {
        Preconditions.count(count);
        requireNonNull(options, "options");
        FutexKey key = key(memory, address, scope, options.size(), Access.READ);
        long hash = hash(key);
        VarHandle.fullFence(); // (B)
        return isEmpty(hash) ? 0 : Wake.queued(bucket(hash), key, hash, count, options.bitset());
    }

    // ---- wake and move

    /**
     * Wakes some waiters of a word and moves others to another word: FUTEX_REQUEUE.
     *
     * @param memory the caller's memory
     * @param from the word whose waiters are woken or moved, 32 bits
     * @param to the word to which they move, 32 bits
     * @param scope whether both keys are private or shared
     * @param wake the maximum number of waiters to wake, not negative
     * @param move the maximum number of the remaining waiters to move, not negative
     * @return the numbers of waiters woken and moved
     * @throws IllegalArgumentException also if a count is negative
     * @throws MixedWaitersException if a PI waiter was found
     */
    public RequeueResult requeue(FutexMemory memory, long from, long to, Scope scope, int wake, int move) {
        return requeue(memory, from, to, scope, WordSize.U32, wake, move, null);
    }

    /**
     * Wakes and moves waiters if the first word holds the expected value: FUTEX_CMP_REQUEUE.
     *
     * <p>The comparison, the wakes and the moves are one atomic step for all other operations.
     *
     * @param memory the caller's memory
     * @param from the word whose waiters are woken or moved
     * @param to the word to which they move
     * @param scope whether both keys are private or shared
     * @param size the size of both words
     * @param wake the maximum number of waiters to wake, not negative
     * @param move the maximum number of the remaining waiters to move, not negative
     * @param expected the value that {@code from} must hold, zero-extended
     * @return the numbers of waiters woken and moved
     * @throws IllegalArgumentException also if a count is negative, or {@code expected} does not fit the words
     * @throws MixedWaitersException if a PI waiter was found
     */
    public RequeueResult compareAndRequeue(
            FutexMemory memory, long from, long to, Scope scope, WordSize size, int wake, int move, long expected) {
        requireNonNull(size, "size");
        Preconditions.value(expected, size);
        return requeue(memory, from, to, scope, size, wake, move, expected);
    }

    /**
     * Wakes and moves waiters of a 32-bit word if it holds the expected value: FUTEX_CMP_REQUEUE, as in Linux.
     *
     * @param memory the caller's memory
     * @param from the word whose waiters are woken or moved
     * @param to the word to which they move
     * @param scope whether both keys are private or shared
     * @param wake the maximum number of waiters to wake, not negative
     * @param move the maximum number of the remaining waiters to move, not negative
     * @param expected the value that {@code from} must hold
     * @return the numbers of waiters woken and moved
     * @throws IllegalArgumentException also if a count is negative
     * @throws MixedWaitersException if a PI waiter was found
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
     * Changes one word and wakes waiters of another; also wakes waiters of the changed word if its former value
     * satisfies a comparison: FUTEX_WAKE_OP.
     *
     * @param memory the caller's memory
     * @param address the word whose waiters are woken in any case, 32 bits
     * @param changed the word that changes, 32 bits
     * @param scope whether both keys are private or shared
     * @param count the maximum number of waiters of {@code address} to wake, not negative
     * @param conditional the maximum number of waiters of {@code changed} to wake, not negative
     * @param op how {@code changed} is modified, and when its waiters are woken
     * @return the number of waiters woken
     * @throws IllegalArgumentException also if a count is negative
     * @throws MixedWaitersException if a PI waiter was found; the word has been changed by then
     */
    public int wakeOp(
            FutexMemory memory, long address, long changed, Scope scope, int count, int conditional, WakeOp op) {
        requireNonNull(op, "op");
        return Wake.andChange(this, memory, address, changed, scope, count, conditional, op);
    }

    /**
     * Gives a lock to the first task that waits for it on a word, or queues that task for the lock, and moves other
     * tasks behind it: FUTEX_CMP_REQUEUE_PI.
     *
     * <p>To signal a condition variable, pass zero as {@code move}; to broadcast, pass {@link Integer#MAX_VALUE}.
     *
     * @param memory the caller's memory
     * @param from the word on which the tasks wait, 32 bits
     * @param lock the lock's word, 32 bits
     * @param scope whether both keys are private or shared
     * @param move the maximum number of tasks to move besides the first, not negative
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
     * Ends all waits that began through a memory, as {@link WaitResult#CANCELLED}: when its process exits, or the
     * memory is closed.
     *
     * <p>These include waits on words of shared mappings, including requeued ones, and waits through a {@linkplain
     * FutexMemory#underlying view}. Waits on such a word through another memory remain. Waits that start during this
     * call may be missed.
     *
     * <p>The call releases every lock after a bounded number of waiters, so other threads use the table in between. It
     * may suspend requeues briefly if they keep moving waiters. It skips a word without reading its waiters if all of
     * them came through the other memory that first waited there.
     *
     * @param memory the memory
     * @return the number of waits that this call has ended. A wait on several words counts once. A wait that a wake, a
     *     timeout or another cancel has ended does not count. A wait that is still being prepared counts even if a wake
     *     comes later
     */
    public int cancel(FutexMemory memory) {
        requireNonNull(memory, "memory");
        return WaiterScan.endAll(buckets, null, memory, WaitResult.CANCELLED, true);
    }

    /**
     * Ends all waits on some keys, as {@link WaitResult#CANCELLED}: when a file is revoked, or a range is unmapped.
     *
     * <p>Waiters that are requeued during the call are cancelled, too. If requeues continue through 100 scans of the
     * table, the scan ends, and some waiters may be missed. Waits that start during this call may be missed. The call
     * releases every lock after a bounded number of waiters.
     *
     * @param which the keys whose waits end: {@link FutexKey#in}, {@link FutexKey#within}, {@link FutexKey#of}, or
     *     another predicate. It is called without a lock
     * @return the number of waits that this call has ended, counted as {@link #cancel(FutexMemory)} does
     */
    public int cancel(Predicate<? super FutexKey> which) {
        requireNonNull(which, "which");
        return WaiterScan.endAll(buckets, which, null, WaitResult.CANCELLED, false);
    }

    /**
     * Returns how many waiters are queued on a word at this moment.
     *
     * @param memory the caller's memory
     * @param address the word
     * @param scope whether the key is private or shared
     * @return the number of waiters
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
     * Keeps this thread from calling any {@link PriorityListener}. Use it while the thread holds a lock of its own that
     * a listener might acquire.
     *
     * <p>Priority changes made by this thread are reported when {@link #resumePriorityEvents} has been called once for
     * every call of this method; another thread may report them earlier. If this thread ends without that call, then
     * the next thread that changes a priority reports them, and the table keeps no reference to the ended thread.
     */
    public void suspendPriorityEvents() {
        inheritance.holdNotifications();
    }

    /**
     * Ends {@link #suspendPriorityEvents} and reports the suspended priority changes. The caller must not hold a lock
     * that a listener might acquire.
     */
    public void resumePriorityEvents() {
        inheritance.releaseNotifications();
    }

    /**
     * Describes the waiters of this table.
     *
     * <p>The list is not a snapshot: other threads use the table during the call. A waiter that is queued throughout
     * the call is described exactly once, even if it is requeued. A wait on several words is described once for each. A
     * waiter that is queued or removed during the call may or may not be described.
     *
     * <p>Each word is read once for all of its waiters, without a lock, through the memory of the first of them. If the
     * read fails, the word is {@linkplain WaiterInfo#actual unreadable}. The call may suspend requeues briefly if they
     * keep moving waiters.
     *
     * @return a description of each waiter, with the value of its word during this call
     */
    public List<WaiterInfo> waiters() {
        return WaiterDump.dump(buckets, clock.nanos(ClockId.MONOTONIC));
    }

    /**
     * Returns how many waiters were queued, woken and timed out since this table was created, and on how many waits a
     * thread slept.
     *
     * <p>Waiters are counted under locks that the operations hold anyway. This method locks each bucket in turn, so the
     * buckets are read at different moments.
     *
     * @return the counters
     */
    public TableCounters counters() {
        TableCounters sum = new TableCounters(0, 0, 0, 0, 0);
        for (Bucket b : buckets) {
            sum = b.plusCounters(sum);
        }
        return sum;
    }

    /**
     * Returns waiters whose word was changed long ago: the program has probably omitted a wake.
     *
     * <p>Call this from time to time, from a watchdog. The first call that finds a waiter's word changed starts the
     * time of that waiter. A call that finds the word with the expected value, or the waiter moved to another word,
     * stops it. Changes of the word between two calls are not seen. A call that runs between a program's store and its
     * wake does not report the waiter, however long it has waited, except if {@code atLeast} is zero.
     *
     * <p>Waiters are found, and words are read, as in {@link #waiters}.
     *
     * <p>Each of them is also recorded as an event {@code org.jfutex.StuckWaiter}, if a flight recording enables it.
     *
     * @param atLeast the minimum time for which every call of this method has seen the word changed; with zero, this
     *     call alone is enough
     * @return the waiters
     */
    public List<WaiterInfo> findStuckWaiters(Duration atLeast) {
        requireNonNull(atLeast, "atLeast");
        List<WaiterInfo> stuck = watchdog.findStuck(this, atLeast);
        stuck.forEach(FutexTable::record);
        return stuck;
    }

    /**
     * Returns a listener that moves waiters along with their words when a memory remaps them. The mail of 2003 names
     * this possibility; Linux never merged it.
     *
     * <p>Register it with a memory that reports its remaps in the order that {@link MappingListener} requires. When the
     * report of a move has returned, the waiters of the moved range are queued at the new address, in their order. This
     * does not concern waiters on a shared mapping. Waits in a range that was unmapped end as {@link
     * WaitResult#UNMAPPED}. A task that waits to be requeued to a lock keeps that lock's address.
     *
     * @return the listener
     */
    public MappingListener mappingListener() {
        return new WaiterRelocator(this);
    }

    private static void record(WaiterInfo stuck) {
        PiTask task = stuck.task();
        JfrRecorder.stuck(
                stuck.key(),
                stuck.thread(),
                task == null ? 0 : task.tid(),
                stuck.expected().orElse(0),
                stuck.actual().orElse(0));
    }
}
