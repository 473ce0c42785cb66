package org.jfutex.linux;

/**
 * A futex call that has begun: it may be over already, or its task sleeps in it.
 *
 * <p>A scheduler of guests that must never block polls it; a thread may {@link #await} it. It keeps its own deadline: once that has passed on the table's
 * clock, the next look finds {@code -ETIMEDOUT}.
 *
 * <p>A signal takes three steps: {@link #suspend}, run the guest's handler, which may make calls of its own, {@link #resume}. {@link #interrupt} is all three with the
 * {@link SignalPolicy}'s answer.
 */
public abstract sealed class FutexCall permits FinishedCall, SleepingCall {

    FutexCall() {}

    /** A call that did not sleep. */
    static FutexCall finished(long result) {
        return new FinishedCall(result);
    }

    /**
     * Whether the call is over. Never blocks.
     *
     * @return whether {@link #result} has an answer
     */
    public abstract boolean isDone();

    /**
     * What the call returned.
     *
     * @return a value, or a negative errno
     * @throws IllegalStateException if the call is not over
     */
    public abstract long result();

    /**
     * Sleeps until the call is over.
     *
     * <p>An interrupt of the thread is a signal, see {@link SignalPolicy}.
     *
     * @return the result
     * @throws IllegalStateException if another thread awaits this
     */
    public abstract long await();

    /** A signal has come: as {@link SignalPolicy} answers, the call ends or restarts. A call that is over does not notice. */
    public abstract void interrupt();

    /**
     * Takes the task out of its queues, as a signal or a stop does; no wake finds it until it is {@link #resume resumed}, as often as it was suspended.
     *
     * @return false if the call is over
     */
    public abstract boolean suspend();

    /**
     * Goes on after {@link #suspend}: ends with EINTR or runs the operation again. A call that is over does not notice. If several signals have suspended
     * the call, it goes on with the last resume, which is that of the first signal since handlers nest; that one alone decides, as in Linux.
     *
     * @param found what the signal found
     * @throws IllegalStateException if the call is asleep and not suspended
     */
    public abstract void resume(SignalAction found);

    /** Ends the call because its task dies; nobody will read the result, which is {@code -EINTR}. A call that is over does not notice. */
    public abstract void cancel();

    /** Ends the call though its task lives on; nobody will read the result, so what the call has gained goes to others. */
    void abandon() {}
}
