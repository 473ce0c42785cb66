package org.jfutex;

/**
 * A wait that would have been one too many, see {@link FutexTableBuilder#waiterLimit} and {@link FutexTableBuilder#keyWaiterLimit}.
 *
 * <p>Nothing has changed when it is thrown: nobody was queued. Linux has no such limit but its memory, and ENOMEM for it.
 */
public final class TooManyWaitersException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    TooManyWaitersException(String message) {
        super(message);
    }
}
