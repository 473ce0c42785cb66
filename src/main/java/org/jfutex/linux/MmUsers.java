package org.jfutex.linux;

import org.jfutex.key.FutexMemory;

/** A memory and the number of its tasks. */
final class MmUsers {

    final FutexMemory memory;

    /** The memory as calls with the NUMA flag see it. */
    final NumaMemory numa;

    /** The number of tasks that have not exited; guarded by the lock of {@link TaskTable}. */
    int users;

    MmUsers(FutexMemory memory) {
        this.memory = memory;
        this.numa = new NumaMemory(memory);
    }
}
