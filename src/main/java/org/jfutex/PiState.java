package org.jfutex;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * The state of a lock with waiters: its owner, and the waiters in the order in which they will get the lock.
 *
 * <p>It exists as long as there are waiters; a lock without waiters consists only of its word.
 */
final class PiState extends WaitQueue.Lock {

    /* Written under the bucket's lock and the PI lock, read under either. */

    /** The queue of the waiters; replaced by a remap. */
    WaitQueue queue;

    PiOwner owner;

    /* Under the PI lock. */

    private final PriorityList<PiWaiter> waiters = new PriorityList<>();

    /** Position among the locks of the owner, by the priority of the first waiter. */
    final PriorityList.Node<PiState> place = new PriorityList.Node<>(this);

    PiState(WaitQueue queue, PiOwner owner) {
        this.queue = queue;
        this.owner = owner;
    }

    /** Returns the lock of a queue, null if no waiter of the queue waits for a lock. */
    static @Nullable PiState of(WaitQueue q) {
        return (PiState) q.pi;
    }

    PiWaiter topLocked() {
        return requireNonNull(waiters.first()).member;
    }

    boolean isEmptyLocked() {
        return waiters.isEmpty();
    }

    /** Adds a waiter behind all waiters of its priority. */
    void addLocked(PiWaiter w, int rank) {
        waiters.add(w.place, rank);
    }

    void removeLocked(PiWaiter w) {
        waiters.remove(w.place);
    }

    /** Moves this lock to the queue of the word's new address; the caller moves the waiters. */
    void moveLocked(WaitQueue target) {
        queue.pi = null;
        target.pi = this;
        queue = target;
    }
}
