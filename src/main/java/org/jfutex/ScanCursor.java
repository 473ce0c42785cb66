package org.jfutex;

import org.jspecify.annotations.Nullable;

/** Scans the waiters of one queue in several steps, so that no step holds the bucket's lock for long. */
final class ScanCursor {

    /*
     * A scan releases the lock after MOST waiters. Until it continues, its cursor is registered in the bucket and
     * refers to the next waiter and the last one:
     *
     *     a waiter leaves            the cursor passes it, before it is unlinked
     *     all leave at once          the scan has ended
     *     a waiter arrives           it is behind the last one, or in between by its priority: then it is visited, too
     *
     * So a waiter that is in the queue from the first step to the last is visited exactly once. One that a requeue
     * takes away and brings back may be visited again, or not at all. The requeue changes Bucket.moves, so the scan of
     * the table visits the bucket again.
     */

    /** The maximum number of waiters or queues visited in one hold of a bucket's lock. */
    static final int MOST = 1000;

    /** An action on a waiter, under the lock of its bucket. It may remove that waiter from the queue. */
    @FunctionalInterface
    interface Visitor {
        /**
         * Visits a waiter.
         *
         * @param q its queue
         * @param w the waiter
         */
        void visitLocked(WaitQueue q, Waiter w);
    }

    private final WaitQueue queue;

    /* Below: under the bucket's lock. */

    @Nullable
    ScanCursor nextInBucket;

    private @Nullable Waiter next;
    private @Nullable Waiter last;

    private ScanCursor(WaitQueue queue) {
        this.queue = queue;
    }

    /**
     * Visits all waiters of a queue.
     *
     * @param afterHold called each time the lock has been released
     */
    static void scan(WaitQueue q, Visitor visitor, Runnable afterHold) {
        Bucket b = q.bucket;
        ScanCursor cursor = new ScanCursor(q);
        boolean more = false;
        try {
            do {
                b.lockWithoutStackCheck(); // TableScan.run has checked
                try {
                    more = more ? cursor.continueLocked(visitor) : cursor.beginLocked(visitor);
                } finally {
                    b.unlock();
                }
                afterHold.run();
            } while (more);
        } finally {
            if (more) {
                cursor.abandon();
            }
        }
    }

    private boolean beginLocked(Visitor visitor) {
        next = queue.head;
        last = queue.tail;
        return visitLocked(visitor);
    }

    private boolean continueLocked(Visitor visitor) {
        queue.bucket.removeCursorLocked(this);
        return visitLocked(visitor);
    }

    private boolean visitLocked(Visitor visitor) {
        int visited = 0;
        for (Waiter w; (w = next) != null && visited < MOST; visited++) {
            next = w == last ? null : w.next;
            visitor.visitLocked(queue, w);
        }
        queue.bucket.table.scans.held(visited);
        if (next != null) {
            queue.bucket.addCursorLocked(this);
        }
        return next != null;
    }

    private void abandon() {
        queue.bucket.lockWithoutStackCheck();
        try {
            queue.bucket.removeCursorLocked(this);
        } finally {
            queue.bucket.unlock();
        }
    }

    /** Advances this scan past a waiter that leaves the queue. */
    void passLocked(Waiter leaving) {
        if (leaving == next) {
            next = leaving == last ? null : leaving.next;
        } else if (leaving == last) {
            last = leaving.prev;
        }
    }

    /** Ends this scan if it is one of the given queue. */
    void endLocked(WaitQueue q) {
        if (q == queue) {
            next = null;
        }
    }
}
