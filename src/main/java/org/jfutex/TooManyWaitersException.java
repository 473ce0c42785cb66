package org.jfutex;

/**
 * Thrown when one more wait would exceed a limit, see {@link FutexTableBuilder#waiterLimit} and {@link
 * FutexTableBuilder#keyWaiterLimit}.
 *
 * <p>Then no waiter is queued, and no word has changed, with one exception. The word of a PI lock may have its WAITERS
 * bit set, which only makes the unlock slower. In Linux only memory limits the number of waiters (ENOMEM).
 */
public final class TooManyWaitersException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    TooManyWaitersException(String message) {
        super(message);
    }
}
