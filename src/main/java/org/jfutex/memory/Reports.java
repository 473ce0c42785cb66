package org.jfutex.memory;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The changes of a space that its listener has not heard of yet, in the order in which they were made. */
final class Reports {

    /*
     * A call that changes mappings appends its report under the space's lock, so the queue has the order of the changes. It delivers
     * the report after it has released that lock, when all earlier reports have been delivered. Without the queue, reports overtake
     * each other:
     *
     *      thread 1                        thread 2
     *      move A to B
     *                                      move B to C
     *                                      report B to C: no waiter is at B
     *      report A to B: the waiters are moved to B
     *
     * Forbidden: the waiters are at B, where nothing is mapped, and no later report takes them away.
     *
     * A report stays in the queue until it has been delivered. The first report of the queue is due:
     *
     *      WAITING     others are before it        -> DUE, by the thread that has delivered the report before
     *      DUE         the first of the queue      -> TAKEN, by its owner; or, if it has none that can run, by the thread before
     *      TAKEN       a thread calls the listener -> DONE, by that thread
     *      DONE        it has left the queue
     *
     * A thread that makes a change while it is inside a listener must not wait for other reports: its own caller delivers the first
     * of them, or, with two spaces, a thread that waits for its caller. If its report is not due at once, then the report has no
     * owner, and is delivered by the thread that delivers the one before.
     */

    private @Nullable Report first; // under the space's lock, as all of the queue
    private @Nullable Report last;

    /** Appends a report. */
    void addLocked(Report report) {
        Report before = last;
        if (before == null) {
            first = report;
            report.becomeDue();
        } else {
            before.next = report;
        }
        last = report;
    }

    boolean isEmptyLocked() {
        return first == null;
    }

    /** Takes off the first report, and returns the next one, which is due now. */
    @Nullable
    Report removeFirstLocked() {
        Report next = first == null ? null : first.next;
        first = next;
        if (next == null) {
            last = null;
        } else {
            next.becomeDue();
        }
        return next;
    }

    /** Returns whether a range has addresses of which a report is pending. */
    boolean isPendingLocked(long from, long to) {
        for (Report report = first; report != null; report = report.next) {
            if (report.overlaps(from, to)) {
                return true;
            }
        }
        return false;
    }

    /** Returns a map in which the ranges of pending reports are taken, too, as far as nothing is mapped there. */
    VmaMap addToLocked(VmaMap map) {
        VmaMap taken = map;
        for (Report report = first; report != null; report = report.next) {
            taken = report.addTo(taken);
        }
        return taken;
    }

    /** Returns a map in which no part of a range is free. */
    static VmaMap filled(VmaMap map, long from, long to) {
        VmaMap filled = map;
        for (long at = from; at < to; ) {
            Vma next = filled.next(at);
            long end = next == null ? to : Math.min(to, next.start());
            if (at < end) {
                Vma filler = new Vma(at, end, Protection.NONE, Sharing.PRIVATE, false, null, 0);
                filled = filled.with(at, end, List.of(filler));
            }
            at = next == null ? to : next.end();
        }
        return filled;
    }
}
