package org.jfutex;

import org.jfutex.key.FutexMemory;

/** A waiter on a word of which a key need not know the memory: others may wait on it, and wake or move this one, through other memories. */
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
