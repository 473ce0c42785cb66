package org.jfutex.linux;

/**
 * The embedder's answer when a signal interrupts a sleeping call: does it have a handler, and of which kind.
 *
 * <p>A Java interrupt of a thread in a blocking call is such a signal. The policy is asked on the thread that was interrupted, after the task has left all
 * queues and with no lock held, so this is the place where a guest's handler may run, or where a stopped task may stay until it is continued. While it
 * is there no wake finds the task, as in Linux.
 *
 * <p>An interrupt is never lost: after {@link SignalAction#HANDLER}, the default, the call returns with the thread's interrupt status set, at once with
 * EINTR if it is a call that ends so, or later if it is one that restarts. With the other two answers the policy has taken the interrupt, and the status
 * stays clear, except when a timed wait still ends with EINTR, or a wait that a requeue has moved to its lock with EAGAIN.
 */
@FunctionalInterface
public interface SignalPolicy {

    /** Every signal has a handler, installed without SA_RESTART. */
    SignalPolicy EINTR = task -> SignalAction.HANDLER;

    /**
     * Says what the signal found.
     *
     * @param task whose call was interrupted
     * @return what it found
     */
    SignalAction onSignal(Task task);
}
