package org.jfutex;

/**
 * A wait that would have been one too many, see {@link FutexTableBuilder#waiterLimit} and {@link FutexTableBuilder#keyWaiterLimit}.
 *
 * <p>Nobody was queued when it is thrown, and no word has changed, but that a PI lock's may have got its WAITERS bit, which only makes the unlock
 * slower. Linux has no such limit but its memory, and ENOMEM for it.
 */
public final class TooManyWaitersException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    TooManyWaitersException(String message) {
        super(message);
    }
}
