package org.jfutex;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.Executor;
import org.jfutex.time.FutexClock;
import org.jspecify.annotations.Nullable;

/** The settings of a {@link FutexTable}; all have defaults that fit. */
public final class FutexTableBuilder {

    private static final int BUCKETS_A_PROCESSOR = 64;

    FutexClock clock = FutexClock.system();
    SpinPolicy spinPolicy = SpinPolicy.ADAPTIVE;
    PiTasks tasks = tid -> null;

    @Nullable
    Executor callbackExecutor;

    CallbackThreads callbackThreads = CallbackThreads.ALL; // another one in tests only

    int buckets = Math.max(
            256,
            Integer.highestOneBit(BUCKETS_A_PROCESSOR * Runtime.getRuntime().availableProcessors() * 2 - 1));

    private int waiterLimit = WaiterLimits.NONE;
    private int keyWaiterLimit = WaiterLimits.NONE;

    FutexTableBuilder() {}

    /**
     * Sets the clock of the table.
     *
     * @param source the clock; the system's unless set
     * @return this
     */
    public FutexTableBuilder clock(FutexClock source) {
        clock = requireNonNull(source, "clock");
        return this;
    }

    /**
     * Sets what a thread does before it parks.
     *
     * <p>With {@link SpinPolicy#ADAPTIVE} an untimed wait may spin for up to 50 microseconds, while that pays. {@link
     * SpinPolicy#NONE} suits programs that must not spend processor time on waiting. The locks of {@link
     * org.jfutex.sync} follow the policy of their table.
     *
     * @param policy the policy; {@link SpinPolicy#ADAPTIVE} unless set
     * @return this
     */
    public FutexTableBuilder spinPolicy(SpinPolicy policy) {
        spinPolicy = requireNonNull(policy, "policy");
        return this;
    }

    /**
     * Calls the callbacks, and completes the stages, of waits that have ended on no thread of the caller: those whose
     * deadline has passed on the system's clock, or on another one that uses the {@linkplain FutexClock#schedule
     * default timer}. All other callbacks are called by the thread that ended the wait.
     *
     * <p>Unless this is set, daemon threads of this library call them. They are made when they are needed and end after
     * a second without work. Each callback has a thread for itself, so a slow one delays no other; when 256 callbacks
     * of all tables are running, the next ones wait until one of them has returned.
     *
     * <p>If the executor throws an exception, those threads take the callback; anything but a {@link
     * java.util.concurrent.RejectedExecutionException} also goes to the uncaught exception handler. If no thread can be
     * made, the thread that keeps the time calls it, and the deadlines of all tables are late until it returns. A
     * callback that an executor accepts and never runs is lost.
     *
     * @param executor runs short tasks; its {@code execute} must not block
     * @return this
     */
    public FutexTableBuilder callbackExecutor(Executor executor) {
        callbackExecutor = requireNonNull(executor, "executor");
        return this;
    }

    /**
     * Sets the registry that finds the owner of a PI lock by the thread id in the lock's word.
     *
     * @param registry finds a task by its thread id; without one no task is found, so no task can wait for a lock
     * @return this
     */
    public FutexTableBuilder tasks(PiTasks registry) {
        tasks = requireNonNull(registry, "tasks");
        return this;
    }

    /**
     * Sets the number of buckets. A small number forces keys to share buckets, which is useful in tests.
     *
     * @param count a power of two; by default 64 for each processor and 256 at least
     * @return this
     * @throws IllegalArgumentException if {@code count} is not a power of two from 2 to 65536
     */
    public FutexTableBuilder buckets(int count) {
        if (count < 2 || count > Buckets.MAX_BUCKETS || Integer.bitCount(count) != 1) {
            throw new IllegalArgumentException(count + " buckets: not a power of two from 2 to " + Buckets.MAX_BUCKETS);
        }
        buckets = count;
        return this;
    }

    /**
     * Limits the waiters of the whole table, so that an untrusted guest cannot exhaust the host. A further wait is
     * refused with {@link TooManyWaitersException}. Each word of a wait on several words counts. With a limit, every
     * start and end of a wait writes one more word, which all threads share. A wake without waiters does not.
     *
     * @param most the limit; none unless set
     * @return this
     * @throws IllegalArgumentException if {@code most} is not positive
     */
    public FutexTableBuilder waiterLimit(int most) {
        waiterLimit = positive(most);
        return this;
    }

    /**
     * Limits the waiters of one key. A further wait is refused with {@link TooManyWaitersException}. Requeued waiters
     * are not refused.
     *
     * @param most the limit; none unless set
     * @return this
     * @throws IllegalArgumentException if {@code most} is not positive
     */
    public FutexTableBuilder keyWaiterLimit(int most) {
        keyWaiterLimit = positive(most);
        return this;
    }

    private static int positive(int most) {
        if (most <= 0) {
            throw new IllegalArgumentException("a limit of " + most + " waiters is not positive");
        }
        return most;
    }

    @Nullable
    WaiterLimits limits() {
        boolean none = waiterLimit == WaiterLimits.NONE && keyWaiterLimit == WaiterLimits.NONE;
        return none ? null : new WaiterLimits(waiterLimit, keyWaiterLimit);
    }

    /**
     * Builds the table. The first one in a process loads the classes that waits and wakes need, so that no wait loads
     * them.
     *
     * @return a table without waiters
     */
    public FutexTable build() {
        return new FutexTable(this);
    }
}
