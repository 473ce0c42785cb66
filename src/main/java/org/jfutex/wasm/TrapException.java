package org.jfutex.wasm;

/** What WebAssembly calls a trap; its message is that of the specification's tests (wait_notify.wast, atomic.wast). Nothing has changed when it is thrown. */
public final class TrapException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    TrapException(String message) {
        super(message);
    }
}
