package org.jfutex.emulator;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jfutex.linux.Task;
import org.jspecify.annotations.Nullable;

/**
 * A process of the guest: its threads, memory, files and signals, its parent and children, and its end.
 *
 * <pre>
 *   lives      at least one thread runs
 *   dying      exit_group or a deadly signal; each thread notices that at its next checkpoint, and exits by itself
 *   starting   execve; each thread but the starter exits in that way
 *   zombie     no thread is left; the parent has not yet waited
 * </pre>
 */
final class GuestProcess {

    final Machine machine;
    final int pid;
    final Signals signals = new Signals(this);
    final FileTable files;

    private final CopyOnWriteArrayList<GuestThread> threads = new CopyOnWriteArrayList<>();

    private volatile ProgramMemory memory;

    /** The wait status of a dying process, or -1. Written under the machine's lock. */
    private volatile int dying = -1;

    /** The thread that starts another program. Written under the machine's lock. */
    private volatile @Nullable GuestThread starter;

    /** The file of the program, as /proc/self/exe names it. */
    volatile @Nullable Path executable;

    /** The process group. */
    volatile int group;

    private volatile boolean stopped; // written under the machine's lock

    /* Guarded by the machine's lock. */
    private @Nullable GuestProcess parent;
    private final List<GuestProcess> children = new ArrayList<>();
    private int lastStatus;
    private boolean zombie;
    private boolean borrowsMemory; // of a parent that waits in vfork

    final IntervalTimer alarm = new IntervalTimer(this);

    GuestProcess(Machine machine, int pid, ProgramMemory memory, FileTable files, @Nullable GuestProcess parent) {
        this.machine = machine;
        this.pid = pid;
        this.memory = memory;
        this.files = files;
        this.parent = parent;
        this.group = pid;
    }

    ProgramMemory memory() {
        return memory;
    }

    List<GuestThread> threads() {
        return threads;
    }

    int parentPid() {
        machine.lock.lock();
        try {
            return parent == null ? 1 : parent.pid; // init adopts orphans
        } finally {
            machine.lock.unlock();
        }
    }

    /** Adds and starts a thread. */
    void start(GuestThread thread) {
        machine.lock.lock();
        try {
            threads.add(thread);
            machine.threads.put(thread.task, thread);
            machine.processes.put(pid, this);
            GuestProcess above = parent;
            if (above != null && threads.size() == 1 && !above.children.contains(this)) {
                above.children.add(this);
            }
        } finally {
            machine.lock.unlock();
        }
        boolean started = false;
        try {
            thread.start();
            started = true;
        } finally {
            if (!started) {
                leave(thread);
            }
        }
    }

    // ---- the end of threads and of the process

    /** Makes a thread exit if its process is dying or starts another program; keeps it while the process is stopped. */
    void checkpoint(GuestThread thread) {
        GuestThread survivor = starter;
        if (dying >= 0 || (survivor != null && survivor != thread)) {
            throw ThreadExit.INSTANCE;
        }
        if (stopped) {
            machine.lock.lock();
            try {
                while (stopped && dying < 0) {
                    machine.changed.awaitUninterruptibly();
                }
            } finally {
                machine.lock.unlock();
            }
            checkpoint(thread);
        }
    }

    /** Begins the exit of all threads. The first status counts. */
    void exitGroup(int status) {
        machine.lock.lock();
        try {
            if (dying < 0) {
                dying = status;
            }
            machine.changed.signalAll();
        } finally {
            machine.lock.unlock();
        }
        threads.forEach(GuestThread::notice);
    }

    /** Sets the status of a thread that exits alone; it counts if it is the last thread. */
    void setLastStatus(int status) {
        machine.lock.lock();
        try {
            lastStatus = status;
        } finally {
            machine.lock.unlock();
        }
    }

    /** Stops or continues all threads. */
    void setStopped(boolean now) {
        machine.lock.lock();
        try {
            stopped = now;
            machine.changed.signalAll();
        } finally {
            machine.lock.unlock();
        }
        threads.forEach(GuestThread::notice);
    }

    /**
     * Ends a thread: its task first, which walks the robust list and wakes the joining thread, then the process if this
     * was its last thread.
     */
    void leave(GuestThread thread) {
        try {
            thread.task.exit();
        } catch (RuntimeException | Error e) {
            machine.report(thread, e);
        }
        boolean last;
        GuestProcess above = null;
        machine.lock.lock();
        try {
            threads.remove(thread);
            machine.threads.remove(thread.task);
            last = threads.isEmpty();
            if (last) {
                above = endLocked();
            }
            machine.changed.signalAll();
        } finally {
            machine.lock.unlock();
        }
        if (last) {
            alarm.set(0, 0);
            files.closeAll();
            if (above != null) {
                above.signals.send(new SignalInfo(SignalInfo.SIGCHLD, 1, pid, 0, status()), null);
            }
        } else {
            signals.passOn();
        }
    }

    private @Nullable GuestProcess endLocked() {
        zombie = true;
        borrowsMemory = false;
        if (dying < 0) {
            dying = lastStatus;
        }
        for (GuestProcess child : children) {
            child.parent = null;
        }
        children.clear();
        GuestProcess above = parent;
        if (above != null && above.signals.action(SignalInfo.SIGCHLD).reapsChildren()) {
            above.children.remove(this);
        }
        machine.processes.remove(pid);
        return above;
    }

    /** Returns the wait status of a process that has ended. */
    int status() {
        return dying;
    }

    // ---- execve

    /** Ends all other threads of the process. */
    void becomeAlone(GuestThread thread) {
        machine.lock.lock();
        try {
            checkpoint(thread);
            starter = thread;
            threads.forEach(other -> {
                if (other != thread) {
                    other.notice();
                }
            });
            while (threads.size() > 1) {
                machine.changed.awaitUninterruptibly();
            }
        } finally {
            machine.lock.unlock();
        }
        if (dying >= 0) {
            throw ThreadExit.INSTANCE;
        }
    }

    /** Continues with another memory. */
    void setProgram(ProgramMemory program) {
        memory = program;
        machine.lock.lock();
        try {
            starter = null;
            borrowsMemory = false;
            machine.changed.signalAll();
        } finally {
            machine.lock.unlock();
        }
    }

    // ---- vfork and wait

    /** Creates a child process with one thread, which is not yet started. */
    GuestThread fork(GuestThread caller, ProgramMemory childMemory, boolean borrows) {
        Task task = caller.task.fork(childMemory.space);
        GuestProcess child = new GuestProcess(machine, task.pid(), childMemory, files.fork(), this);
        child.signals.copyActions(signals);
        child.executable = executable;
        child.group = group;
        child.borrowsMemory = borrows;
        return new GuestThread(child, task);
    }

    /** Waits until a child of vfork has started its program or has ended. Of signals, only a deadly one ends this. */
    void awaitReturnOfMemory(GuestProcess child) {
        machine.lock.lock();
        try {
            while (child.borrowsMemory && dying < 0) {
                machine.changed.awaitUninterruptibly();
            }
        } finally {
            machine.lock.unlock();
        }
    }

    /**
     * Waits for the end of a child.
     *
     * @param wanted its process id, or -1 for any child
     * @param poll whether to return at once if none has ended
     * @return the child; null if none has ended
     * @throws SystemCallException ECHILD if there is no such child
     */
    @Nullable
    GuestProcess awaitChild(int wanted, boolean poll) throws InterruptedException {
        machine.lock.lockInterruptibly();
        try {
            while (true) {
                boolean found = false;
                for (GuestProcess child : children) {
                    if (wanted > 0 && child.pid != wanted) {
                        continue;
                    }
                    found = true;
                    if (child.zombie) {
                        children.remove(child);
                        return child;
                    }
                }
                if (!found) {
                    throw new SystemCallException(SystemErrno.ECHILD);
                }
                if (poll) {
                    return null;
                }
                machine.changed.await();
            }
        } finally {
            machine.lock.unlock();
        }
    }
}
