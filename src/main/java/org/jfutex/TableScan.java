package org.jfutex;

import java.util.ArrayList;
import java.util.List;
import org.jfutex.key.FirstFailure;
import org.jfutex.key.StackGuard;
import org.jspecify.annotations.Nullable;

/**
 * A scan of all queues of a table that holds no bucket's lock for long: it releases the lock after every {@link
 * ScanCursor#MOST} queues or waiters.
 *
 * <p>A requeue may move waiters from a bucket that has not been visited to one that has. So the scan returns to every
 * bucket to which waiters were moved, until there is none. A guest may requeue without end, so the last pass can be
 * made behind the closed {@link ScanGate}.
 */
abstract class TableScan {

    /** The number of passes of a scan that may not close the gate. */
    static final int MOST_PASSES = 100;

    /** The number of passes of a scan before it closes the gate. */
    static final int OPEN_PASSES = 8;

    private final List<WaitQueue> queues = new ArrayList<>();
    private boolean gateClosed;
    private @Nullable Throwable failure;

    /**
     * Returns whether a queue should be visited. It may have lost its waiters by then. Called without a lock; with the
     * gate closed only if {@link #run} may close it.
     */
    abstract boolean concerns(WaitQueue q);

    /** Visits a queue; called without a lock. Calls of a caller's code are left to {@link #finish}. */
    abstract void visit(WaitQueue q);

    /** Does what requires that the gate is open and no lock is held, such as notifying waiters. */
    abstract void finish();

    /**
     * Visits all queues of a table.
     *
     * @param mayClose whether requeues may be suspended for the last pass. If false, the scan may miss waiters that are
     *     moved continuously
     */
    final void run(Bucket[] buckets, boolean mayClose) {
        StackGuard.checkDeep(); // for all buckets, before the first one is visited
        int[] moves = new int[buckets.length]; // the counts that each visit found
        Callback<?> delay = Callback.beginDelay();
        try {
            boolean settled = false;
            int passes = mayClose ? OPEN_PASSES : MOST_PASSES;
            for (int pass = 0; !settled && pass < passes; pass++) {
                settled = pass(buckets, moves, pass == 0);
            }
            if (!settled && mayClose) {
                buckets[0].table.scans.closed(() -> Bucket.lockAndUnlockEach(buckets), () -> lastPass(buckets, moves));
            }
        } finally {
            finishAll();
            try {
                Callback.endDelay(delay);
            } catch (Throwable t) {
                failure = FirstFailure.of(failure, t);
            }
        }
        if (failure != null) {
            throw FirstFailure.rethrown(failure);
        }
    }

    private void lastPass(Bucket[] buckets, int[] moves) {
        gateClosed = true;
        try {
            pass(buckets, moves, false);
        } finally {
            gateClosed = false;
        }
    }

    /** Visits all buckets, or those to which waiters were moved since; returns whether there was none of these. */
    private boolean pass(Bucket[] buckets, int[] moves, boolean all) {
        boolean settled = true;
        for (int i = 0; i < buckets.length; i++) {
            int now = buckets[i].moves();
            if (all || now != moves[i]) {
                moves[i] = now;
                visit(buckets[i]);
                settled = false;
            }
        }
        return settled;
    }

    private void visit(Bucket b) {
        for (long from = 0; from < Bucket.END && !b.isEmpty(); ) {
            queues.clear();
            b.lockWithoutStackCheck(); // run() has checked
            try {
                from = b.copyQueuesLocked(from, queues, ScanCursor.MOST);
            } finally {
                b.unlock();
            }
            b.table.scans.held(queues.size());
            for (WaitQueue q : queues) {
                if (concerns(q)) {
                    visit(q);
                }
            }
        }
        queues.clear();
    }

    /**
     * {@linkplain #finish Finishes} what has been visited, except behind the closed gate. The caller must not hold a
     * lock.
     *
     * @return whether it has finished
     */
    final boolean finishIfOpen() {
        if (!gateClosed) {
            finishAll();
        }
        return !gateClosed;
    }

    /**
     * Calls {@link #finish}. If it fails for one waiter, such as a virtual thread without a scheduler, the scan
     * continues and reports the first failure at its end.
     */
    private void finishAll() {
        try {
            finish();
        } catch (Throwable t) {
            failure = FirstFailure.of(failure, t);
        }
    }
}
