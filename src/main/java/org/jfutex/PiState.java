package org.jfutex;

import static java.util.Objects.requireNonNull;

/**
 * A lock that somebody waits for: its owner, and the waiters in the order in which they will get it.
 *
 * <p>It exists as long as there are waiters; a lock without any is nothing but its word.
 */
final class PiState {

    /* Written under the bucket's lock and the PI lock, read under either. */

    /** Where the waiters stand; another one after a remap. */
    WaitQueue queue;

    PiTask owner;

    /* Under the PI lock. */

    private final PriorityList<PiWaiter> waiters = new PriorityList<>();

    /** Among the locks of its owner, by the rank of its first waiter. */
    final PriorityList.Node<PiState> place = new PriorityList.Node<>(this);

    PiState(WaitQueue queue, PiTask owner) {
        this.queue = queue;
        this.owner = owner;
    }

    PiWaiter topLocked() {
        return requireNonNull(waiters.first()).member;
    }

    boolean isEmptyLocked() {
        return waiters.isEmpty();
    }

    /** Puts a waiter behind all of its rank. */
    void addLocked(PiWaiter w, int rank) {
        waiters.add(w.place, rank);
    }

    void removeLocked(PiWaiter w) {
        waiters.remove(w.place);
    }

    /** Moves to the queue of the word's new address; the caller moves the waiters. */
    void moveLocked(WaitQueue target) {
        queue.pi = null;
        target.pi = this;
        queue = target;
    }
}
