package org.jfutex.memory;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The queue of a space's changes that have not been reported to its listener yet, in the order in which they were made.
 */
final class Reports {

    /*
     * A call that changes mappings appends its report under the space's lock, so the queue has the order of the
     * changes. It delivers the report after it has released that lock, when all earlier reports have been delivered.
     * Without the queue, reports overtake each other:
     *
     *      thread 1                        thread 2
     *      move A to B
     *                                      move B to C
     *                                      report B to C: no waiter is at B
     *      report A to B: the waiters are moved to B
     *
     * Forbidden: the waiters are at B, where nothing is mapped, and no later report moves them.
     *
     * A report stays in the queue until it has been delivered. The first report of the queue is due:
     *
     *      WAITING     others are before it        -> DUE, by the thread that has delivered the previous report
     *      DUE         the first of the queue      -> TAKEN, by its owner; if no owner can run, by the previous thread
     *      TAKEN       a thread calls the listener -> DONE, by that thread
     *      DONE        removed from the queue
     *
     * A thread that makes a change while it is inside a listener must not wait for other reports. Its own caller
     * delivers the first of them, or, with two spaces, a thread that waits for its caller does. So its report has no
     * owner. If the report is not due at once, the thread that delivers the previous report delivers it.
     */

    private @Nullable Report first; // under the space's lock, like the whole queue
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

    /** Removes the first report, and returns the next one, which is due now. */
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

    /** Returns whether a report is pending for an address of a range. */
    boolean isPendingLocked(long from, long to) {
        for (Report report = first; report != null; report = report.next) {
            if (report.overlaps(from, to)) {
                return true;
            }
        }
        return false;
    }

    /** Returns a map in which the unmapped parts of ranges with pending reports are taken, too. */
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
