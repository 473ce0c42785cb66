package org.jfutex;

import java.util.Comparator;
import java.util.TreeSet;

/**
 * A lock that somebody waits for: its owner, and the waiters in the order in which they will get it.
 *
 * <p>It exists as long as there are waiters; a lock without any is nothing but its word.
 */
final class PiState {

    private static final Comparator<PiWaiter> ORDER =
            Comparator.<PiWaiter>comparingInt(w -> -w.rank).thenComparingLong(w -> w.ticket);

    /* Written under the bucket's lock and the PI lock, read under either. */

    /** Where the waiters stand; another one after a remap. */
    WaitQueue queue;

    PiTask owner;

    /* Under the PI lock. */

    private final TreeSet<PiWaiter> waiters = new TreeSet<>(ORDER);

    PiState(WaitQueue queue, PiTask owner) {
        this.queue = queue;
        this.owner = owner;
    }

    PiWaiter topLocked() {
        return waiters.first();
    }

    int sizeLocked() {
        return waiters.size();
    }

    /** Puts a waiter behind all of its rank. */
    void addLocked(PiWaiter w, int rank, long ticket) {
        w.rank = rank;
        w.ticket = ticket;
        waiters.add(w);
    }

    void removeLocked(PiWaiter w) {
        waiters.remove(w);
    }

    /** Goes where the word has gone; the waiters themselves are moved by the caller. */
    void moveLocked(WaitQueue target) {
        for (PiWaiter w : waiters) {
            w.address += target.address - queue.address;
        }
        queue.pi = null;
        target.pi = this;
        queue = target;
    }
}
