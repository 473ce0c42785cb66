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
 * The living tasks of one futex table by thread id: the pid namespace of PI and robust futexes.
 *
 * <p>One instance serves one table, with any number of processes and ABIs. Any thread may call its methods.
 */
public final class TaskTable {

    /** The highest thread id that a futex word can hold: FUTEX_TID_MASK. */
    public static final int MAX_TID = PiTask.MAX_TID;

    private final FutexTable table;
    private final @Nullable ObjIntConsumer<? super Task> priorities;

    /** The owners of PI locks, kernel threads included. The table reads this map while it holds its locks. */
    private final Map<Integer, PiTask> owners = new ConcurrentHashMap<>();

    /* Below: guarded by "this". */

    private final Map<Integer, Task> byTid = new HashMap<>();
    private final IdentityHashMap<FutexMemory, MmUsers> mms = new IdentityHashMap<>();
    private int lastTid;

    /** Creates a task table without tasks, and a futex table for it with every setting at its default. */
    public TaskTable() {
        this(FutexTable.builder());
    }

    /**
     * Creates a task table without tasks, and a futex table for it.
     *
     * @param settings the futex table's settings; the futex table looks up the owners of PI locks in this task table
     */
    public TaskTable(FutexTableBuilder settings) {
        this(settings, null);
    }

    /**
     * Creates a task table without tasks, and a futex table for it, with a listener for effective priorities.
     *
     * @param settings the futex table's settings; the futex table looks up the owners of PI locks in this task table
     * @param priorities called when priority inheritance or {@link Task#setPriority} changes a task's effective
     *     priority: 0 for normal, 1 to 99 for real-time, which {@link org.jfutex.PriorityListener#javaPriority} maps to
     *     a thread's priority. Calls for one task never overlap. The thread that caused the change makes the call, and
     *     holds no lock of the table.
     */
    public TaskTable(FutexTableBuilder settings, @Nullable ObjIntConsumer<? super Task> priorities) {
        this.priorities = priorities;
        this.table = requireNonNull(settings, "settings").tasks(owners::get).build();
    }

    /**
     * Returns the futex table in which the tasks wait.
     *
     * @return the table
     */
    public FutexTable table() {
        return table;
    }

    /**
     * Creates a process of one thread without a parent.
     *
     * @param memory the process's memory; processes may share one
     * @return the process's thread, with normal priority and a free thread id
     */
    public Task spawn(FutexMemory memory) {
        return add(null, null, memory, 0);
    }

    /**
     * Creates a process of one thread with a given thread id and without a parent.
     *
     * @param memory the process's memory; processes may share one
     * @param tid the thread id, 1 to {@value #MAX_TID}
     * @return the process's thread, with normal priority
     * @throws IllegalArgumentException if the thread id is out of range, or taken
     */
    public Task spawn(FutexMemory memory, int tid) {
        return add(null, null, memory, checked(tid));
    }

    /**
     * Registers the thread id of a kernel thread, which cannot own a lock: a PI call on a word with this id returns
     * EPERM.
     *
     * @param tid the thread id, 1 to {@value #MAX_TID}
     * @throws IllegalArgumentException if the thread id is out of range, or taken
     */
    public synchronized void addKernelThread(int tid) {
        refuseTaken(checked(tid));
        owners.put(tid, PiTask.kernelThread(table, tid));
    }

    /**
     * Returns the task with a thread id.
     *
     * @param tid any number
     * @return the task, empty if no task has that id now
     */
    public synchronized Optional<Task> find(int tid) {
        return Optional.ofNullable(byTid.get(tid));
    }

    /**
     * Returns the cycles in which each task waits for a lock that the next task owns. The locks are PI locks, and plain
     * words that hold their owner's thread id, as those of robust mutexes do.
     *
     * <p>A plain word counts only if its bit 31 (FUTEX_WAITERS) is set, as waiters of a robust mutex set it. Without
     * that bit the value 2 of a mutex without an owner would be taken for a thread id. The table is not read at one
     * moment, so a cycle is certain only when a second call returns it again.
     *
     * @return the cycles, as {@link Deadlocks#find} returns them; {@link Deadlocks#report} describes them
     */
    public List<List<WaiterInfo>> deadlocks() {
        IdentityHashMap<PendingWait<?>, Integer> sleepers = sleepers();
        return Deadlocks.find(table.waiters(), w -> namesItsOwner(w) ? sleepers.getOrDefault(w.pending(), 0) : 0);
    }

    private static boolean namesItsOwner(WaiterInfo w) {
        return (w.actual().orElse(0) & RobustList.WAITERS) != 0;
    }

    private synchronized IdentityHashMap<PendingWait<?>, Integer> sleepers() {
        IdentityHashMap<PendingWait<?>, Integer> tids = new IdentityHashMap<>();
        byTid.forEach((tid, task) -> {
            QueuedCall<?> call = task.call();
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
            throw new IllegalArgumentException("thread id " + tid + " is in use");
        }
    }

    private boolean isTaken(int tid) {
        return byTid.containsKey(tid) || owners.containsKey(tid);
    }

    /**
     * Adds a task.
     *
     * @param parent the task that creates it, null if none does
     * @param joined the process that it joins, null for a new process
     * @param wanted its thread id, 0 for any free one
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
            throw new IllegalStateException(parent + " is exiting and creates no task");
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

    private MmUsers enterLocked(FutexMemory memory) {
        MmUsers mm = mms.computeIfAbsent(memory, MmUsers::new);
        mm.users++;
        return mm;
    }

    private void leaveLocked(MmUsers mm) {
        if (--mm.users == 0) {
            mms.remove(mm.memory);
        }
    }

    /** Returns whether other tasks use a task's memory. */
    synchronized boolean sharesMemory(Task task) {
        return task.mm().users > 1;
    }

    /** Sets a task's priority. If the task is starting another program, the new program gets the priority, too. */
    void setPriority(Task task, int priority) {
        table.suspendPriorityEvents();
        try {
            synchronized (this) {
                task.pi().setPriority(priority);
            }
        } finally {
            table.resumePriorityEvents();
        }
    }

    /**
     * Starts an exit and returns whether the task was alive. A task in an exec exits at the end of the exec instead.
     */
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

    /** Starts the exit of a process, which no task may join from now on. */
    synchronized void beginExitGroup(GuestProcess process) {
        process.exiting = true;
        process.doomed = process.starter != null;
    }

    /**
     * Starts an exec. Returns false if the task is not alive, or its process exits or already starts another program.
     */
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

    /** Returns another living task of the caller's process, null if there is none. */
    synchronized @Nullable Task nextToExit(Task caller) {
        for (Task other : caller.process.tasks) {
            if (other != caller && other.isAlive()) {
                return other;
            }
        }
        return null;
    }

    /** Removes a task whose exit is done. A process id stays in use until the last thread has exited. */
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

    /** Waits until all other tasks of a process have exited. */
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

    /** Continues in a new program under the process's id. Returns false if the process must exit instead. */
    boolean endExec(Task task, FutexMemory memory) {
        PiTask owner = newPiTask(task, task.pid(), memory);
        table.suspendPriorityEvents();
        try {
            return endExec(task, owner, memory);
        } finally {
            table.resumePriorityEvents();
        }
    }

    private synchronized boolean endExec(Task task, PiTask now, FutexMemory memory) {
        task.process.starter = null;
        if (task.process.doomed) {
            return false;
        }
        PiTask before = task.pi();
        now.setPriority(before.priority());
        MmUsers old = task.mm();
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
