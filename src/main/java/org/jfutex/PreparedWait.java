package org.jfutex;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A wait that stands in its queue already; sleeping on it is only one of the things to do with it.
 *
 * <p>It can be polled by a guest scheduler that must never block, awaited by a thread, given a call-back, or cancelled. It
 * ends exactly once. At most one thread at a time may await it, and a wait that has a call-back is not awaited.
 *
 * <p>A wake that has chosen this waiter counts, whatever happens next: a wait that is woken and cancelled, interrupted or
 * timed out at the same moment ends as {@link WaitResult#WOKEN}.
 *
 * <p><b>Memory consistency effects:</b> what a thread did before a wake, or before it ended this wait otherwise, happens-before
 * whatever anybody does after learning from this object how the wait ended.
 */
public abstract sealed class PreparedWait permits Waiter, VectorWait {

    /*
     * Who ended the wait and who is told are two questions. A wait is ended under a bucket lock by whoever takes it out of its
     * queue (Waiter.state). After the lock is dropped, tell() swaps the listener for TOLD and tells whom it found:
     *
     *      listener    null -> Thread      a thread goes to sleep on it         Thread -> null     ... and gave up
     *                  null -> Consumer    a call-back was given
     *                  any  -> TOLD        the end has been told, or the sleeper saw it by itself
     *
     * A sleeper sets the listener, then asks whether the wait has ended, then parks; a waker ends the wait, then swaps the
     * listener. So one sees the other. A thread that sees the end before it is told swaps in TOLD itself, and no stray unpark
     * follows; only a waker between its swap and its unpark can leave a permit behind, which LockSupport.park allows.
     */

    private static final VarHandle LISTENER;

    static {
        try {
            LISTENER = MethodHandles.lookup().findVarHandle(PreparedWait.class, "listener", Object.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final Object TOLD = new Object();

    private volatile @Nullable Object listener;

    PreparedWait() {}

    /** How the wait ended, null while it goes on. Never blocks. */
    abstract @Nullable WaitResult ended();

    /** Ends the wait in this way unless it has ended before. */
    abstract void withdraw(WaitResult how);

    abstract FutexTable table();

    /**
     * Whether the wait has ended, and how.
     *
     * @return the result, null while the waiter is queued
     */
    public final @Nullable WaitResult poll() {
        return ended();
    }

    /**
     * Sleeps until the wait ends.
     *
     * @return how it ended
     * @throws InterruptedException if the thread was interrupted and no wake came first; the waiter is cancelled then
     * @throws IllegalStateException if somebody else awaits this or a call-back was given
     */
    public final WaitResult await() throws InterruptedException {
        return await(Deadline.NEVER);
    }

    /**
     * Sleeps until the wait ends or the deadline passes.
     *
     * @param deadline when to give up; the waiter leaves its queue then
     * @return how it ended
     * @throws InterruptedException if the thread was interrupted and no wake came first; the waiter is cancelled then
     * @throws IllegalStateException if somebody else awaits this or a call-back was given
     */
    public final WaitResult await(Deadline deadline) throws InterruptedException {
        WaitResult result = ended();
        if (result == null && table().polling.poll(this)) {
            result = ended();
        }
        return result != null ? result : sleep(deadline);
    }

    /**
     * Takes the waiter out of its queue, unless a wake has taken it already.
     *
     * <p>The answer says which: after {@link WaitResult#WOKEN} somebody's wake counts on this waiter, and who has no use for it
     * may pass it on with another {@link FutexTable#wake wake}.
     *
     * @return how the wait ended, {@link WaitResult#CANCELLED} if it was this call that ended it
     */
    public final WaitResult cancel() {
        withdraw(WaitResult.CANCELLED);
        WaitResult result = result();
        tell();
        return result;
    }

    /**
     * Gives the wake that ended this wait to the next waiter of the same word. It is a wake like any other, so it must not be done twice.
     *
     * @return how many waiters took it; 0 if nobody is there, or this wait was not woken
     */
    public abstract int passOn();

    /**
     * Gives a call-back to be called once when the wait ends.
     *
     * <p>It is called by the thread that ended the wait, after all locks of the table are dropped, so it may use the table. If the
     * wait has ended already it is called here and now. What it throws goes to its thread's uncaught exception handler, and
     * hurts nobody else's wake.
     *
     * @param callback what to call, with the result
     * @throws IllegalStateException if there is a call-back already or a thread awaits this
     */
    public final void onEnd(Consumer<? super WaitResult> callback) {
        if (!LISTENER.compareAndSet(this, null, callback)) {
            if (listener != TOLD) {
                throw new IllegalStateException("somebody listens to this wait already");
            }
            callback.accept(result());
        } else if (ended() != null) {
            tell();
        }
    }

    /**
     * Which of the words was woken, of a wait on many.
     *
     * @return the index in the caller's list, the highest if there were several; 0 for a wait on one word
     * @throws IllegalStateException if the wait has not ended as {@link WaitResult#WOKEN}
     */
    public final int index() {
        if (ended() != WaitResult.WOKEN) {
            throw new IllegalStateException("not woken: " + ended());
        }
        return wokenIndex();
    }

    /** Takes a note of the time, for dumps. */
    void fallingAsleep(FutexClock clock) {}

    int wokenIndex() {
        return 0;
    }

    /** Tells whoever listens that the wait has ended. No lock may be held. */
    void tell() {
        Object told = LISTENER.getAndSet(this, TOLD);
        if (told instanceof Thread sleeper) {
            LockSupport.unpark(sleeper);
        } else if (told instanceof Consumer<?> callback) {
            call(callback);
        }
    }

    @SuppressWarnings("unchecked")
    private void call(Consumer<?> callback) {
        try {
            ((Consumer<? super WaitResult>) callback).accept(result());
        } catch (Throwable t) {
            Thread me = Thread.currentThread();
            me.getUncaughtExceptionHandler().uncaughtException(me, t);
        }
    }

    /** The thread that sleeps on this, for dumps. */
    final @Nullable Thread sleeper() {
        return listener instanceof Thread t ? t : null;
    }

    private WaitResult result() {
        WaitResult result = ended();
        if (result == null) {
            throw new IllegalStateException("still waiting");
        }
        return result;
    }

    private WaitResult sleep(Deadline when) throws InterruptedException {
        Thread me = Thread.currentThread();
        if (!LISTENER.compareAndSet(this, null, me)) {
            if (listener != TOLD) {
                throw new IllegalStateException("somebody listens to this wait already");
            }
            return result();
        }
        FutexClock clock = table().clock;
        Deadline deadline = when.started(clock);
        boolean interrupted = false;
        WaitResult result;
        fallingAsleep(clock);
        while ((result = ended()) == null) {
            if (Thread.interrupted()) {
                interrupted = true;
                withdraw(WaitResult.CANCELLED);
            } else if (!deadline.parkUntil(clock, this)) {
                withdraw(WaitResult.TIMED_OUT);
            }
        }
        if (listener != TOLD) {
            LISTENER.getAndSet(this, TOLD);
        }
        if (interrupted) {
            if (result == WaitResult.CANCELLED) {
                throw new InterruptedException();
            }
            me.interrupt(); // the wake came first; the interrupt is the caller's next affair
        }
        return result;
    }
}
