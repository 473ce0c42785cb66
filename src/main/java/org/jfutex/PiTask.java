package org.jfutex;

import static java.util.Objects.requireNonNull;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jfutex.key.FutexMemory;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who can own a priority-inheritance lock: a thread of a guest, or of this JVM.
 *
 * <p>A task is what the thread id in a lock word stands for; {@link PiTasks} finds it by that id. It runs at its own priority or at the
 * highest of those who wait for it, directly or through a chain of owners, whichever is higher. It waits for one thing at a time,
 * as a thread does, and it belongs to one {@link FutexTable}.
 *
 * <p>A task is alive until {@link FutexTable#exitPi}. Exec is the end of a task as an owner too: give the thread a new one.
 */
public final class PiTask {

    /** The highest thread id that a lock word can hold: FUTEX_TID_MASK. */
    public static final int MAX_TID = 0x3fff_ffff;

    /** The highest real-time priority. */
    public static final int MAX_PRIORITY = 99;

    final FutexTable table;
    private final int tid;
    private final @Nullable FutexMemory memory;
    final @Nullable PriorityListener listener;

    /* Below: written under the table's PI lock; the volatile ones are read without. */

    private volatile int priority;
    private volatile int effective;

    /** What this task waits for: a lock, or a requeue to a lock. */
    volatile @Nullable PiWaiter pending;

    volatile boolean dead;

    /** The locks of this task that somebody waits for. */
    final Set<PiState> owned = new LinkedHashSet<>(4);

    /* The state of telling the listener, see Inheritance.tell. */
    int told;
    boolean telling;
    boolean toBeTold;

    /**
     * A task of normal priority.
     *
     * @param table where it locks
     * @param tid its thread id, 1 to {@value #MAX_TID}
     * @param memory its address space, in which it names words, and which other tasks must share to share a private lock
     * @throws IllegalArgumentException if {@code tid} is out of range
     */
    public PiTask(FutexTable table, int tid, FutexMemory memory) {
        this(table, tid, requireNonNull(memory, "memory"), null);
    }

    /**
     * A task of normal priority, and somebody who hears of its effective priority.
     *
     * @param table where it locks
     * @param tid its thread id, 1 to {@value #MAX_TID}
     * @param memory its address space
     * @param listener told of every change
     * @return the task
     * @throws IllegalArgumentException if {@code tid} is out of range
     */
    public static PiTask listened(FutexTable table, int tid, FutexMemory memory, PriorityListener listener) {
        return new PiTask(table, tid, requireNonNull(memory, "memory"), requireNonNull(listener, "listener"));
    }

    /**
     * A thread of the kernel, which owns no lock: a word that names it is refused.
     *
     * @param table where it is found
     * @param tid its thread id, 1 to {@value #MAX_TID}
     * @return the task
     * @throws IllegalArgumentException if {@code tid} is out of range
     */
    public static PiTask kernelThread(FutexTable table, int tid) {
        return new PiTask(table, tid, null, null);
    }

    private PiTask(FutexTable table, int tid, @Nullable FutexMemory memory, @Nullable PriorityListener listener) {
        if (tid < 1 || tid > MAX_TID) {
            throw new IllegalArgumentException("thread id " + tid + " is not within 1 to " + MAX_TID);
        }
        this.table = requireNonNull(table, "table");
        this.tid = tid;
        this.memory = memory;
        this.listener = listener;
    }

    /**
     * The thread id.
     *
     * @return 1 to {@value #MAX_TID}
     */
    public int tid() {
        return tid;
    }

    /**
     * The address space.
     *
     * @return the memory
     * @throws IllegalStateException if this is a kernel thread
     */
    public FutexMemory memory() {
        if (memory == null) {
            throw new IllegalStateException(this + " is a kernel thread and has no memory");
        }
        return memory;
    }

    /**
     * Whether this is a thread of the kernel.
     *
     * @return whether it is
     */
    public boolean isKernelThread() {
        return memory == null;
    }

    /**
     * Whether this task has exited.
     *
     * @return whether {@link FutexTable#exitPi} was called
     */
    public boolean isDead() {
        return dead;
    }

    /**
     * The task's own priority.
     *
     * @return 0 for normal, 1 to 99 for real-time
     */
    public int priority() {
        return priority;
    }

    /**
     * The priority at which the task should run: its own, or the highest of those who wait for it.
     *
     * @return 0 for normal, 1 to 99 for real-time
     */
    public int effectivePriority() {
        return effective;
    }

    /**
     * Changes the task's own priority: sched_setscheduler.
     *
     * <p>A task that waits for a lock takes its new place among those who wait for it at once, and its owners inherit. A wait that is not
     * for a lock keeps its place.
     *
     * @param now 0 for normal, 1 to {@value #MAX_PRIORITY} for real-time
     * @throws IllegalArgumentException if {@code now} is out of range
     */
    public void setPriority(int now) {
        if (now < 0 || now > MAX_PRIORITY) {
            throw new IllegalArgumentException("priority " + now + " is not within 0 to " + MAX_PRIORITY);
        }
        Inheritance inheritance = table.inheritance;
        inheritance.lock();
        try {
            priority = now;
            inheritance.updateLocked(this);
        } finally {
            inheritance.unlock();
            inheritance.tell();
        }
    }

    /** Recomputes the effective priority, under the PI lock; says whether it changed. */
    boolean refreshLocked() {
        int highest = priority;
        for (PiState s : owned) {
            highest = Math.max(highest, s.topLocked().rank);
        }
        boolean changes = highest != effective;
        effective = highest;
        return changes;
    }

    @Override
    public String toString() {
        return "task " + tid;
    }
}
