package org.jfutex;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jfutex.time.DaemonThreads;
import org.jspecify.annotations.Nullable;

/**
 * A wait with one listener: the thread that sleeps on it, or the callback that is called when it ends.
 *
 * @param <R> the type of the result
 */
abstract class WaitListener<R> extends WaitEnd<R> {

    /*
     * Ending a wait and reporting its end are two steps. A wait is ended under a bucket lock by the thread that takes
     * it out of its queue, or that wakes all of that queue (Waiter.ended). After the lock is released, notifyThread()
     * swaps the listener for NOTIFIED:
     *
     *      listener    null -> Thread      a thread goes to sleep on it, or will as soon as it is queued
     *                  null -> Callback    a callback was given
     *                  null -> WATCHED     a thread watches and needs no unpark; from there to the Thread, or back
     *                  any  -> NOTIFIED    the end has been reported, or the sleeper has found it
     *
     * A sleeper sets the listener, then checks whether the wait has ended, then parks; a waker ends the wait, then
     * swaps the listener. So one sees the other. A thread that sees the end before it is notified swaps in NOTIFIED
     * itself, and no stray unpark follows; only a waker between its swap and its unpark can leave a permit behind,
     * which LockSupport.park allows.
     *
     * A callback that was swapped out is due: see Callback.
     */

    private static final VarHandle LISTENER;

    static {
        try {
            LISTENER = MethodHandles.lookup().findVarHandle(WaitListener.class, "listener", Object.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final Object NOTIFIED = new Object();
    private static final Object WATCHED = new Object();

    private volatile @Nullable Object listener;

    /**
     * The callback, with a record of the time for which it was registered. There is none if the wait has ended already.
     */
    final Consumer<? super R> recorded(Consumer<? super R> callback) {
        return endedForNotification() == null ? JfrRecorder.recorded(this, callback) : callback;
    }

    /** Registers a callback, or calls it if the wait has ended. */
    final void listen(Callback<R> callback) {
        if (endedForNotification() != null) {
            callback.call();
        } else if (replaced(null, callback)) {
            if (endedForNotification() != null) {
                notifyListener();
            }
        } else if (endedForNotification() != null) {
            callback.call();
        } else {
            throw new IllegalStateException("another listener or thread waits for this already");
        }
    }

    /** Notifies the listener that the wait has ended. No lock may be held. */
    final void notifyListener() {
        Callback<?> due = notifyThread();
        if (due != null) {
            Callback.callOrHandOver(due, due);
        }
    }

    /**
     * Unparks the thread that sleeps on this.
     *
     * @return the callback that the caller must call, null if there is none or the listener was notified before
     */
    @Nullable
    Callback<?> notifyThread() {
        Object listening = LISTENER.getAndSet(this, NOTIFIED);
        if (listening instanceof Thread sleeper) {
            LockSupport.unpark(sleeper);
        } else if (listening instanceof Callback<?> callback) {
            try {
                callback.wakeThreads();
            } catch (Throwable t) {
                DaemonThreads.reportUncaught(t);
            }
            return callback;
        }
        return null;
    }

    /** Returns the thread that sleeps on this, for dumps. */
    @Nullable
    Thread sleeper() {
        return listener instanceof Thread t ? t : null;
    }

    /**
     * Sets the thread that will sleep on this, before another thread can see it. This saves the sleeper a
     * compare-and-set on a field that wakers read.
     */
    final void setSleeper(Thread sleeper) {
        LISTENER.set(this, sleeper);
    }

    /**
     * Replaces the listener if it is the expected one. One place in the code, since each needs memory at its first use.
     */
    private boolean replaced(@Nullable Object expected, @Nullable Object now) {
        return LISTENER.compareAndSet(this, expected, now);
    }

    /** Sets a listener that only watches, and needs no unpark; returns whether there was none. */
    final boolean startWatching() {
        return replaced(null, WATCHED);
    }

    /** Replaces the listener that only watches. */
    final void stopWatching(@Nullable Thread now) {
        replaced(WATCHED, now);
    }

    /** Sets the current thread as the listener; returns whether it is the listener now. */
    final boolean becameSleeper(Thread me) {
        return listener == me || replaced(null, me);
    }

    /** Records that the sleeper has found the end, so that no unpark follows. */
    final void markNotified() {
        if (listener != NOTIFIED) {
            LISTENER.getAndSet(this, NOTIFIED);
        }
    }

    /** Refuses a second listener of a wait that goes on. */
    final boolean checkEnded() {
        if (ended() == null) {
            throw new IllegalStateException("another listener or thread waits for this already");
        }
        return true;
    }
}
