package org.jfutex.wasm;

/**
 * A WebAssembly trap. Its message is that of the specification's tests (wait_notify.wast, atomic.wast). The memory and
 * the queues have not changed when it is thrown.
 */
public final class TrapException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    TrapException(String message) {
        super(message);
    }
}
