package org.jfutex.linux;

import java.util.function.BiPredicate;
import org.jfutex.FutexTable;
import org.jfutex.time.FutexClock;
import org.jspecify.annotations.Nullable;

/** The settings of a {@link FutexCalls} as the classes of this package use them. */
record CallSettings(
        TaskTable tasks,
        Abi abi,
        KernelVersion version,
        SignalPolicy signals,
        @Nullable FdTable fds,
        BiPredicate<? super Task, ? super Task> inspection) {

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
