package org.jfutex;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jfutex.key.StackGuard;
import org.jfutex.time.Deadline;
import org.jspecify.annotations.Nullable;

/**
 * A wait that has begun. A thread can sleep on it, or it can be polled, cancelled, or reported to a callback.
 *
 * <p>A scheduler that must never block can poll it. A wait ends exactly once.
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
public abstract class PendingWait<R> extends SleepingWait<R> {

    PendingWait() {}

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
     * @param policy the policy that replaces the table's
     * @return how the wait ended
     * @throws InterruptedException if the thread was interrupted before a wake; then the wait has been cancelled
     * @throws IllegalStateException if the wait has not ended, and another thread awaits this or a callback was given
     */
    public final R await(Deadline deadline, SpinPolicy policy) throws InterruptedException {
        requireNonNull(deadline, "deadline");
        SpinPolicy before = requireNonNull(policy, "policy").effectiveFor(deadline);
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
        StackGuard.checkDeep();
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
        StackGuard.checkDeep();
        listen(new Callback<>(this, recorded(callback)));
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
        StackGuard.checkCall(); // onEnd checks again
        CompletableFuture<R> end = new CompletableFuture<>();
        onEnd(end::complete);
        if (endedForNotification() != null) {
            return end.minimalCompletionStage(); // it is complete, or will be when this thread's callback returns
        }
        return TimedStage.of(this, end, deadline);
    }
}
