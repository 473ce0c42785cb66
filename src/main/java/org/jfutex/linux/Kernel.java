package org.jfutex.linux;

import org.jfutex.FutexClock;
import org.jfutex.FutexTable;
import org.jspecify.annotations.Nullable;

/** The settings of a {@link FutexCalls}, for the rooms behind it. */
record Kernel(
        Tasks tasks,
        Abi abi,
        KernelVersion version,
        SignalPolicy signals,
        @Nullable FdTable fds) {

    FutexTable table() {
        return tasks.table();
    }

    FutexClock clock() {
        return tasks.table().clock();
    }

    GuestMemory guest(Task task) {
        return new GuestMemory(task.memory(), abi);
    }
}
