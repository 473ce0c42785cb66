package org.jfutex.linux;

import org.jfutex.PiTask;

/** The calls that prepare a task's exit: set_robust_list, get_robust_list and set_tid_address. */
final class TaskCalls {

    private TaskCalls() {}

    /** Registers a robust list, whose head is not read before the exit. */
    static long setRobustList(Abi abi, Task task, long head, long len) {
        if (len != RobustList.headSize(abi)) {
            return -Errno.EINVAL;
        }
        task.setRobustList(abi, head == 0 ? null : new RobustList(head, abi));
        return 0;
    }

    static long getRobustList(CallSettings kernel, Task task, int pid, long headPointer, long lenPointer) {
        Task target = pid == 0 ? task : kernel.tasks().find(pid).orElseThrow(() -> new ErrnoException(Errno.ESRCH));
        PiTask program;
        RobustList list;
        do { // again if the target has started another program, which the caller may be forbidden to inspect
            program = target.pi();
            list = target.robustList(kernel.abi());
            ErrnoException.unless(kernel.inspection().test(task, target), Errno.EPERM);
        } while (target.pi() != program);
        GuestMemory guest = kernel.guest(task);
        guest.storeWord(lenPointer, RobustList.headSize(kernel.abi()));
        guest.storeWord(headPointer, list == null ? 0 : list.head());
        return 0;
    }

    static long setTidAddress(Task task, long tidptr) {
        task.setClearChildTid(tidptr);
        return task.tid();
    }
}
