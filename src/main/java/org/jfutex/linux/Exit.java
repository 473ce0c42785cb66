package org.jfutex.linux;

import static java.util.Objects.requireNonNull;

import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.StackGuard;
import org.jspecify.annotations.Nullable;

/** The steps of the kernel, in its order, for a task that leaves its program by exit or by exec. */
final class Exit {

    private Exit() {}

    /*
     * An exit is not retried, so stack for all steps is reserved before the first one. Each step runs even if the
     * guest's memory throws in another. The exception that was thrown last is rethrown to the caller.
     */

    static void exit(TaskTable tasks, Task task) {
        StackGuard.checkDeep();
        end(tasks, task);
    }

    private static void end(TaskTable tasks, Task task) {
        if (tasks.beginExit(task)) {
            try {
                leaveProgram(tasks, task, task.tid());
            } finally {
                tasks.endExit(task);
            }
        }
    }

    static void exitGroup(TaskTable tasks, Task task) {
        StackGuard.checkDeep();
        tasks.beginExitGroup(task.process);
        try {
            end(tasks, task);
        } finally {
            exitOthers(tasks, task);
        }
    }

    static void exec(TaskTable tasks, Task task, FutexMemory newMemory) {
        requireNonNull(newMemory, "newMemory");
        StackGuard.checkDeep();
        if (!tasks.beginExec(task)) {
            throw new IllegalStateException(task + " is exiting and cannot start a program");
        }
        boolean started = false;
        try {
            becomeAlone(tasks, task);
            started = tasks.endExec(task, newMemory);
        } finally {
            if (!started) {
                tasks.endExit(task);
            }
        }
        if (!started) {
            throw new IllegalStateException(task + " was killed before it started a program");
        }
    }

    private static void becomeAlone(TaskTable tasks, Task task) {
        try {
            exitOthers(tasks, task);
        } finally {
            tasks.awaitAlone(task);
            leaveProgram(
                    tasks, task, task.pid()); // now the leader's id; the robust locks of another thread hold its old id
        }
    }

    private static void exitOthers(TaskTable tasks, Task task) {
        @Nullable Throwable failure = null;
        for (Task other = tasks.nextToExit(task); other != null; other = tasks.nextToExit(task)) {
            try {
                end(tasks, other);
            } catch (Throwable e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw Exit.<RuntimeException>undeclared(failure);
        }
    }

    /** Throws {@code t} without declaring it: a memory may throw anything, even a checked exception. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    static <E extends Throwable> E undeclared(Throwable t) throws E {
        throw (E) t;
    }

    private static void leaveProgram(TaskTable tasks, Task task, int tid) {
        try {
            task.awaitAcquisition();
            task.endCalls();
        } finally {
            try {
                walk(tasks, task, tid, Abi.LP64);
            } finally {
                try {
                    walk(tasks, task, tid, Abi.ILP32);
                } finally {
                    try {
                        task.pi().exit();
                    } finally {
                        clearChildTid(tasks, task);
                    }
                }
            }
        }
    }

    private static void walk(TaskTable tasks, Task task, int tid, Abi abi) {
        RobustList list = task.robustList(abi);
        if (list != null) {
            task.setRobustList(abi, null);
            list.walk(tasks.table(), task.memory(), tid);
        }
    }

    /** Clears the word at {@code clear_child_tid} and wakes one waiter, if another task shares the memory. */
    private static void clearChildTid(TaskTable tasks, Task task) {
        long address = task.clearChildTid();
        task.setClearChildTid(0);
        if (address == 0 || !tasks.sharesMemory(task)) {
            return;
        }
        FutexMemory memory = task.memory();
        try {
            new GuestMemory(memory, new Abi(64, memory.byteOrder())).storeInt(address, 0);
        } catch (MemoryFaultException e) {
            // Linux tries the wake even if the store fails
        } finally {
            Wakes.byKernel(tasks.table(), memory, address);
        }
    }
}
