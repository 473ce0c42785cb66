package org.jfutex;

import org.jspecify.annotations.Nullable;

/** Goes through the waiters of one queue in several steps, so that no step holds the bucket's lock for long. */
final class ScanCursor {

    /*
     * A scan drops the lock after MOST waiters. Until it continues, its cursor is registered in the bucket and names
     * the next waiter and the last one:
     *
     *      a waiter leaves            the cursor passes it, before it is unlinked
     *      all leave at once          the scan has ended
     *      a waiter comes             it is behind the last one, or in between by its priority: then it is visited, too
     *
     * So a waiter that is in the queue from the first step to the last is visited exactly once. One that a requeue
     * takes away and brings back may be visited again, or not at all. The requeue changes Bucket.moves, so the scan of
     * the table learns of it.
     */

    /** How many waiters or queues one hold of a bucket's lock visits at most. */
    static final int MOST = 1000;

    /** What a scan does to a waiter, under the lock of its bucket. It may take that waiter out of the queue. */
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
     * @param afterHold what to do each time the lock has been dropped
     */
    static void scan(WaitQueue q, Visitor visitor, Runnable afterHold) {
        Bucket b = q.bucket;
        ScanCursor cursor = new ScanCursor(q);
        boolean more = false;
        try {
            do {
                b.lock();
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

    /** Continues behind a waiter that leaves the queue. */
    void passLocked(Waiter leaving) {
        if (leaving == next) {
            next = leaving == last ? null : leaving.next;
        } else if (leaving == last) {
            last = leaving.prev;
        }
    }

    /** Visits no more waiters of a queue, if it is this scan's. */
    void endLocked(WaitQueue q) {
        if (q == queue) {
            next = null;
        }
    }
}
