package org.jfutex.linux;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ObjIntConsumer;
import org.jfutex.Deadlocks;
import org.jfutex.FutexTable;
import org.jfutex.FutexTableBuilder;
import org.jfutex.PendingWait;
import org.jfutex.PiTask;
import org.jfutex.WaiterInfo;
import org.jfutex.key.FutexMemory;
import org.jspecify.annotations.Nullable;

/**
 * Everybody alive on one futex table, by thread id: the pid namespace that PI and robust futexes live in.
 *
 * <p>One instance serves one table, whatever number of processes and ABIs. All methods may be called by any thread.
 */
public final class Tasks {

    /** The highest thread id that a futex word can hold: FUTEX_TID_MASK. */
    public static final int MAX_TID = PiTask.MAX_TID;

    private final FutexTable table;
    private final @Nullable ObjIntConsumer<? super Task> priorities;

    /** The owners of PI locks, kernel threads included; the table looks here with its locks held. */
    private final Map<Integer, PiTask> owners = new ConcurrentHashMap<>();

    /* Below: under the lock "this". */

    private final Map<Integer, Task> byTid = new HashMap<>();
    private final IdentityHashMap<FutexMemory, Mm> mms = new IdentityHashMap<>();
    private int lastTid;

    /** A registry without tasks, and a table for them with every setting at its default. */
    public Tasks() {
        this(FutexTable.builder());
    }

    /**
     * A registry without tasks, and a table for them.
     *
     * @param settings the table's settings; this registry becomes the one that the table asks for the owners of PI locks
     */
    public Tasks(FutexTableBuilder settings) {
        this(settings, null);
    }

    /**
     * A registry without tasks, a table for them, and somebody who hears of their effective priorities.
     *
     * @param settings the table's settings; this registry becomes the one that the table asks for the owners of PI locks
     * @param priorities told when priority inheritance or {@link Task#setPriority} changes at which priority a task should run: 0 for normal, 1 to 99 for
     *     real-time, which {@link org.jfutex.PriorityListener#javaPriority} maps to a thread's. Calls for one task never overlap; the caller is whoever
     *     caused the change, with no lock held.
     */
    public Tasks(FutexTableBuilder settings, @Nullable ObjIntConsumer<? super Task> priorities) {
        this.priorities = priorities;
        this.table = requireNonNull(settings, "settings").tasks(owners::get).build();
    }

    /**
     * Where they wait.
     *
     * @return the table
     */
    public FutexTable table() {
        return table;
    }

    /**
     * Makes a process of one thread, out of nothing.
     *
     * @param memory its memory; processes may share one
     * @return its thread, of normal priority, with a thread id that is free
     */
    public Task spawn(FutexMemory memory) {
        return add(null, null, memory, 0);
    }

    /**
     * Makes a process of one thread with a given thread id, out of nothing.
     *
     * @param memory its memory; processes may share one
     * @param tid the thread id, 1 to {@value #MAX_TID}
     * @return its thread, of normal priority
     * @throws IllegalArgumentException if the thread id is out of range, or taken
     */
    public Task spawn(FutexMemory memory, int tid) {
        return add(null, null, memory, checked(tid));
    }

    /**
     * Takes a thread id for a thread of the kernel, which can own no lock: a PI futex that names it is refused with EPERM.
     *
     * @param tid the thread id, 1 to {@value #MAX_TID}
     * @throws IllegalArgumentException if the thread id is out of range, or taken
     */
    public synchronized void addKernelThread(int tid) {
        refuseTaken(checked(tid));
        owners.put(tid, PiTask.kernelThread(table, tid));
    }

    /**
     * The task of a thread id.
     *
     * @param tid any number
     * @return the task, empty if none has that id now
     */
    public synchronized Optional<Task> find(int tid) {
        return Optional.ofNullable(byTid.get(tid));
    }

    /**
     * The circles in which everybody waits for a lock that the next one owns: PI locks, and plain words that hold their owner's thread id, as robust mutexes do.
     *
     * <p>A plain word counts if bit 31 (FUTEX_WAITERS) is set in it, which who waits for a robust mutex sees to; the 2 of a mutex without an owner is no thread id.
     * The table is not looked at in one moment, so a circle is a suspicion until a second call shows it again.
     *
     * @return the circles, as {@link Deadlocks#find} has them; {@link Deadlocks#report} puts them in words
     */
    public List<List<WaiterInfo>> deadlocks() {
        IdentityHashMap<PendingWait<?>, Integer> sleepers = sleepers();
        return Deadlocks.find(table.dump(), w -> namesItsOwner(w) ? sleepers.getOrDefault(w.pending(), 0) : 0);
    }

    private static boolean namesItsOwner(WaiterInfo w) {
        return (w.actual().orElse(0) & RobustList.WAITERS) != 0;
    }

    private synchronized IdentityHashMap<PendingWait<?>, Integer> sleepers() {
        IdentityHashMap<PendingWait<?>, Integer> tids = new IdentityHashMap<>();
        byTid.forEach((tid, task) -> {
            SleepingCall<?> call = task.call();
            PendingWait<?> pending = call == null ? null : call.pending();
            if (pending != null) {
                tids.put(pending, tid);
            }
        });
        return tids;
    }

    static int checked(int tid) {
        if (tid < 1 || tid > MAX_TID) {
            throw new IllegalArgumentException("thread id " + tid + " is not within 1 to " + MAX_TID);
        }
        return tid;
    }

    private void refuseTaken(int tid) {
        if (isTaken(tid)) {
            throw new IllegalArgumentException("thread id " + tid + " is taken");
        }
    }

    private boolean isTaken(int tid) {
        return byTid.containsKey(tid) || owners.containsKey(tid);
    }

    /**
     * Adds a task.
     *
     * @param parent who makes it, if somebody does
     * @param joined the process that it joins, null for one of its own
     * @param wanted its thread id, 0 for a free one
     */
    Task add(@Nullable Task parent, @Nullable GuestProcess joined, FutexMemory memory, int wanted) {
        Task task = addAlive(parent, joined, requireNonNull(memory, "memory"), wanted);
        if (parent != null && parent.priority() != 0) {
            task.setPriority(parent.priority());
        }
        return task;
    }

    private synchronized Task addAlive(
            @Nullable Task parent, @Nullable GuestProcess joined, FutexMemory memory, int wanted) {
        if (parent != null && (parent.process.exiting || !parent.isAlive())) {
            throw new IllegalStateException(parent + " makes a task no more");
        }
        refuseTaken(wanted);
        int tid = wanted != 0 ? wanted : freeTid();
        GuestProcess process = joined != null ? joined : new GuestProcess(tid);
        Task task = new Task(this, process, tid, enterLocked(memory));
        process.tasks.add(task);
        byTid.put(tid, task);
        owners.put(tid, task.pi());
        return task;
    }

    private int freeTid() {
        do {
            lastTid = lastTid == MAX_TID ? 1 : lastTid + 1;
        } while (isTaken(lastTid));
        return lastTid;
    }

    PiTask newPiTask(Task task, int tid, FutexMemory memory) {
        return priorities == null
                ? new PiTask(table, tid, memory)
                : PiTask.listened(table, tid, memory, (owner, priority) -> priorities.accept(task, priority));
    }

    private Mm enterLocked(FutexMemory memory) {
        Mm mm = mms.computeIfAbsent(memory, Mm::new);
        mm.users++;
        return mm;
    }

    private void leaveLocked(Mm mm) {
        if (--mm.users == 0) {
            mms.remove(mm.memory);
        }
    }

    /** Whether others live in a task's memory. */
    synchronized boolean sharesMemory(Task task) {
        return task.mm().users > 1;
    }

    /** Sets a priority for the program of a task that goes on, should it start another one at this moment. */
    void setPriority(Task task, int priority) {
        table.delayListeners();
        try {
            synchronized (this) {
                task.pi().setPriority(priority);
            }
        } finally {
            table.tellListeners();
        }
    }

    /** Starts an exit; says whether the task was alive. One that starts another program meanwhile will exit when it has come to that. */
    synchronized boolean beginExit(Task task) {
        if (task.process.starter == task) {
            task.process.doomed = true;
        }
        if (!task.isAlive()) {
            return false;
        }
        task.stateLocked(Task.State.EXITING);
        return true;
    }

    /** Starts the exit of a process: no more may join it. */
    synchronized void beginExitGroup(GuestProcess process) {
        process.exiting = true;
        process.doomed = process.starter != null;
    }

    /** Starts an exec; says whether the task was alive, and its process neither exits nor starts a program for another one. */
    synchronized boolean beginExec(Task task) {
        GuestProcess process = task.process;
        if (!task.isAlive() || process.exiting) {
            return false;
        }
        process.exiting = true;
        process.starter = task;
        task.stateLocked(Task.State.EXITING);
        return true;
    }

    /** Another task of the same process that is alive; null if there is none. */
    synchronized @Nullable Task nextToExit(Task caller) {
        for (Task other : caller.process.tasks) {
            if (other != caller && other.isAlive()) {
                return other;
            }
        }
        return null;
    }

    /** Forgets a task whose exit is done. The id of a process is taken until its last thread is gone. */
    synchronized void endExit(Task task) {
        GuestProcess process = task.process;
        task.stateLocked(Task.State.DEAD);
        leaveLocked(task.mm());
        process.tasks.remove(task);
        owners.remove(task.tid());
        if (task.tid() != process.pid) {
            byTid.remove(task.tid());
        }
        if (process.tasks.isEmpty()) {
            byTid.remove(process.pid);
        }
        notifyAll();
    }

    /** Waits until the exits of all other tasks of a process are done. */
    synchronized void awaitAlone(Task task) {
        boolean interrupted = false;
        while (task.process.tasks.size() > 1) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Goes on in a new program, under the process's id; says whether the process may. */
    boolean endExec(Task task, FutexMemory memory) {
        PiTask owner = newPiTask(task, task.pid(), memory);
        table.delayListeners();
        try {
            return endExec(task, owner, memory);
        } finally {
            table.tellListeners();
        }
    }

    private synchronized boolean endExec(Task task, PiTask now, FutexMemory memory) {
        task.process.starter = null;
        if (task.process.doomed) {
            return false;
        }
        PiTask before = task.pi();
        now.setPriority(before.priority());
        Mm old = task.mm();
        byTid.remove(before.tid());
        owners.remove(before.tid());
        byTid.put(task.pid(), task);
        owners.put(task.pid(), now);
        task.programLocked(now, enterLocked(memory));
        leaveLocked(old);
        task.process.exiting = false;
        task.stateLocked(Task.State.ALIVE);
        return true;
    }
}
