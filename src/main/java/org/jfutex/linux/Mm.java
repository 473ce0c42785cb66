package org.jfutex.linux;

import org.jfutex.key.FutexMemory;

/** A memory and how many tasks live in it. */
final class Mm {

    final FutexMemory memory;

    /** The same memory to calls with the NUMA flag. */
    final NumaMemory numa;

    /** Tasks that have not exited; under the lock of {@link Tasks}. */
    int users;

    Mm(FutexMemory memory) {
        this.memory = memory;
        this.numa = new NumaMemory(memory);
    }
}
