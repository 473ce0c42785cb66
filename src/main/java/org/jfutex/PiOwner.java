package org.jfutex;

import org.jfutex.key.FutexMemory;
import org.jspecify.annotations.Nullable;

/** The state of a {@link PiTask}, as the operations of priority inheritance see it. */
abstract class PiOwner {

    final PiTable table;
    private final int tid;
    private final @Nullable FutexMemory memory; // null for a kernel thread

    /* Below: written under the table's PI lock; the volatile fields are read without it. */

    private volatile int priority;
    private volatile int effective;

    /** The wait of this task, for a lock or for a requeue to a lock; null if it does not wait. */
    volatile @Nullable PiWaiter pending;

    /* The two steps of the exit, see PiExit. */
    volatile boolean exiting;
    volatile boolean dead;

    final RobustWords robust;

    /** The locks of this task that have waiters. */
    final PriorityList<PiState> owned = new PriorityList<>();

    /* The state of calling the listener, see PiInheritance. */
    int reportedPriority;
    boolean isReporting;
    boolean isPending;

    @Nullable
    PiOwner nextPending;

    PiOwner(PiTable table, int tid, @Nullable FutexMemory memory) {
        this.table = table;
        this.tid = tid;
        this.memory = memory;
        this.robust = new RobustWords(table.scatter(1));
    }

    /** Creates the object through which callers see a wait of this task. */
    abstract PendingWait<PiResult> newWait(PiWaiter waiter);

    /** Returns whether changes of the effective priority are reported. */
    abstract boolean hasListener();

    /** Reports the effective priority to the listener. No lock may be held. */
    abstract void report(int now);

    int tid() {
        return tid;
    }

    FutexMemory memory() {
        if (memory == null) {
            throw new IllegalStateException(this + " is a kernel thread and has no memory");
        }
        return memory;
    }

    boolean isKernelThread() {
        return memory == null;
    }

    int priority() {
        return priority;
    }

    int effectivePriority() {
        return effective;
    }

    /** Sets the task's own priority; the caller {@linkplain PiInheritance#updateLocked updates} the effective one. */
    void setPriorityLocked(int now) {
        priority = now;
    }

    /** Adds a lock with waiters to those that this task owns. */
    void ownLocked(PiState state) {
        owned.add(state.place, state.topLocked().place.rank);
    }

    void disownLocked(PiState state) {
        owned.remove(state.place);
    }

    /** Updates the priority of a lock of this task after its first waiter may have changed. */
    void rankLocked(PiState state) {
        if (state.place.rank != state.topLocked().place.rank) {
            disownLocked(state);
            ownLocked(state);
        }
    }

    /** Recomputes the effective priority, under the PI lock; returns whether it changed. */
    boolean refreshLocked() {
        PriorityList.Node<PiState> first = owned.first();
        int highest = first == null ? priority : Math.max(priority, first.rank);
        boolean changes = highest != effective;
        effective = highest;
        return changes;
    }

    /** Checks that this task can lock and unlock. */
    void checkAlive() {
        if (isKernelThread()) {
            throw new IllegalArgumentException(this + " is a kernel thread and owns no lock");
        }
        if (exiting) {
            throw new IllegalStateException(this + " has exited");
        }
    }

    /** Checks that this task can begin to wait. */
    void checkMayWait() {
        checkAlive();
        if (pending != null) {
            throw new IllegalStateException(this + " waits already: " + pending);
        }
    }

    @Override
    public String toString() {
        return "task " + tid;
    }
}
