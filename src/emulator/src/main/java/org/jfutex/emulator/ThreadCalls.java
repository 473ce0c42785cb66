package org.jfutex.emulator;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jfutex.emulator.riscv.Hart;
import org.jfutex.linux.Errno;
import org.jfutex.linux.Task;

/**
 * System calls of threads and processes: clone, execve, exit, wait, scheduling.
 *
 * <p>The library knows a thread as a {@link Task}: {@link Task#newThread} is clone with CLONE_THREAD, {@link Task#fork}
 * is fork, {@link Task#exec} is execve, and {@link Task#exit} is exit with everything that futexes need: the robust
 * list, the PI locks, and the word that a joining thread waits on.
 */
final class ThreadCalls {

    private static final long CLONE_VM = 0x100;
    private static final long CLONE_VFORK = 0x4000;
    private static final long CLONE_THREAD = 0x1_0000;
    private static final long CLONE_SETTLS = 0x8_0000;
    private static final long CLONE_PARENT_SETTID = 0x10_0000;
    private static final long CLONE_CHILD_CLEARTID = 0x20_0000;
    private static final long CLONE_CHILD_SETTID = 0x100_0000;

    private static final int WNOHANG = 1;
    private static final int SCHED_RESET_ON_FORK = 0x4000_0000;

    private final Machine machine;

    ThreadCalls(Machine machine) {
        this.machine = machine;
    }

    long clone(GuestThread thread, long flags, long stack, long parentTid, long tls, long childTid) {
        boolean joins = (flags & CLONE_THREAD) != 0;
        boolean sharesMemory = (flags & CLONE_VM) != 0;
        GuestProcess process = thread.process;
        GuestThread child;
        try {
            if (joins) {
                child = new GuestThread(process, thread.task.newThread());
            } else {
                ProgramMemory memory =
                        sharesMemory ? thread.memory() : thread.memory().fork();
                child = process.fork(thread, memory, (flags & CLONE_VFORK) != 0);
            }
        } catch (IllegalStateException e) { // the process is ending, as the next checkpoint finds
            return -Errno.EAGAIN;
        }
        Task task = child.task;
        boolean started = false;
        try {
            child.copyFrom(thread, joins || (sharesMemory && (flags & CLONE_VFORK) == 0));
            child.hart.x[Hart.A0] = 0;
            if (stack != 0) {
                child.hart.x[Hart.SP] = stack;
            }
            if ((flags & CLONE_SETTLS) != 0) {
                child.hart.x[Hart.TP] = tls;
            }
            if ((flags & CLONE_PARENT_SETTID) != 0) {
                thread.memory().storeInt(parentTid, task.tid());
            }
            if ((flags & CLONE_CHILD_SETTID) != 0) {
                child.memory().storeInt(childTid, task.tid());
            }
            if ((flags & CLONE_CHILD_CLEARTID) != 0) {
                machine.futexes.setTidAddress(task, childTid);
            }
            child.process.start(child);
            started = true;
        } finally {
            if (!started) {
                task.exit();
            }
        }
        if ((flags & CLONE_VFORK) != 0) {
            process.awaitReturnOfMemory(child.process);
        }
        return task.tid();
    }

    /** Reads struct clone_args, whose stack is given by its lowest address and its size. */
    long clone3(GuestThread thread, long address, long size) {
        if (size < 64) {
            return -Errno.EINVAL;
        }
        ByteBuffer arguments = thread.memory().read(address, 64);
        long stack = arguments.getLong(40);
        long top = stack == 0 ? 0 : stack + arguments.getLong(48);
        long flags = arguments.getLong(0);
        return clone(thread, flags, top, arguments.getLong(24), arguments.getLong(56), arguments.getLong(16));
    }

    /** Starts another program. Everything that can fail comes before the first step that cannot be undone. */
    long execve(GuestThread thread, long pathAddress, long argv, long envp) throws IOException {
        Path file = machine.names.hostPath(thread, thread.memory().loadString(pathAddress));
        List<String> arguments = strings(thread, argv);
        List<String> environment = strings(thread, envp);
        if (!Files.isRegularFile(file)) {
            return Files.exists(file) ? -SystemErrno.EACCES : -SystemErrno.ENOENT;
        }
        ProgramMemory memory = new ProgramMemory();
        Loader.Program program;
        try {
            program = Loader.load(memory, file);
        } catch (IOException e) {
            return -SystemErrno.ENOEXEC;
        }
        GuestProcess process = thread.process;
        process.becomeAlone(thread);
        try {
            thread.task.exec(memory.space);
        } catch (IllegalStateException e) { // the process was killed at this moment
            throw ThreadExit.INSTANCE;
        }
        process.files.closeForExec();
        process.signals.dropHandlers();
        process.executable = file;
        program.enter(thread.hart, memory, arguments, environment);
        process.setProgram(memory);
        thread.programChanged();
        throw HandlerLeft.BY_EXEC;
    }

    private static List<String> strings(GuestThread thread, long array) {
        List<String> found = new ArrayList<>();
        ProgramMemory memory = thread.memory();
        for (long at = array; at != 0 && memory.loadLong(at) != 0; at += 8) {
            found.add(memory.loadString(memory.loadLong(at)));
        }
        return found;
    }

    long exit(GuestThread thread, int code) {
        thread.process.setLastStatus((code & 255) << 8);
        throw ThreadExit.INSTANCE;
    }

    long exitGroup(GuestThread thread, int code) {
        thread.process.exitGroup((code & 255) << 8);
        throw ThreadExit.INSTANCE;
    }

    long wait4(GuestThread thread, int wanted, long statusAddress, int options, long usage) {
        return thread.sleep(true, () -> {
            GuestProcess child = thread.process.awaitChild(wanted, (options & WNOHANG) != 0);
            if (child == null) {
                return 0;
            }
            if (statusAddress != 0) {
                thread.memory().storeInt(statusAddress, child.status());
            }
            SystemCalls.zeroes(thread, usage, 144);
            return child.pid;
        });
    }

    // ---- scheduling: the library needs priorities for PI locks and for the order of waiters

    private GuestThread target(GuestThread caller, int tid) {
        GuestThread found = tid == 0 ? caller : machine.find(tid);
        if (found == null) {
            throw new SystemCallException(Errno.ESRCH);
        }
        return found;
    }

    /** Sets policy and priority; a policy of -1 keeps the present one. */
    long setScheduler(GuestThread thread, int tid, int policy, long parameter) {
        GuestThread target = target(thread, tid);
        int priority = thread.memory().loadInt(parameter);
        int wanted = policy < 0 ? target.policy : policy & ~SCHED_RESET_ON_FORK;
        boolean realtime = wanted == 1 || wanted == 2;
        if (realtime ? priority < 1 || priority > 99 : priority != 0 || wanted > 5) {
            return -Errno.EINVAL;
        }
        target.policy = wanted;
        target.task.setPriority(priority);
        return 0;
    }

    long getScheduler(GuestThread thread, int tid) {
        return target(thread, tid).policy;
    }

    long getSchedulerParameter(GuestThread thread, int tid, long parameter) {
        thread.memory().storeInt(parameter, target(thread, tid).task.priority());
        return 0;
    }

    long getAffinity(GuestThread thread, long size, long set) {
        if (size < 8) {
            return -Errno.EINVAL;
        }
        int processors = Math.min(64, Runtime.getRuntime().availableProcessors());
        thread.memory().storeLong(set, -1L >>> (64 - processors));
        return 8;
    }

    long yieldProcessor() {
        Thread.yield();
        return 0;
    }

    // ---- process groups, as far as kill needs them

    private GuestProcess process(GuestThread caller, int pid) {
        GuestProcess found = pid == 0 ? caller.process : machine.processes.get(pid);
        if (found == null) {
            throw new SystemCallException(Errno.ESRCH);
        }
        return found;
    }

    long group(GuestThread thread, int pid) {
        return process(thread, pid).group;
    }

    long setGroup(GuestThread thread, int pid, int group) {
        GuestProcess target = process(thread, pid);
        target.group = group == 0 ? target.pid : group;
        return 0;
    }
}
