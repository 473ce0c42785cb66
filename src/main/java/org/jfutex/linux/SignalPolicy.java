package org.jfutex.linux;

/**
 * The embedder's answer when a signal interrupts a sleeping call: the signal's disposition.
 *
 * <p>A Java interrupt of a thread in a blocking call counts as such a signal. The interrupted thread calls the policy
 * after the task has left all queues, and holds no lock. So the policy may run the guest's handler, or keep a stopped
 * task until it is continued. No wake finds the task during that time, as in Linux.
 *
 * <p>An interrupt is never lost. After {@link SignalDisposition#HANDLER}, the default, the call returns with the
 * thread's interrupt status set. A call that the signal ends returns at once with EINTR; a call that restarts returns
 * later. After the other two answers the policy has consumed the interrupt, and the status stays clear. There are two
 * exceptions, which set it: a timed wait that still ends with EINTR, and a wait that a requeue has moved to its lock
 * and that ends with EAGAIN.
 */
@FunctionalInterface
public interface SignalPolicy {

    /** A policy for which every signal has a handler that was installed without SA_RESTART. */
    SignalPolicy EINTR = task -> SignalDisposition.HANDLER;

    /**
     * Returns the disposition of the signal.
     *
     * @param task the task whose call was interrupted
     * @return the disposition
     */
    SignalDisposition onSignal(Task task);
}
