package org.jfutex.linux;

import static java.util.Objects.requireNonNull;

import org.jfutex.key.FirstFailure;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.StackGuard;

/** The steps of the kernel, in its order, for a task that leaves its program by exit or by exec. */
final class Exit {

    private Exit() {}

    /*
     * An exit is not retried, so stack for all steps is reserved before the first one. Each step runs even if the
     * guest's memory throws in another one. When all steps are done, the first failure is thrown, and it suppresses
     * the others.
     *
     * These methods have no lambdas: the linking of one needs more stack than all steps together.
     */

    static void exit(TaskTable tasks, Task task) {
        StackGuard.checkExit();
        FirstFailure failure = new FirstFailure();
        end(tasks, task, failure);
        failure.rethrow();
    }

    private static void end(TaskTable tasks, Task task, FirstFailure failure) {
        if (tasks.beginExit(task)) {
            leaveProgram(tasks, task, task.tid(), failure);
            tasks.endExit(task);
        }
    }

    static void exitGroup(TaskTable tasks, Task task) {
        StackGuard.checkExit();
        FirstFailure failure = new FirstFailure();
        tasks.beginExitGroup(task.process);
        end(tasks, task, failure);
        exitOthers(tasks, task, failure);
        failure.rethrow();
    }

    static void exec(TaskTable tasks, Task task, FutexMemory newMemory) {
        requireNonNull(newMemory, "newMemory");
        StackGuard.checkExit();
        FirstFailure failure = new FirstFailure();
        if (!tasks.beginExec(task)) {
            throw new IllegalStateException(task + " is exiting and cannot start a program");
        }
        exitOthers(tasks, task, failure);
        tasks.awaitAlone(task);
        // the walk uses the leader's id; the robust locks of another thread hold its old id
        leaveProgram(tasks, task, task.pid(), failure);
        boolean started = false;
        try {
            started = failure.isEmpty() && tasks.endExec(task, newMemory);
        } catch (Throwable e) {
            failure.add(e);
        }
        if (!started) {
            tasks.endExit(task);
        }
        failure.rethrow();
        if (!started) {
            throw new IllegalStateException(task + " was killed before it started a program");
        }
    }

    private static void exitOthers(TaskTable tasks, Task task, FirstFailure failure) {
        for (Task other = tasks.nextToExit(task); other != null; other = tasks.nextToExit(task)) {
            end(tasks, other, failure);
        }
    }

    private static void leaveProgram(TaskTable tasks, Task task, int tid, FirstFailure failure) {
        try {
            task.awaitAcquisition();
        } catch (Throwable e) {
            failure.add(e);
        }
        task.endCalls(failure);
        walk(tasks, task, tid, Abi.LP64, failure);
        walk(tasks, task, tid, Abi.ILP32, failure);
        try {
            task.pi().exit();
        } catch (Throwable e) {
            failure.add(e);
        }
        try {
            clearChildTid(tasks, task);
        } catch (Throwable e) {
            failure.add(e);
        }
    }

    private static void walk(TaskTable tasks, Task task, int tid, Abi abi, FirstFailure failure) {
        RobustList list = task.robustList(abi);
        if (list != null) {
            task.setRobustList(abi, null);
            list.walk(tasks.table(), task.memory(), tid, failure);
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
            RobustList.wakeByKernel(tasks.table(), memory, address);
        }
    }
}
