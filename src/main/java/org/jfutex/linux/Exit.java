package org.jfutex.linux;

import static java.util.Objects.requireNonNull;

import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.StackGuard;
import org.jspecify.annotations.Nullable;

/** What the kernel does for a task that leaves its program, by exit or by exec, in the kernel's order. */
final class Exit {

    private Exit() {}

    /*
     * Nobody comes back to a step that was left out, so there must be room for all of them before the first, and each is done whatever a guest's memory
     * throws in another. What was thrown last goes on to the caller.
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
            throw new IllegalStateException(task + " starts a program no more");
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
            throw new IllegalStateException(task + " was ended before it started a program");
        }
    }

    private static void becomeAlone(TaskTable tasks, Task task) {
        try {
            exitOthers(tasks, task);
        } finally {
            tasks.awaitAlone(task);
            leaveProgram(
                    tasks,
                    task,
                    task.pid()); // the leader's id, which its robust locks do not hold if it was another thread
        }
    }

    private static void exitOthers(TaskTable tasks, Task task) {
        @Nullable Throwable trouble = null;
        for (Task other = tasks.nextToExit(task); other != null; other = tasks.nextToExit(task)) {
            try {
                end(tasks, other);
            } catch (Throwable e) {
                trouble = e;
            }
        }
        if (trouble != null) {
            throw Exit.<RuntimeException>undeclared(trouble);
        }
    }

    /** What a memory has thrown may be anything, declared or not. */
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

    /** Tells who joins this thread, if there is anybody to tell. */
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
            // the wake is tried all the same
        } finally {
            Wakes.byKernel(tasks.table(), memory, address);
        }
    }
}
