package org.jfutex.linux;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jfutex.PiTask;
import org.jfutex.key.FirstFailure;
import org.jfutex.key.FutexMemory;
import org.jspecify.annotations.Nullable;

/**
 * A thread of a guest program as the kernel sees it: a thread id, a process, a memory, and the steps of its exit.
 *
 * <p>{@link TaskTable#spawn}, {@link #newThread} and {@link #fork} create tasks. A task makes one call at a time. While
 * that call is {@linkplain FutexCall#suspend suspended}, the signal's handler may make other calls.
 */
public final class Task {

    /*
     * States, guarded by the lock of TaskTable:
     *
     *      ALIVE -> EXITING -> DEAD        exit
     *      ALIVE -> EXITING -> ALIVE       exec
     *      ALIVE -> EXITING -> DEAD        exec, and another task ends this task or its process during the exec
     *
     * A call races with an exit in this way:
     *
     *      call                                exit
     *      add itself to "calls"               state = EXITING
     *      read the state, begin the call      read "calls", cancel what is found
     *
     * One of them sees the other. So either the call does nothing, or the exit finds the lock that the call has
     * acquired. A call that acquires a lock and never sleeps is not in "calls". It holds "acquiring" instead, and the
     * exit waits for that.
     */

    /** The states of a task. */
    public enum State {
        /** It runs or sleeps. */
        ALIVE,
        /** It cleans up before it exits or starts another program. */
        EXITING,
        /** It has exited. */
        DEAD
    }

    private final TaskTable tasks;
    final GuestProcess process;

    /* Written under the lock of TaskTable, read without it. */
    private volatile State state = State.ALIVE;
    private volatile PiTask pi; // a new one for every program
    private volatile MmUsers mm;

    /**
     * The calls that have not ended, the latest first. Each call but the first is suspended; a handler made the one
     * before.
     */
    private final ConcurrentLinkedDeque<QueuedCall<?>> calls = new ConcurrentLinkedDeque<>();

    private final ReentrantLock acquiring = new ReentrantLock();

    /* Written by the task's own calls, read by its exit. */
    private volatile @Nullable RobustList robustList;
    private volatile @Nullable RobustList compatRobustList;
    private volatile long clearChildTid;

    Task(TaskTable tasks, GuestProcess process, int tid, MmUsers mm) {
        this.tasks = tasks;
        this.process = process;
        this.mm = mm;
        this.pi = tasks.newPiTask(this, tid, mm.memory);
    }

    /**
     * Returns the thread id, which PI and robust futex words hold.
     *
     * @return the thread id, 1 to 0x3fffffff
     */
    public int tid() {
        return pi.tid();
    }

    /**
     * Returns the process id, which is the thread id of the process's leader.
     *
     * @return the id
     */
    public int pid() {
        return process.pid;
    }

    /**
     * Returns the memory of this task's process.
     *
     * @return the memory
     */
    public FutexMemory memory() {
        return mm.memory;
    }

    /**
     * Returns this task's identity as an owner of PI locks in the table.
     *
     * @return the owner, which changes when the task starts another program
     */
    public PiTask pi() {
        return pi;
    }

    /**
     * Returns the task's own priority, without what it inherits.
     *
     * @return 0 for normal, 1 to 99 for real-time
     */
    public int priority() {
        return pi.priority();
    }

    /**
     * Sets the task's own priority. A plain waiter keeps its position in the queue; a waiter for a PI lock moves.
     *
     * @param priority 0 for normal, 1 to 99 for real-time
     * @throws IllegalArgumentException if it is out of range
     */
    public void setPriority(int priority) {
        tasks.setPriority(this, priority);
    }

    /**
     * Returns the task's state.
     *
     * @return the state
     */
    public State state() {
        return state;
    }

    /**
     * Returns the task's clear_child_tid: PR_GET_TID_ADDRESS of prctl(2). CLONE_CHILD_CLEARTID and {@link
     * FutexCalls#setTidAddress} set it.
     *
     * @return the address of the word that becomes 0 when the task exits; 0 if there is none
     */
    public long clearChildTid() {
        return clearChildTid;
    }

    /**
     * Creates another thread of this process: clone(2) with CLONE_THREAD.
     *
     * @return the thread, with this task's priority and a free thread id
     * @throws IllegalStateException if this task or its process is exiting or has exited
     */
    public Task newThread() {
        return tasks.add(this, process, memory(), 0);
    }

    /**
     * Creates another thread of this process with a given thread id.
     *
     * @param tid the thread id, 1 to {@value TaskTable#MAX_TID}
     * @return the thread, with this task's priority
     * @throws IllegalArgumentException if the thread id is out of range or in use
     * @throws IllegalStateException if this task or its process is exiting or has exited
     */
    public Task newThread(int tid) {
        return tasks.add(this, process, memory(), TaskTable.checked(tid));
    }

    /**
     * Creates a process: fork(2), or clone(2) with CLONE_VM if {@code childMemory} is this task's own memory.
     *
     * @param childMemory the child's memory
     * @return the child's first thread, with this task's priority, a free thread id, no robust list and no
     *     clear_child_tid
     * @throws IllegalStateException if this task or its process is exiting or has exited
     */
    public Task fork(FutexMemory childMemory) {
        return tasks.add(this, null, requireNonNull(childMemory, "childMemory"), 0);
    }

    /**
     * Creates a process with a given process id.
     *
     * @param childMemory the child's memory
     * @param pid the id of the process and of its first thread, 1 to {@value TaskTable#MAX_TID}
     * @return the child's first thread
     * @throws IllegalArgumentException if the id is out of range or in use
     * @throws IllegalStateException if this task or its process is exiting or has exited
     */
    public Task fork(FutexMemory childMemory, int pid) {
        return tasks.add(this, null, requireNonNull(childMemory, "childMemory"), TaskTable.checked(pid));
    }

    /**
     * Starts another program in this process: execve(2).
     *
     * <p>All other threads of the process exit. If this task is not the leader, it first takes over the leader's thread
     * id. Its robust locks hold the old id, so the walk of the robust list skips them, as in Linux. Then its robust
     * list is walked, its PI locks are released, and clear_child_tid is served if other tasks still use the old memory.
     * At last the task continues in the new memory.
     *
     * <p>If another task ends this task or its process during the call, both exit at the end of the call. They also
     * exit if the old memory throws anything but a {@link org.jfutex.key.MemoryFaultException}; the call then throws
     * that.
     *
     * @param newMemory the new program's memory
     * @throws IllegalStateException if this task has exited or is ended during the call, or if its process is exiting
     *     or already starts another program
     */
    public void exec(FutexMemory newMemory) {
        Exit.exec(tasks, this, newMemory);
    }

    /**
     * Ends this task: exit(2). Any thread may call this method, whatever the task does.
     *
     * <p>The guest must not run this task's program any more, since a lock that the task takes after its exit is never
     * released. If the task sleeps in a call, the call ends; a call that is about to begin does nothing. Then, in this
     * order, the robust list is walked, and the PI locks go to their waiters. If other tasks use the memory,
     * clear_child_tid is set to 0 and one waiter there is woken by a shared operation. A second exit does nothing.
     *
     * <p>If the memory throws anything but a {@link org.jfutex.key.MemoryFaultException} in one step, the other steps
     * are still done; then the method throws that.
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

    // ---- for this package

    boolean isAlive() {
        return state == State.ALIVE;
    }

    /** Sets the state. The caller holds the lock of TaskTable. */
    void stateLocked(State now) {
        state = now;
    }

    /** Sets the owner and the memory of a new program. The caller holds the lock of TaskTable. */
    void programLocked(PiTask owner, MmUsers memory) {
        pi = owner;
        mm = memory;
    }

    MmUsers mm() {
        return mm;
    }

    void entersCall(QueuedCall<?> now) {
        QueuedCall<?> before = calls.peek();
        if (before != null && !before.isDone() && !before.isSuspended()) {
            throw new IllegalStateException(this + " is still in another call");
        }
        calls.push(now);
    }

    void leavesCall(QueuedCall<?> now) {
        calls.remove(now);
    }

    /** Returns the latest call that has not ended, null if there is none. */
    @Nullable
    QueuedCall<?> call() {
        return calls.peek();
    }

    /** Ends all calls. A failure at one call does not stop the others. */
    void endCalls(FirstFailure failure) {
        for (QueuedCall<?> call : calls) {
            try {
                call.cancel();
            } catch (Throwable e) {
                failure.add(e);
            }
        }
    }

    /**
     * Runs an action that may acquire a lock and never sleeps. Either the whole action precedes the exit's scan of the
     * owned locks, or it does not run.
     *
     * @throws ErrnoException EINTR if the task is exiting
     */
    <R> R unlessItExits(Supplier<R> gain) {
        acquiring.lock();
        try {
            ErrnoException.unless(isAlive(), Errno.EINTR);
            return gain.get();
        } finally {
            acquiring.unlock();
        }
    }

    /** Waits until no action of {@link #unlessItExits} runs. The state is EXITING already, so none can start. */
    @SuppressWarnings("LockNotBeforeTry") // nothing runs under the lock
    void awaitAcquisition() {
        acquiring.lock();
        acquiring.unlock();
    }

    /** Returns the robust list that was registered with an ABI. A task can have one list for each word size. */
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

    void setClearChildTid(long address) {
        clearChildTid = address;
    }
}
