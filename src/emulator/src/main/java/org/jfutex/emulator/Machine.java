package org.jfutex.emulator;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jfutex.FutexTable;
import org.jfutex.linux.FutexCalls;
import org.jfutex.linux.SignalDisposition;
import org.jfutex.linux.Task;
import org.jfutex.linux.TaskTable;
import org.jfutex.memory.AddressSpace;
import org.jfutex.time.FutexClock;
import org.jspecify.annotations.Nullable;

/**
 * A machine that runs RISC-V programs for Linux: what all its processes share.
 *
 * <p>This is where the library is put together: a table of futexes with a clock, the tasks that wait in it, and the
 * calls of these tasks with a signal policy.
 *
 * <p>Lock order: the machine's lock; the lock of a process's signals.
 */
public final class Machine {

    final FutexClock clock = FutexClock.system();
    final TaskTable tasks = new TaskTable(FutexTable.builder().clock(clock));
    final FutexCalls futexes = FutexCalls.builder(tasks).signals(this::onSignal).build();

    final ThreadFactory threadFactory;
    final InputStream in;
    final OutputStream out;
    final OutputStream err;
    final FileNames names = new FileNames();
    final SharedSegments segments = new SharedSegments();
    final SystemCalls systemCalls = new SystemCalls(this);
    private final boolean tracing;

    /** Guards the tree of processes and what GuestProcess says. */
    final ReentrantLock lock = new ReentrantLock();

    /** Signalled when a thread or a process has ended, or has started another program. */
    final Condition changed = lock.newCondition();

    final Map<Task, GuestThread> threads = new ConcurrentHashMap<>();
    final Map<Integer, GuestProcess> processes = new ConcurrentHashMap<>();

    private volatile @Nullable Throwable failure;

    /**
     * Creates a machine.
     *
     * @param threadFactory creates the Java thread of each guest thread: a platform or a virtual thread
     * @param in the standard input of the guest
     * @param out its standard output
     * @param err its standard error
     * @param tracing whether to print every system call to {@code err}
     */
    public Machine(ThreadFactory threadFactory, InputStream in, OutputStream out, OutputStream err, boolean tracing) {
        this.threadFactory = requireNonNull(threadFactory, "threadFactory");
        this.in = requireNonNull(in, "in");
        this.out = requireNonNull(out, "out");
        this.err = requireNonNull(err, "err");
        this.tracing = tracing;
        tasks.spawn(new AddressSpace()); // task 1, init, which runs no code
    }

    /**
     * Runs a program until its process has ended, then ends all processes that it has left behind.
     *
     * @param program an executable file for RISC-V, statically linked
     * @param arguments the arguments, without the program's name
     * @param environment the environment, each entry as {@code NAME=value}
     * @return the exit code; 128 plus the signal's number if a signal ended the process
     * @throws IOException if the program cannot be read, or is not such a file
     * @throws IllegalStateException if the emulator itself has failed
     */
    public int run(Path program, List<String> arguments, List<String> environment) throws IOException {
        GuestProcess init = spawn(program, arguments, environment);
        lock.lock();
        try {
            while (processes.containsKey(init.pid)) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
        processes.values().forEach(left -> left.exitGroup(SignalInfo.SIGKILL));
        lock.lock();
        try {
            while (!threads.isEmpty()) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
        if (failure != null) {
            throw new IllegalStateException("the emulator has failed", failure);
        }
        int status = init.status();
        return (status & 127) == 0 ? status >> 8 & 255 : 128 + (status & 127);
    }

    private GuestProcess spawn(Path program, List<String> arguments, List<String> environment) throws IOException {
        ProgramMemory memory = new ProgramMemory();
        Loader.Program loaded = Loader.load(memory, program);
        Task task = tasks.spawn(memory.space);
        GuestProcess process = new GuestProcess(this, task.pid(), memory, FileTable.standard(this), null);
        GuestThread thread = new GuestThread(process, task);
        List<String> argv = new ArrayList<>(arguments);
        argv.add(0, program.toString());
        loaded.enter(thread.hart, memory, argv, environment);
        process.executable = program.toAbsolutePath();
        process.start(thread);
        return process;
    }

    private SignalDisposition onSignal(Task task) {
        GuestThread thread = threads.get(task);
        return thread == null ? SignalDisposition.NO_HANDLER : thread.onInterrupt();
    }

    /** Returns the thread with a thread id, null if there is none. */
    @Nullable
    GuestThread find(int tid) {
        return tasks.find(tid).map(threads::get).orElse(null);
    }

    /** Keeps the first fault of the emulator, which {@link #run} reports. */
    void report(GuestThread thread, Throwable e) {
        failure = failure == null ? e : failure;
        trace(thread, e::toString);
    }

    void trace(GuestThread thread, Supplier<String> line) {
        if (tracing) {
            synchronized (err) {
                try {
                    err.write(("[" + thread.task.tid() + "] " + line.get() + "\n").getBytes());
                    err.flush();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }
}
