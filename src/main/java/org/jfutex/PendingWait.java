package org.jfutex;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jfutex.key.StackGuard;
import org.jfutex.time.DaemonThreads;
import org.jfutex.time.Deadline;
import org.jfutex.time.FutexClock;
import org.jspecify.annotations.Nullable;

/**
 * A wait that has begun. A thread can sleep on it, or it can be polled, cancelled, or reported to a callback.
 *
 * <p>A scheduler that must never block can poll it.
 * It ends exactly once.
 *
 * <p>Until it ends, at most one thread awaits it or one callback is given to it: a second one is refused with an {@link
 * IllegalStateException}. Once it has ended, any number of threads may await it, which returns the result at once, and
 * any number of callbacks may be given to it.
 *
 * <p>A wake or a lock that was given to this waiter counts, whatever happens next: a wait that is woken and cancelled,
 * interrupted or timed out at the same moment ends as woken.
 *
 * <p><b>Memory consistency effects:</b> actions in a thread before a wake, or before it ended this wait otherwise,
 * happen-before actions in another thread after it learned from this object how the wait ended.
 *
 * @param <R> the type of the result
 */
public abstract sealed class PendingWait<R> permits PreparedWait, PiWait {

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
            LISTENER = MethodHandles.lookup().findVarHandle(PendingWait.class, "listener", Object.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final Object NOTIFIED = new Object();
    private static final Object WATCHED = new Object();

    private volatile @Nullable Object listener;

    PendingWait() {}

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

    abstract FutexTable table();

    /** Returns a queue to which it was added. Only for a caller that has found the wait not ended. */
    abstract WaitQueue queuedIn();

    /** Returns a description of the keys of this wait. */
    abstract String describeKeys();

    /** Converts the result to the result type of this kind of wait. */
    abstract R result(WaitResult ended);

    /**
     * Returns how the wait ended, without blocking.
     *
     * @return the result, null while the waiter is queued
     */
    public final @Nullable R poll() {
        WaitResult end = ended();
        return end == null ? null : result(end);
    }

    /**
     * Sleeps until the wait ends.
     *
     * @return how the wait ended
     * @throws InterruptedException if the thread was interrupted before a wake; then the wait has been cancelled
     * @throws IllegalStateException if the wait has not ended, and another thread awaits this or a callback was given
     */
    public final R await() throws InterruptedException {
        return await(Deadline.NEVER);
    }

    /**
     * Sleeps until the wait ends or the deadline passes.
     *
     * @param deadline when the wait times out; then the waiter leaves its queue
     * @return how the wait ended
     * @throws InterruptedException if the thread was interrupted before a wake; then the wait has been cancelled
     * @throws IllegalStateException if the wait has not ended, and another thread awaits this or a callback was given
     */
    public final R await(Deadline deadline) throws InterruptedException {
        requireNonNull(deadline, "deadline");
        return ended() != null ? result() : await(deadline, table().spinPolicy);
    }

    /**
     * Sleeps until the wait ends or the deadline passes, with an explicit spin policy. A thread that waits for a lock
     * benefits from spinning in other cases than one that waits for a reply.
     *
     * @param deadline when the wait times out; then the waiter leaves its queue
     * @param polling the policy that replaces the table's
     * @return how the wait ended
     * @throws InterruptedException if the thread was interrupted before a wake; then the wait has been cancelled
     * @throws IllegalStateException if the wait has not ended, and another thread awaits this or a callback was given
     */
    public final R await(Deadline deadline, SpinPolicy polling) throws InterruptedException {
        requireNonNull(deadline, "deadline");
        SpinPolicy before = requireNonNull(polling, "polling").effectiveFor(deadline);
        if (ended() == null && (before == SpinPolicy.NONE || !watchedAlone())) {
            sleep(deadline, true);
        }
        return result();
    }

    /**
     * Sleeps until the wait ends. An interrupt does not end the wait or change its position in the queue; the interrupt
     * status is set on return.
     *
     * @return how the wait ended
     * @throws IllegalStateException if the wait has not ended, and another thread awaits this or a callback was given
     */
    public final R awaitUninterruptibly() {
        if (ended() == null) {
            try {
                sleep(Deadline.NEVER, false);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        return result();
    }

    /**
     * Cancels the wait, unless it has ended already.
     *
     * <p>If the result is {@link WaitResult#WOKEN}, this waiter has consumed a wake. A caller that cannot use it should
     * forward it with another {@link FutexTable#wake wake}. If the result is {@link PiResult#LOCKED}, the task holds
     * the lock.
     *
     * @return how the wait ended; cancelled if this call ended it
     */
    public final R cancel() {
        StackGuard.check();
        tryEnd(WaitResult.CANCELLED);
        R result = result();
        notifyListener();
        return result;
    }

    /**
     * Registers a callback, which is called once when the wait ends.
     *
     * <p>It is called by the thread that ended the wait, after all locks of the table are released, so it may use the
     * table. If the wait has ended already, this method calls it.
     *
     * <p>Callbacks do not nest: if the calling thread is within a callback of any wait, this one is called after that
     * one has returned. Wakes and cancels within a callback return before the callbacks of the waits that they end are
     * called. So a callback must not block until a later one of its thread is called, and a slow one delays the later
     * ones. Threads that are woken together with it are not delayed.
     *
     * <p>What a callback throws goes to its thread's uncaught exception handler, and changes nothing for other waits.
     *
     * @param callback receives the result
     * @throws IllegalStateException if the wait has not ended, and there is a callback already or a thread awaits this
     */
    public final void onEnd(Consumer<? super R> callback) {
        requireNonNull(callback, "callback");
        StackGuard.check();
        listen(new Callback<>(this, recorded(callback)));
    }

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

    /**
     * Returns a stage that completes when this wait ends.
     *
     * <p>The stage completes with the result and never exceptionally, on the thread that ended the wait. If the
     * deadline ended it, that is a thread of the table's {@linkplain FutexTableBuilder#callbackExecutor executor}, or
     * the thread on which a clock of your own runs its tasks. It completes as a callback is called, see {@link #onEnd}:
     * if this method is called within a callback, the stage of a wait that has ended completes after that callback has
     * returned. Use the {@code Async} forms for dependent actions that block.
     *
     * <p>The stage cannot be completed from outside: to end the wait, call {@link #cancel} here, which returns whether
     * a wake had chosen it before. After the end no reference to the deadline is kept.
     *
     * @param deadline when the wait times out; then the waiter leaves its queue
     * @return the stage
     * @throws IllegalStateException if the wait has not ended, and there is a callback already or a thread awaits this
     */
    public final CompletionStage<R> asStage(Deadline deadline) {
        requireNonNull(deadline, "deadline");
        StackGuard.check();
        CompletableFuture<R> end = new CompletableFuture<>();
        onEnd(end::complete);
        if (endedForNotification() != null) {
            return end.minimalCompletionStage(); // it is complete, or will be when this thread's callback returns
        }
        FutexClock clock = table().clock;
        boolean timed = false;
        try {
            Runnable alarm = Timeouts.schedule(deadline.started(clock), clock, this::timeOut);
            try {
                CompletionStage<R> stage =
                        end.whenComplete((result, never) -> cancelTimer(alarm)).minimalCompletionStage();
                timed = true;
                return stage;
            } finally {
                if (!timed) {
                    cancelTimer(alarm);
                }
            }
        } finally {
            if (!timed) { // no memory for an alarm: the caller gets no stage, and could not learn of a wake
                tryEnd(WaitResult.CANCELLED);
                notifyListener();
            }
        }
    }

    /** Cancels an alarm; what the clock throws goes to the thread's uncaught exception handler. */
    private static void cancelTimer(Runnable alarm) {
        try {
            alarm.run();
        } catch (Throwable t) {
            DaemonThreads.reportUncaught(t);
        }
    }

    private void timeOut() {
        tryEnd(WaitResult.TIMED_OUT);
        notifyListener();
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

    /** Calls a callback; what it throws goes to the thread's handler. */
    final void call(Consumer<? super R> callback) {
        try {
            NoInline.accept(callback, result(requireEnded(endedForNotification())));
        } catch (Throwable t) {
            DaemonThreads.reportUncaught(t);
        }
    }

    /** Returns the thread that sleeps on this, for dumps. */
    @Nullable
    Thread sleeper() {
        return listener instanceof Thread t ? t : null;
    }

    private R result() {
        return result(requireEnd());
    }

    private WaitResult requireEnd() {
        return requireEnded(ended());
    }

    private static WaitResult requireEnded(@Nullable WaitResult end) {
        if (end == null) {
            throw new IllegalStateException("still waiting");
        }
        return end;
    }

    /**
     * Sets the thread that will sleep on this, before another thread can see it. This saves the sleeper a
     * compare-and-set on a field that wakers read.
     */
    final void setSleeper(Thread sleeper) {
        LISTENER.set(this, sleeper);
    }

    /**
     * Watches for the end, as the only thread that may, and returns whether it came. If not, this thread is to sleep on
     * it.
     */
    private boolean watchedAlone() {
        if (!replaced(null, WATCHED)) {
            return checkEnded();
        }
        boolean over = true; // also if it fails
        try {
            over = spin();
        } finally {
            replaced(WATCHED, over ? null : Thread.currentThread());
        }
        return over;
    }

    /**
     * Replaces the listener if it is the expected one. One place in the code, since each needs memory at its first use.
     */
    private boolean replaced(@Nullable Object expected, @Nullable Object now) {
        return LISTENER.compareAndSet(this, expected, now);
    }

    /** Refuses a second listener of a wait that goes on. */
    private boolean checkEnded() {
        if (ended() == null) {
            throw new IllegalStateException("another listener or thread waits for this already");
        }
        return true;
    }

    /**
     * Spends the time until a wait has ended that no other thread can know; what to do before parking has been
     * {@linkplain SpinPolicy#effectiveFor decided}.
     */
    final R spinThenSleep(Deadline deadline, SpinPolicy polling) throws InterruptedException {
        if (ended() == null && (polling == SpinPolicy.NONE || !spin())) {
            sleep(deadline, true);
        }
        return result();
    }

    /** Spins until the wait ends or spinning no longer pays; returns whether the wait has ended. */
    final boolean spin() {
        WaitQueue q = queuedIn();
        Object recorded = JfrRecorder.beginWait(this);
        boolean over = q.bucket.spin.watch(this, q.size);
        if (over && recorded != null) {
            JfrRecorder.endWait(recorded, this, requireEnd());
        }
        return over;
    }

    /**
     * Sleeps until the wait has ended. Every waiting thread parks here, and the stack of a virtual thread is copied, so
     * it is kept shallow.
     */
    private void sleep(Deadline deadline, boolean interruptible) throws InterruptedException {
        Thread me = Thread.currentThread();
        if (listener != me && !replaced(null, me)) {
            checkEnded();
            return;
        }
        boolean interrupted = false;
        try {
            Object recorded = JfrRecorder.beginWait(this);
            if (deadline != Deadline.NEVER) {
                interrupted = sleepUntil(deadline);
                if (interrupted) {
                    tryEnd(WaitResult.CANCELLED);
                }
            }
            while (ended() == null) {
                if (Thread.interrupted()) {
                    interrupted = true; // before a listener of priorities can take it for its own
                    if (interruptible) {
                        tryEnd(WaitResult.CANCELLED);
                    }
                } else {
                    table().clock.park(this);
                }
            }
            if (listener != NOTIFIED) {
                LISTENER.getAndSet(this, NOTIFIED);
            }
            if (recorded != null) {
                JfrRecorder.endWait(recorded, this, requireEnd());
            }
        } catch (Throwable e) { // of the clock or the JVM; a waiter without a sleeper would consume a wake
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            tryEnd(WaitResult.CANCELLED);
            LISTENER.getAndSet(this, NOTIFIED);
            throw e;
        }
        if (interrupted) {
            reportInterrupt(interruptible);
        }
    }

    /**
     * Sleeps until the wait has ended, at the latest at the deadline, or the thread was interrupted; returns whether it
     * was.
     */
    private boolean sleepUntil(Deadline when) {
        FutexClock clock = table().clock;
        Deadline deadline = when.started(clock);
        while (ended() == null) {
            if (Thread.interrupted()) {
                return true;
            }
            long now = Timeouts.now(deadline, clock);
            if (Timeouts.hasPassed(deadline, now)) {
                tryEnd(WaitResult.TIMED_OUT);
            } else if (ended() == null) { // check again: the clock may have consumed the permit of a wake
                Timeouts.park(deadline, clock, this, now);
            }
        }
        return false;
    }

    /** Reports an interrupt: throws if it has ended the wait, else restores the thread's interrupt status. */
    private void reportInterrupt(boolean interruptible) throws InterruptedException {
        if (interruptible && ended() == WaitResult.CANCELLED) {
            throw new InterruptedException();
        }
        Thread.currentThread().interrupt();
    }
}
