package org.jfutex.linux;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jfutex.PiTask;
import org.jfutex.key.FutexMemory;
import org.jspecify.annotations.Nullable;

/**
 * A thread of a guest program, as the kernel knows it: an id, a process, a memory, and what is to be done when it exits.
 *
 * <p>Tasks are made by {@link Tasks#spawn}, {@link #newThread} and {@link #fork}. A task makes one call at a time, but while that is {@linkplain FutexCall#suspend
 * suspended} the handler of the signal may make others.
 */
public final class Task {

    /*
     * States, under the lock of Tasks:
     *
     *      ALIVE -> EXITING -> DEAD        exit
     *      ALIVE -> EXITING -> ALIVE       exec
     *      ALIVE -> EXITING -> DEAD        exec, and somebody ends the task or its process meanwhile
     *
     * A call and an exit meet like this: the call is put into "calls", then the state is looked at, then the call is begun; the exit sets the state, then
     * looks into "calls" and ends what it finds. One of them sees the other, so either the call does nothing, or the exit finds the lock that the call has
     * taken. A call that takes a lock and never sleeps is not in "calls"; it holds "gaining" meanwhile, and the exit waits for that.
     */

    /** A task's life. */
    public enum State {
        /** It runs or sleeps. */
        ALIVE,
        /** It cleans up, to exit or to start another program. */
        EXITING,
        /** It is gone. */
        DEAD
    }

    private final Tasks tasks;
    final GuestProcess process;

    /* Written under the lock of Tasks, read without. */
    private volatile State state = State.ALIVE;
    private volatile PiTask pi; // a new one for every program
    private volatile Mm mm;

    /** The calls that are not over, the latest first: it sleeps, or is suspended as those behind it are, whose handlers make it. */
    private final ConcurrentLinkedDeque<SleepingCall<?>> calls = new ConcurrentLinkedDeque<>();

    private final ReentrantLock gaining = new ReentrantLock();

    /* The task's own affair: written by its calls, read by its exit. */
    private volatile @Nullable RobustList robustList;
    private volatile @Nullable RobustList compatRobustList;
    private volatile long clearChildTid;

    Task(Tasks tasks, GuestProcess process, int tid, Mm mm) {
        this.tasks = tasks;
        this.process = process;
        this.mm = mm;
        this.pi = tasks.newPiTask(this, tid, mm.memory);
    }

    /**
     * The thread id, which is what PI and robust futex words hold.
     *
     * @return 1 to 0x3fffffff
     */
    public int tid() {
        return pi.tid();
    }

    /**
     * The process id: the thread id of the process's leader.
     *
     * @return the id
     */
    public int pid() {
        return process.pid;
    }

    /**
     * The memory that this task lives in, its mm.
     *
     * @return the memory
     */
    public FutexMemory memory() {
        return mm.memory;
    }

    /**
     * This task to the table: an owner of PI locks.
     *
     * @return its identity as an owner, which ends with its program
     */
    public PiTask pi() {
        return pi;
    }

    /**
     * Its own priority.
     *
     * @return 0 for normal, 1 to 99 for real-time
     */
    public int priority() {
        return pi.priority();
    }

    /**
     * Changes its priority. A plain waiter keeps the place that it took, a waiter for a PI lock moves.
     *
     * @param priority 0 for normal, 1 to 99 for real-time
     * @throws IllegalArgumentException if it is out of range
     */
    public void setPriority(int priority) {
        tasks.setPriority(this, priority);
    }

    /**
     * Whether it lives.
     *
     * @return the state
     */
    public State state() {
        return state;
    }

    /**
     * Makes another thread of this process: clone(2) with CLONE_THREAD.
     *
     * @return the thread, with this one's priority and a thread id that is free
     * @throws IllegalStateException if this task or its process exits, or has exited
     */
    public Task newThread() {
        return tasks.add(this, process, memory(), 0);
    }

    /**
     * Makes another thread of this process with a given thread id.
     *
     * @param tid the thread id, 1 to {@value Tasks#MAX_TID}
     * @return the thread, with this one's priority
     * @throws IllegalArgumentException if the thread id is out of range, or taken
     * @throws IllegalStateException if this task or its process exits, or has exited
     */
    public Task newThread(int tid) {
        return tasks.add(this, process, memory(), Tasks.checked(tid));
    }

    /**
     * Makes a process: fork(2), or clone(2) with CLONE_VM if it gets this task's own memory.
     *
     * @param childMemory the child's memory
     * @return the child's first thread, with this one's priority, a thread id that is free, no robust list and no clear_child_tid
     * @throws IllegalStateException if this task or its process exits, or has exited
     */
    public Task fork(FutexMemory childMemory) {
        return tasks.add(this, null, requireNonNull(childMemory, "childMemory"), 0);
    }

    /**
     * Makes a process with a given process id.
     *
     * @param childMemory the child's memory
     * @param pid the id of the process and of its first thread, 1 to {@value Tasks#MAX_TID}
     * @return the child's first thread
     * @throws IllegalArgumentException if the id is out of range, or taken
     * @throws IllegalStateException if this task or its process exits, or has exited
     */
    public Task fork(FutexMemory childMemory, int pid) {
        return tasks.add(this, null, requireNonNull(childMemory, "childMemory"), Tasks.checked(pid));
    }

    /**
     * Starts another program in this process: execve(2).
     *
     * <p>All other threads of the process die. If this one is not the leader it takes over the leader's thread id, before anything else: its robust
     * locks, which hold the old id, are passed over then, as in Linux. Then its robust list is walked, its PI locks are released, clear_child_tid is
     * served if others still use the old memory, and the task goes on in the new one.
     *
     * <p>If somebody ends this task or its process meanwhile, it exits when it has come to the new program, and so does its process. So it does if the old
     * memory fails with anything but a {@link org.jfutex.key.MemoryFaultException}, which is thrown on then.
     *
     * @param newMemory the new program's memory
     * @throws IllegalStateException if this task has exited, is ended meanwhile, or its process exits or starts another program already
     */
    public void exec(FutexMemory newMemory) {
        Exit.exec(tasks, this, newMemory);
    }

    /**
     * Ends this task: exit(2), wherever it is.
     *
     * <p>It runs no more of its program: what it took by itself from here on, nobody would give back. A call that it sleeps in ends, and one that is about
     * to begin does nothing. Then, in this order: its robust list is walked, its PI locks go to their waiters, and if others use its
     * memory, clear_child_tid is set to 0 and one waiter there woken by a shared operation. A second exit does nothing.
     *
     * <p>If its memory fails in a step with anything but a {@link org.jfutex.key.MemoryFaultException}, all others are done, and then that is thrown on.
     */
    public void exit() {
        Exit.exit(tasks, this);
    }

    /** Ends every task of this process, this one first: exit_group(2), or a deadly signal. */
    public void exitGroup() {
        Exit.exitGroup(tasks, this);
    }

    @Override
    public String toString() {
        return "task " + tid() + " of process " + pid() + (state == State.ALIVE ? "" : ", " + state);
    }

    // ---- rooms

    boolean isAlive() {
        return state == State.ALIVE;
    }

    /** Under the lock of Tasks. */
    void stateLocked(State now) {
        state = now;
    }

    /** Under the lock of Tasks. */
    void programLocked(PiTask owner, Mm memory) {
        pi = owner;
        mm = memory;
    }

    Mm mm() {
        return mm;
    }

    void entersCall(SleepingCall<?> now) {
        SleepingCall<?> before = calls.peek();
        if (before != null && !before.isDone() && !before.isSuspended()) {
            throw new IllegalStateException(this + " is still in another call");
        }
        calls.push(now);
    }

    void leavesCall(SleepingCall<?> now) {
        calls.remove(now);
    }

    /** The call that it made last, of those that are not over. */
    @Nullable
    SleepingCall<?> call() {
        return calls.peek();
    }

    /** Ends all calls. */
    void endCalls() {
        calls.forEach(FutexCall::cancel);
    }

    /**
     * Does what may make this task an owner, and never sleeps: all of it before the exit looks at what this task owns, or nothing.
     *
     * @throws Refusal EINTR if the task exits already
     */
    <R> R unlessItExits(Supplier<R> gain) {
        gaining.lock();
        try {
            Refusal.unless(isAlive(), Errno.EINTR);
            return gain.get();
        } finally {
            gaining.unlock();
        }
    }

    /** Waits until this task gains nothing any more; its state says already that it exits. */
    @SuppressWarnings("LockNotBeforeTry") // there is nothing to try
    void awaitGain() {
        gaining.lock();
        gaining.unlock();
    }

    /** The robust list that was registered with an ABI; a task can have one of each word size. */
    @Nullable
    RobustList robustList(Abi abi) {
        return abi.bits() == 64 ? robustList : compatRobustList;
    }

    void setRobustList(Abi abi, @Nullable RobustList list) {
        if (abi.bits() == 64) {
            robustList = list;
        } else {
            compatRobustList = list;
        }
    }

    long clearChildTid() {
        return clearChildTid;
    }

    void setClearChildTid(long address) {
        clearChildTid = address;
    }
}
