package org.jfutex.linux;

/**
 * A futex call that has begun: its task sleeps in it, or it has ended.
 *
 * <p>A guest scheduler that must never block polls the call; a thread may {@link #await} it. The call keeps its own
 * deadline. Once the deadline has passed on the table's clock, the next poll finds {@code -ETIMEDOUT}.
 *
 * <p>An emulator handles a signal in three steps: it calls {@link #suspend}, runs the guest's handler, and calls {@link
 * #resume}. The handler may make calls of its own. {@link #interrupt} does all three steps with the answer of the
 * {@link SignalPolicy}.
 */
public abstract sealed class FutexCall permits FinishedCall, QueuedCall {

    FutexCall() {}

    /** Returns a call that did not sleep. */
    static FutexCall finished(long result) {
        return new FinishedCall(result);
    }

    /**
     * Returns whether the call has ended. Never blocks.
     *
     * @return whether {@link #result} returns a value
     */
    public abstract boolean isDone();

    /**
     * Returns the result of the call.
     *
     * @return a value, or a negative errno
     * @throws IllegalStateException if the call has not ended
     */
    public abstract long result();

    /**
     * Sleeps until the call ends.
     *
     * <p>An interrupt of the thread counts as a signal: see {@link SignalPolicy}.
     *
     * @return the result
     * @throws IllegalStateException if another thread awaits this call
     */
    public abstract long await();

    /**
     * Sleeps until the call ends or a signal arrives. It is for an interpreter that must leave the sleeping call to run
     * the guest's handler in its own loop, and that continues the call later. Every operation can be left so, also
     * LOCK_PI and WAIT_REQUEUE_PI.
     *
     * <p>An interrupt of the thread counts as a signal. It suspends the call as {@link #suspend} does and is consumed;
     * the {@link SignalPolicy} is not called. If the call ends first, the interrupt stays set. While the call is
     * suspended by another thread, this method waits for the {@link #resume}.
     *
     * <pre>
     *     while (!call.awaitOrSuspend()) {
     *         runHandler();              // up to the guest's sigreturn; the handler may make calls of its own
     *         call.resume(disposition);
     *     }
     *     return call.result();
     * </pre>
     *
     * @return true if the call has ended; false if an interrupt has suspended it
     * @throws IllegalStateException if another thread awaits this call
     */
    public abstract boolean awaitOrSuspend();

    /**
     * Delivers a signal: the call ends or restarts as the {@link SignalPolicy} answers. If the call has ended, this
     * method does nothing.
     */
    public abstract void interrupt();

    /**
     * Takes the task out of its queues, as a signal or a stop does. No wake finds the task until {@link #resume} has
     * been called once for every {@code suspend}.
     *
     * @return false if the call has ended
     */
    public abstract boolean suspend();

    /**
     * Continues after {@link #suspend}: the call ends with EINTR, or runs its operation again. If the call has ended,
     * this method does nothing.
     *
     * <p>If several signals have suspended the call, it continues at the last {@code resume}. Handlers nest, so the
     * last {@code resume} belongs to the first signal. That signal's disposition alone decides, as in Linux.
     *
     * @param found the disposition of the signal
     * @throws IllegalStateException if the call sleeps and is not suspended
     */
    public abstract void resume(SignalDisposition found);

    /**
     * Ends the call because its task dies. The result is {@code -EINTR}, and no caller is expected to read it. If the
     * call has ended, this method does nothing.
     */
    public abstract void cancel();

    /**
     * Ends the call of a task that lives on. No caller reads the result, so a wake or a lock that it got goes to
     * others.
     */
    void abandon() {}
}
