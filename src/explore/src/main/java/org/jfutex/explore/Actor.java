package org.jfutex.explore;

import static java.util.Objects.requireNonNull;

import org.jfutex.FutexTable;
import org.jfutex.PendingWait;
import org.jfutex.PreparedWait;
import org.jfutex.RequeueResult;
import org.jfutex.Scope;
import org.jfutex.WaitOptions;
import org.jfutex.WaitResult;
import org.jfutex.WakeOp;
import org.jfutex.linux.Task;
import org.jfutex.linux.TaskTable;
import org.jfutex.memory.WordMemory;
import org.jspecify.annotations.Nullable;

/** A guest during an execution. */
abstract class Actor extends Baton.Holder implements Guest {

    /*
     * The states of a guest:
     *
     *      READY     -> SLEEPING   it has queued a waiter, and gives way
     *      SLEEPING  -> READY      it was chosen to continue, since its wait has ended or is to end
     *      READY     -> DONE       its program has returned or failed
     *      any       -> DEAD       it was killed
     */
    enum Status {
        READY,
        SLEEPING,
        DONE,
        DEAD
    }

    final Execution execution;
    final int index;
    private final String name;

    // ---- of the present run
    Status status = Status.READY;

    /** A hash of everything that the program has read, and so a description of its local state. */
    private long history;

    /** Its task, once it has used it. */
    private @Nullable Task task;

    /** The wait in which it sleeps. */
    @Nullable
    PendingWait<?> wait;

    /** The time at which that wait ends at the latest. */
    long deadline;

    /** A signal is pending. */
    boolean signalled;

    /** The wait is to end as woken for no reason. */
    boolean spurious;

    /** It has paused, and no other guest has made a step since. */
    boolean paused;

    /** The guests that must make a step before this one does, if they can: a bit for each. */
    int yieldsTo;

    /** The guests that could have made a step since this one paused last, and did not. */
    int starved;

    /** The number of the last step that it made. */
    int lastStep;

    /** How many steps in a row changed nothing. */
    int idleSteps;

    Actor(Execution execution, int index, String name) {
        this.execution = execution;
        this.index = index;
        this.name = name;
    }

    void reset() {
        status = Status.READY;
        history = index;
        task = null;
        wait = null;
        deadline = Long.MAX_VALUE;
        signalled = false;
        spurious = false;
        paused = false;
        yieldsTo = 0;
        starved = 0;
        lastStep = 0;
        idleSteps = 0;
    }

    /** Begins an operation of the program. */
    abstract void begin();

    final void observe(long value) {
        history = Mix.add(history, value);
    }

    /** Returns a description of the local state. */
    long localState() {
        return history;
    }

    final long fingerprint(long hash) {
        long h = Mix.add(hash, localState());
        PendingWait<?> w = wait;
        Object end = w == null ? null : w.poll();
        int flags = status.ordinal()
                | (signalled ? 8 : 0)
                | (spurious ? 16 : 0)
                | (paused ? 32 : 0)
                | (end == null ? 0 : 64 + 128 * ((Enum<?>) end).ordinal());
        h = Mix.add(h, flags);
        return yieldsTo == 0 && starved == 0 ? h : Mix.add(h, (long) yieldsTo << 32 | starved);
    }

    /** Returns whether this guest can make a step now. */
    final boolean isEnabled() {
        if (status != Status.SLEEPING) {
            return status == Status.READY;
        }
        return signalled || spurious || hasEnded() || execution.clock().now >= deadline;
    }

    private boolean hasEnded() {
        return requireNonNull(wait).poll() != null;
    }

    /** Returns whether it waits for a deadline in the future. */
    final boolean canTimeOut() {
        return status == Status.SLEEPING && deadline != Long.MAX_VALUE && !isEnabled();
    }

    final boolean isAsleep() {
        return status == Status.SLEEPING && !isEnabled();
    }

    private Scope scope() {
        return execution.scope();
    }

    private ExploredMemory words() {
        return execution.memory();
    }

    private void record(String text, long address, @Nullable Object... values) {
        Recorder recorder = execution.recorder();
        if (recorder != null) {
            recorder.access(this, text, address, values);
        }
    }

    // ---- words

    @Override
    public String name() {
        return name;
    }

    @Override
    public int index() {
        return index;
    }

    @Override
    public int load(long address) {
        begin();
        int value = words().get(address);
        observe(value);
        if (execution.recorder() != null) {
            record("loads %s: %s", address, value);
        }
        return value;
    }

    @Override
    public void store(long address, int value) {
        begin();
        words().set(address, value);
        observe(0);
        if (execution.recorder() != null) {
            record("stores %s = %s", address, value);
        }
    }

    @Override
    public boolean cas(long address, int expected, int desired) {
        return compareAndExchange(address, expected, desired) == expected;
    }

    @Override
    public int compareAndExchange(long address, int expected, int desired) {
        begin();
        int before = words().get(address);
        if (before == expected) {
            words().set(address, desired);
        }
        observe(before);
        if (execution.recorder() != null) {
            if (before == expected) {
                record("replaces %s: %s by %s", address, expected, desired);
            } else {
                record("expects %s = %s, finds %s", address, expected, before);
            }
        }
        return before;
    }

    @Override
    public int exchange(long address, int value) {
        begin();
        int before = words().get(address);
        words().set(address, value);
        observe(before);
        if (execution.recorder() != null) {
            record("exchanges %s: %s by %s", address, before, value);
        }
        return before;
    }

    @Override
    public int add(long address, int delta) {
        begin();
        int before = words().get(address);
        words().set(address, before + delta);
        observe(before);
        if (execution.recorder() != null) {
            record("adds to %s: %s + %s", address, before, delta);
        }
        return before;
    }

    // ---- waits

    /** Queues a waiter, or returns how the wait ended without one. */
    final @Nullable WaitResult queue(long address, int expected, int bitset, long nanos) {
        begin();
        boolean hooked = execution.suspendHook();
        try {
            PreparedWait queued = table().prepare(
                            words(),
                            address,
                            scope(),
                            Integer.toUnsignedLong(expected),
                            WaitOptions.DEFAULT.bitset(bitset));
            WaitResult end = queued.poll();
            if (end != null) {
                return ended(address, end);
            }
            wait = queued;
            deadline = nanos == Long.MAX_VALUE ? nanos : execution.clock().now + Math.max(nanos, 0);
            status = Status.SLEEPING;
            execution.queued(this);
            record("sleeps on %s, which holds %s", address, expected);
            return null;
        } finally {
            execution.resumeHook(hooked);
        }
    }

    private WaitResult ended(long address, WaitResult end) {
        observe(end.ordinal());
        record("does not sleep on %s: %s", address, end);
        return end;
    }

    /** Ends the wait in which this guest has slept, and returns how it ended. */
    final WaitResult endWait() {
        PreparedWait slept = (PreparedWait) requireNonNull(wait);
        WaitResult end = slept.poll();
        if (end == null) {
            end = slept.cancel();
            if (end == WaitResult.CANCELLED) {
                end = signalled ? WaitResult.CANCELLED : spurious ? WaitResult.WOKEN : WaitResult.TIMED_OUT;
                signalled &= end != WaitResult.CANCELLED;
                execution.countSpurious(end == WaitResult.WOKEN);
            }
        }
        spurious = false;
        wait = null;
        deadline = Long.MAX_VALUE;
        observe(end.ordinal());
        Recorder recorder = execution.recorder();
        if (recorder != null) {
            recorder.event(this, "continues: " + end);
        }
        if (end == WaitResult.WOKEN) {
            execution.countWoken();
        }
        return end;
    }

    @Override
    public WaitResult await(long address, int expected) {
        return await(address, expected, WaitOptions.MATCH_ANY, Long.MAX_VALUE);
    }

    // ---- wakes

    @Override
    public int wake(long address, int count) {
        return wake(address, count, WaitOptions.MATCH_ANY);
    }

    @Override
    public int wake(long address, int count, int bitset) {
        begin();
        boolean hooked = execution.suspendHook();
        try {
            int woken = table().wake(words(), address, scope(), count, WaitOptions.DEFAULT.bitset(bitset));
            woke(woken);
            record("wakes at most " + count + " of %s: %s woken", address, woken);
            return woken;
        } finally {
            execution.resumeHook(hooked);
        }
    }

    private void woke(int woken) {
        observe(woken);
        execution.countWakes(woken);
    }

    @Override
    public RequeueResult requeue(long from, long to, int wake, int move, int expected) {
        begin();
        boolean hooked = execution.suspendHook();
        try {
            RequeueResult result = table().compareAndRequeue(words(), from, to, scope(), wake, move, expected);
            woke(result.woken());
            observe(result.valueDiffered() ? -1 : result.moved());
            execution.tableUsed();
            record(
                    "requeues from %s to " + execution.nameOf(to) + ": "
                            + (result.valueDiffered()
                                    ? "the value differs"
                                    : result.woken() + " woken, " + result.moved() + " moved"),
                    from);
            return result;
        } finally {
            execution.resumeHook(hooked);
        }
    }

    @Override
    public int wakeOp(long address, long changed, int count, int conditional, WakeOp op) {
        begin();
        boolean hooked = execution.suspendHook();
        try {
            int woken = table().wakeOp(words(), address, changed, scope(), count, conditional, op);
            woke(woken);
            record("changes " + execution.nameOf(changed) + " and wakes waiters of %s: %s", address, woken);
            return woken;
        } finally {
            execution.resumeHook(hooked);
        }
    }

    @Override
    public void pause() {
        begin();
        observe(0);
        execution.pause(this);
        record("pauses", 0);
    }

    // ---- other code

    @Override
    public FutexTable table() {
        return execution.table();
    }

    @Override
    public WordMemory memory() {
        return execution.memory();
    }

    @Override
    public Task task() {
        if (task == null) {
            task = execution.newTask(this);
        }
        return task;
    }

    @Nullable
    Task taskIfAny() {
        return task;
    }

    @Override
    public TaskTable tasks() {
        return execution.tasks();
    }

    @Override
    public void setRobustList(long head) {
        execution.setRobustList(task(), head);
    }

    @Override
    public void note(String text) {
        requireNonNull(text, "text");
        Recorder recorder = execution.recorder();
        if (recorder != null) {
            recorder.event(this, text);
        }
    }
}
