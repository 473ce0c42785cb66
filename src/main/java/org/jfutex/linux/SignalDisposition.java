package org.jfutex.linux;

/**
 * The disposition of a signal that interrupts a sleeping call. It decides whether the call continues or ends with
 * EINTR.
 *
 * <pre>
 *                                     HANDLER    RESTARTING_HANDLER    NO_HANDLER
 *   WAIT, WAIT_BITSET, no timeout     EINTR      restarts              restarts
 *   WAIT, WAIT_BITSET, with timeout   EINTR      EINTR                 restarts
 *   futex_wait, futex_waitv           EINTR      restarts              restarts
 *   LOCK_PI, LOCK_PI2                 restarts   restarts              restarts
 *   WAIT_REQUEUE_PI                   restarts   restarts              restarts
 *     ... once it is requeued         EAGAIN     EAGAIN                EAGAIN
 * </pre>
 *
 * <p>A restart runs the whole operation again. A wait ends with EAGAIN if the word has changed by then. A restart
 * also reads the structures of its arguments again: timespecs, and the array of futex_waitv. Only WAIT and WAIT_BITSET
 * keep the deadline that they computed first.
 *
 * <p>Source: signal(7), and Linux 6.18.
 */
public enum SignalDisposition {
    /** A handler that was installed without SA_RESTART. */
    HANDLER,
    /** A handler that was installed with SA_RESTART. */
    RESTARTING_HANDLER,
    /** No handler: the signal stopped the task, which was continued later, or the signal is ignored. */
    NO_HANDLER
}
