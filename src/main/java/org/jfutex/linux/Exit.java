package org.jfutex.linux;

import static java.util.Objects.requireNonNull;

import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;

/** What the kernel does for a task that leaves its program, by exit or by exec, in the kernel's order. */
final class Exit {

    private Exit() {}

    static void exit(Tasks tasks, Task task) {
        if (tasks.beginExit(task)) {
            leaveProgram(tasks, task, task.tid());
            tasks.endExit(task);
        }
    }

    static void exitGroup(Tasks tasks, Task task) {
        tasks.beginExitGroup(task.process);
        exit(tasks, task);
        exitOthers(tasks, task);
    }

    static void exec(Tasks tasks, Task task, FutexMemory newMemory) {
        requireNonNull(newMemory, "newMemory");
        if (!tasks.beginExec(task)) {
            throw new IllegalStateException(task + " starts a program no more");
        }
        exitOthers(tasks, task);
        tasks.awaitAlone(task);
        leaveProgram(
                tasks,
                task,
                task.pid()); // the leader's id, which its robust locks do not hold if it was another thread
        if (!tasks.endExec(task, newMemory)) {
            tasks.endExit(task);
            throw new IllegalStateException(task + " was ended before it started a program");
        }
    }

    private static void exitOthers(Tasks tasks, Task task) {
        for (Task other = tasks.nextToExit(task); other != null; other = tasks.nextToExit(task)) {
            exit(tasks, other);
        }
    }

    private static void leaveProgram(Tasks tasks, Task task, int tid) {
        task.awaitGain();
        FutexCall call = task.call();
        if (call != null) {
            call.cancel();
        }
        walk(tasks, task, tid, Abi.LP64);
        walk(tasks, task, tid, Abi.ILP32);
        task.pi().exit();
        clearChildTid(tasks, task);
    }

    private static void walk(Tasks tasks, Task task, int tid, Abi abi) {
        RobustList list = task.robustList(abi);
        if (list != null) {
            list.walk(tasks.table(), task.memory(), tid);
            task.setRobustList(abi, null);
        }
    }

    /** Tells who joins this thread, if there is anybody to tell. */
    private static void clearChildTid(Tasks tasks, Task task) {
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
        }
        Wakes.byKernel(tasks.table(), memory, address);
    }
}
