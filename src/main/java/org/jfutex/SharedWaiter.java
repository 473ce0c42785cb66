package org.jfutex;

import org.jfutex.key.FutexMemory;

/**
 * A waiter on a word whose key does not imply the memory: other threads may wait on it, and wake or move this waiter,
 * through other memories.
 */
final class SharedWaiter extends Waiter {

    private final FutexMemory memory;

    SharedWaiter(FutexMemory memory, long expected, WaitOptions options) {
        super(expected, options);
        this.memory = memory;
    }

    @Override
    FutexMemory memory(WaitQueue q) {
        return memory;
    }
}
