package org.jfutex.linux;

import org.jfutex.key.FutexMemory;

/**
 * A thread of a guest program, as the kernel knows it: an id, a process, a memory, and what is to be done when it exits.
 *
 * <p>Tasks are made by {@link Tasks#spawn}, {@link #newThread} and {@link #fork}.
 */
@SuppressWarnings("DoNotCallSuggester") // bodies follow
public final class Task {

    /** A task's life; it only goes forward. */
    public enum State {
        /** It runs or sleeps. */
        ALIVE,
        /** It cleans up; who wants its PI locks waits for that. */
        EXITING,
        /** It is gone. */
        DEAD
    }

    Task() {}

    /**
     * The thread id, which is what PI and robust futex words hold.
     *
     * @return 1 to 0x3fffffff
     */
    public int tid() {
        throw new UnsupportedOperationException();
    }

    /**
     * The process id: the thread id of the process's leader.
     *
     * @return the id
     */
    public int pid() {
        throw new UnsupportedOperationException();
    }

    /**
     * The memory that this task lives in, its mm.
     *
     * @return the memory
     */
    public FutexMemory memory() {
        throw new UnsupportedOperationException();
    }

    /**
     * Its priority.
     *
     * @return 0 for normal, 1 to 99 for real-time
     */
    public int priority() {
        throw new UnsupportedOperationException();
    }

    /**
     * Changes its priority. A plain waiter keeps the place that it took, a waiter for a PI lock moves.
     *
     * @param priority 0 for normal, 1 to 99 for real-time
     * @throws IllegalArgumentException if it is out of range
     */
    public void setPriority(int priority) {
        throw new UnsupportedOperationException();
    }

    /**
     * Whether it lives.
     *
     * @return the state
     */
    public State state() {
        throw new UnsupportedOperationException();
    }

    /**
     * Makes another thread of this process: clone(2) with CLONE_THREAD.
     *
     * @return the thread, with this one's priority
     */
    public Task newThread() {
        throw new UnsupportedOperationException();
    }

    /**
     * Makes a process: fork(2), or clone(2) with CLONE_VM if it gets this task's own memory.
     *
     * @param childMemory the child's memory
     * @return the child's first thread, with this one's priority, no robust list and no call to inherit
     */
    public Task fork(FutexMemory childMemory) {
        throw new UnsupportedOperationException();
    }

    /**
     * Starts another program in this process: execve(2).
     *
     * <p>All other threads of the process die. If this one is not the leader it takes over the leader's thread id, before anything else: its robust locks,
     * which hold the old id, are passed over then, as in Linux. Then its robust list is walked, its PI locks are released, clear_child_tid is
     * served if others still use the old memory, and the task goes on in the new one.
     *
     * @param newMemory the new program's memory
     */
    public void exec(FutexMemory newMemory) {
        throw new UnsupportedOperationException();
    }

    /**
     * Ends this task: exit(2).
     *
     * <p>A call that it sleeps in ends. Then, in this order: its robust list is walked, its PI locks go to their waiters, and if others use
     * its memory, clear_child_tid is set to 0 and one waiter there woken by a shared operation. A second exit does nothing.
     */
    public void exit() {
        throw new UnsupportedOperationException();
    }

    /** Ends every task of this process: exit_group(2), or a deadly signal. */
    public void exitGroup() {
        throw new UnsupportedOperationException();
    }
}
