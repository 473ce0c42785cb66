package org.jfutex.explore;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The right to run, which one thread has at a time. Everything of an execution is guarded by it.
 *
 * <p><b>Memory consistency effects:</b> actions of a thread before it passes the baton happen-before those of the next
 * holder.
 */
final class Baton {

    /** A thread that can hold the baton. */
    static class Holder {
        volatile @Nullable Thread thread;
    }

    /** How often a platform thread polls before it parks; a hand-over between processors takes less time. */
    private static final int POLLS = Runtime.getRuntime().availableProcessors() > 1 ? 200 : 0;

    private final int polls;
    private volatile @Nullable Holder holder;

    Baton(boolean virtual) {
        polls = virtual ? 0 : POLLS;
    }

    /** Passes the baton, by its holder. */
    void pass(Holder next) {
        holder = next;
        Thread thread = next.thread;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }

    /** Waits for the baton. An interrupt that comes stays pending. */
    void await(Holder me) {
        for (int i = polls; i > 0 && holder != me; i--) {
            Thread.onSpinWait();
        }
        boolean interrupted = false;
        while (holder != me) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
