package org.jfutex;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * A lock that somebody waits for: its owner, and the waiters in the order in which they will get it.
 *
 * <p>It exists as long as there are waiters; a lock without any is nothing but its word. Its lists are chained through their members, so
 * that nothing is allocated, and nothing can fail, once a change of owners and waiters has begun.
 */
final class PiState {

    /* Written under the bucket's lock and the PI lock, read under either. */

    /** Where the waiters stand; another one after a remap. */
    WaitQueue queue;

    PiTask owner;

    /* Under the PI lock. */

    private @Nullable PiWaiter first;
    private @Nullable PiWaiter last;

    /** Its neighbours among the owner's locks. */
    @Nullable
    PiState previousOwned;

    @Nullable
    PiState nextOwned;

    PiState(WaitQueue queue, PiTask owner) {
        this.queue = queue;
        this.owner = owner;
    }

    PiWaiter topLocked() {
        return requireNonNull(first);
    }

    boolean isEmptyLocked() {
        return first == null;
    }

    /** Puts a waiter behind all of its rank. */
    void addLocked(PiWaiter w, int rank) {
        PiWaiter before = last;
        while (before != null && before.rank < rank) {
            before = before.before;
        }
        PiWaiter behind = before == null ? first : before.behind;
        w.rank = rank;
        linkLocked(before, w);
        linkLocked(w, behind);
    }

    void removeLocked(PiWaiter w) {
        linkLocked(w.before, w.behind);
        w.before = null;
        w.behind = null;
    }

    /** Makes two waiters neighbours, or one of them the end of the list. */
    private void linkLocked(@Nullable PiWaiter a, @Nullable PiWaiter b) {
        if (a == null) {
            first = b;
        } else {
            a.behind = b;
        }
        if (b == null) {
            last = a;
        } else {
            b.before = a;
        }
    }

    /** Goes where the word has gone; the waiters themselves are moved by the caller. */
    void moveLocked(WaitQueue target) {
        for (PiWaiter w = first; w != null; w = w.behind) {
            w.address += target.address - queue.address;
        }
        queue.pi = null;
        target.pi = this;
        queue = target;
    }
}
