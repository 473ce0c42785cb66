package org.jfutex.linux;

/**
 * What a signal finds when it interrupts a sleeping call, which decides whether the call goes on or ends with EINTR.
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
 * <p>A restart runs the whole operation again, so that a word which has changed meanwhile ends it with EAGAIN. It reads the structures of its arguments again,
 * too, deadlines and the words of futex_waitv; only WAIT and WAIT_BITSET keep the deadline that was computed first. Source: signal(7), and Linux 6.18.
 */
public enum SignalAction {
    /** A handler that was installed without SA_RESTART. */
    HANDLER,
    /** A handler that was installed with SA_RESTART. */
    RESTARTING_HANDLER,
    /** None: the signal stopped the task and it was continued, or it is ignored. */
    NO_HANDLER
}
