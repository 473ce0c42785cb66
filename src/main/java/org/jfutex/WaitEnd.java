package org.jfutex;

import java.util.function.Consumer;
import org.jfutex.key.StackGuard;
import org.jfutex.time.DaemonThreads;
import org.jspecify.annotations.Nullable;

/**
 * The end of a wait: how the wait ended, how to end it, and its result. Code that watches or reports waits sees them as
 * this type, so it depends on no queue and on no kind of wait.
 *
 * @param <R> the type of the result
 */
abstract class WaitEnd<R> {

    /** Returns how the wait ended, null while it lasts. Never blocks. */
    abstract @Nullable WaitResult ended();

    /**
     * Returns what {@link #ended} does, for a caller that is about to report it and checked the stack before: see
     * {@link StackGuard}.
     */
    @Nullable
    WaitResult endedForNotification() {
        return ended();
    }

    /** Ends the wait with this result unless it has ended already. */
    abstract void tryEnd(WaitResult how);

    /** Calls the listeners of priorities that the thread that keeps the time has left to others. */
    void notifyPriorityListeners() {}

    abstract TableState table();

    /** Returns a description of the keys of this wait. */
    abstract String describeKeys();

    /** Converts the result to the result type of this kind of wait. */
    abstract R result(WaitResult ended);

    /** Calls a callback; what it throws goes to the thread's handler. */
    final void call(Consumer<? super R> callback) {
        try {
            NoInline.accept(callback, result(requireEnded(endedForNotification())));
        } catch (Throwable t) {
            DaemonThreads.reportUncaught(t);
        }
    }

    final R result() {
        return result(requireEnd());
    }

    final WaitResult requireEnd() {
        return requireEnded(ended());
    }

    private static WaitResult requireEnded(@Nullable WaitResult end) {
        if (end == null) {
            throw new IllegalStateException("still waiting");
        }
        return end;
    }
}
