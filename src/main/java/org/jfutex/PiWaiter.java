package org.jfutex;

import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jspecify.annotations.Nullable;

/**
 * A task's entry in the queue of a lock, or of a word from which it will be requeued to a lock.
 *
 * <p>While it is in a lock's queue it is also in the lock's {@link PiState}, in another order. The queue is ordered by
 * the task's own priority on arrival, the state by its effective priority now.
 */
final class PiWaiter extends Waiter {

    final PiOwner task;

    /** Changes once, from {@link Kind#REQUEUE_PI} to {@link Kind#LOCK_PI}, under the locks of both queues. */
    Kind kind;

    /** What the caller sees of this wait. */
    final PendingWait<PiResult> wait;

    /** The memory in which the task uses the lock; the exit of the owner hands the lock over through this memory. */
    final FutexMemory memory;

    /** The lock's address; guarded by the bucket's lock. A remap of the word changes it. */
    long address;

    /** The lock to which a requeue must lead; null if this waited for the lock from the start. */
    final @Nullable FutexKey target;

    /** The result of a wait that another thread ended; written before {@link #state}. */
    PiResult outcome = PiResult.LOCKED;

    /* Under the PI lock. */

    /** The lock for which this waits, null while it waits for none. */
    @Nullable
    PiState pi;

    /** The position among the waiters for the lock, by the task's effective priority. */
    final PriorityList.Node<PiWaiter> place = new PriorityList.Node<>(this);

    private PiWaiter(PiOwner task, Kind kind, long expected, long address, @Nullable FutexKey target) {
        super(expected, WaitOptions.DEFAULT.priority(task.priority()));
        this.kind = kind;
        this.task = task;
        this.memory = task.memory();
        this.address = address;
        this.target = target;
        this.wait = task.newWait(this);
    }

    static PiWaiter forLock(PiOwner task, long address) {
        return new PiWaiter(task, Kind.LOCK_PI, UNCHECKED, address, null);
    }

    static PiWaiter forRequeue(PiOwner task, int expected, long address, FutexKey target) {
        return new PiWaiter(task, Kind.REQUEUE_PI, Integer.toUnsignedLong(expected), address, target);
    }

    /** Ends this wait at once, before it was queued. */
    PiWaiter over(PiResult result) {
        outcome = result;
        setStateRelease(WaitResult.WOKEN);
        return this;
    }

    @Override
    Kind kind() {
        return kind;
    }

    @Override
    FutexMemory memory(WaitQueue q) {
        return memory;
    }

    @Override
    PendingWait<PiResult> pendingWait() {
        return wait;
    }

    @Override
    PiTable table() {
        return task.table;
    }

    @Override
    void notifyPriorityListeners() {
        task.table.inheritance.notifyListeners();
    }

    @Override
    void endLocked(WaitQueue q, WaitResult how) {
        PiInheritance inheritance = table().inheritance;
        inheritance.lock();
        try {
            // before any thread can see that the wait has ended, since the task may then begin another wait
            task.pending = null;
            if (pi != null) {
                inheritance.leaveLocked(this, pi);
            }
        } finally {
            inheritance.unlock();
        }
        super.endLocked(q, how);
    }

    @Override
    @Nullable
    Callback<?> notifyThread() {
        return wait.notifyThread();
    }

    @Override
    @Nullable
    Thread sleeper() {
        return wait.sleeper();
    }
}
