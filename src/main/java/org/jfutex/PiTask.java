package org.jfutex;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.locks.LockSupport;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.StackGuard;
import org.jspecify.annotations.Nullable;

/**
 * A possible owner of priority-inheritance locks: a thread of a guest, or of this JVM.
 *
 * <p>A task is what the thread id in a lock word stands for; {@link PiTasks} finds it by that id. It runs at its own priority or at the
 * highest of the tasks that wait for it, directly or through a chain of owners, whichever is higher. It waits for one thing at a time,
 * as a thread does, and it belongs to one {@link FutexTable}.
 *
 * <p>A chain of owners may have any length, but each operation walks up at most 1024 of its locks, as Linux does
 * (kernel.max_lock_depth). If a priority changes at the lower end of a longer chain, then the tasks beyond that limit keep their effective
 * priority, and a lock beyond it keeps the order of its waiters. A later change nearer to them goes on from there. A task that would begin
 * to wait at the lower end of a chain of more than 1024 waiting owners is refused as {@link PiResult#DEADLOCK}, since
 * such a chain is not searched for a cycle.
 *
 * <p>Source: the operations on PI locks of futex(2), the kernel's documents pi-futex and robust-futexes.
 *
 * <p>A task is alive until {@link #exit}. Exec is the end of a task as an owner too: give the thread a new one. A {@linkplain #isKernelThread thread of the kernel} neither
 * locks nor unlocks, waits or exits: that is refused with an {@link IllegalArgumentException}.
 */
public final class PiTask {

    /** The highest thread id that a lock word can hold: FUTEX_TID_MASK. */
    public static final int MAX_TID = 0x3fff_ffff;

    /** The highest real-time priority. */
    public static final int MAX_PRIORITY = 99;

    final FutexTable table;
    private final int tid;
    private final @Nullable FutexMemory memory;
    final @Nullable PriorityListener listener;

    /* Below: written under the table's PI lock; the volatile ones are read without. */

    private volatile int priority;
    private volatile int effective;

    /** What this task waits for: a lock, or a requeue to a lock. */
    volatile @Nullable PiWaiter pending;

    /* The two halves of the exit, see PiExit. */
    volatile boolean exiting;
    volatile boolean dead;

    final RobustWords robust;
    private boolean known; // the task's own affair: whether its table has been seen to find it

    /** This task's locks that somebody waits for. */
    final PriorityList<PiState> owned = new PriorityList<>();

    /* The state of telling the listener, see PiInheritance.tell. */
    int reportedPriority;
    boolean isReporting;
    boolean isPending;

    @Nullable
    PiTask nextPending;

    /**
     * A task of normal priority.
     *
     * @param table where it locks
     * @param tid its thread id, 1 to {@value #MAX_TID}
     * @param memory its address space, in which it names words, and which other tasks must share to share a private lock
     * @throws IllegalArgumentException if {@code tid} is out of range
     */
    public PiTask(FutexTable table, int tid, FutexMemory memory) {
        this(table, tid, requireNonNull(memory, "memory"), null);
    }

    /**
     * A task of normal priority, and somebody who hears of its effective priority.
     *
     * @param table where it locks
     * @param tid its thread id, 1 to {@value #MAX_TID}
     * @param memory its address space
     * @param listener told of every change
     * @return the task
     * @throws IllegalArgumentException if {@code tid} is out of range
     */
    public static PiTask listened(FutexTable table, int tid, FutexMemory memory, PriorityListener listener) {
        return new PiTask(table, tid, requireNonNull(memory, "memory"), requireNonNull(listener, "listener"));
    }

    /**
     * A thread of the kernel, which owns no lock: a word that names it is refused.
     *
     * @param table where it is found
     * @param tid its thread id, 1 to {@value #MAX_TID}
     * @return the task
     * @throws IllegalArgumentException if {@code tid} is out of range
     */
    public static PiTask kernelThread(FutexTable table, int tid) {
        return new PiTask(table, tid, null, null);
    }

    private PiTask(FutexTable table, int tid, @Nullable FutexMemory memory, @Nullable PriorityListener listener) {
        if (tid < 1 || tid > MAX_TID) {
            throw new IllegalArgumentException("thread id " + tid + " is not within 1 to " + MAX_TID);
        }
        this.table = requireNonNull(table, "table");
        this.robust = new RobustWords(table.scatter(1));
        this.tid = tid;
        this.memory = memory;
        this.listener = listener;
    }

    /**
     * Where it locks.
     *
     * @return the table
     */
    public FutexTable table() {
        return table;
    }

    /**
     * The thread id.
     *
     * @return 1 to {@value #MAX_TID}
     */
    public int tid() {
        return tid;
    }

    /**
     * The address space.
     *
     * @return the memory
     * @throws IllegalStateException if this is a kernel thread
     */
    public FutexMemory memory() {
        if (memory == null) {
            throw new IllegalStateException(this + " is a kernel thread and has no memory");
        }
        return memory;
    }

    /**
     * Whether this is a thread of the kernel.
     *
     * @return whether it is
     */
    public boolean isKernelThread() {
        return memory == null;
    }

    /**
     * Whether this task has exited.
     *
     * @return whether {@link #exit} was called
     */
    public boolean isDead() {
        return exiting;
    }

    /**
     * The task's own priority.
     *
     * @return 0 for normal, 1 to 99 for real-time
     */
    public int priority() {
        return priority;
    }

    /**
     * The priority at which the task should run: its own, or the highest of the tasks that wait for it, if that is higher.
     *
     * <p>What a task inherits comes through at most 1024 locks, see {@linkplain PiTask above}.
     *
     * @return 0 for normal, 1 to 99 for real-time
     */
    public int effectivePriority() {
        return effective;
    }

    /**
     * Changes the task's own priority: sched_setscheduler.
     *
     * <p>If the task waits for a lock, it takes its new position among the waiters at once, and the owners up its chain inherit, through
     * at most 1024 locks. A wait that is not for a lock keeps its position.
     *
     * @param now 0 for normal, 1 to {@value #MAX_PRIORITY} for real-time
     * @throws IllegalArgumentException if {@code now} is out of range
     */
    public void setPriority(int now) {
        Preconditions.priority(now);
        StackGuard.check();
        PiInheritance inheritance = table.inheritance;
        inheritance.lock();
        try {
            priority = now;
            inheritance.updateLocked(this);
        } finally {
            inheritance.unlock();
            inheritance.notifyListeners();
        }
    }

    /**
     * Takes a lock, or sleeps until its owner hands it over: FUTEX_LOCK_PI.
     *
     * @param address the lock's word in this task's memory, 32 bits
     * @param scope how it is named
     * @param deadline when to give up; a passed one takes a free lock all the same
     * @return how it ended, see {@link #prepareLock}
     * @throws InterruptedException if the thread was interrupted and the lock was not handed over first
     * @throws IllegalStateException if the task waits already or has exited
     * @throws TooManyWaitersException as {@link #prepareLock} does
     */
    public PiResult lock(long address, Scope scope, Deadline deadline) throws InterruptedException {
        requireNonNull(deadline, "deadline");
        PiWait wait = prepareLock(address, scope);
        try {
            return wait.await(deadline);
        } catch (Throwable e) {
            if (wait.cancel() == PiResult.LOCKED) {
                unlockRetryingOnOom(address, scope); // the caller will never know that it was handed over
            }
            throw e;
        }
    }

    /** Unlocks for who must not fail: waits for memory, if there is none. */
    private void unlockRetryingOnOom(long address, Scope scope) {
        for (boolean unlocked = false; !unlocked; ) {
            try {
                unlock(address, scope);
                unlocked = true;
            } catch (OutOfMemoryError e) {
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    /**
     * Takes a lock, or queues the task to be handed it, and leaves to the caller how to wait: FUTEX_LOCK_PI.
     *
     * <p>The word holds 0 if the lock is free, else its owner's thread id, with bit 31 set as soon as anybody has ever waited (WAITERS)
     * and bit 30 if a former owner died (OWNER_DIED). Programs lock and unlock by compare-and-exchange from 0 to their id and back,
     * and call here when that fails.
     *
     * <p>While the task waits, the owner runs at the task's priority if that is higher, and so do the owners up the chain, through at most
     * 1024 locks. The lock goes to the waiter of the highest effective priority, among equals to the one that came first.
     *
     * @param address the lock's word in this task's memory, 32 bits
     * @param scope how it is named
     * @return the wait; ended already as {@link PiResult#LOCKED} if the lock was free, or as {@link PiResult#DEADLOCK}, {@link
     *     PiResult#NO_OWNER}, {@link PiResult#NOT_PERMITTED} or {@link PiResult#INCONSISTENT}
     * @throws IllegalStateException if the task waits already or has exited
     * @throws TooManyWaitersException if the task would have to wait and a {@linkplain FutexTableBuilder#waiterLimit limit of the table} is reached; the word has its
     *     WAITERS bit then, and nobody is queued
     */
    public PiWait prepareLock(long address, Scope scope) {
        return PiLock.prepare(table, this, address, scope);
    }

    /**
     * Takes a lock if it is free: FUTEX_TRYLOCK_PI.
     *
     * @param address the lock's word in this task's memory, 32 bits
     * @param scope how it is named
     * @return {@link PiResult#LOCKED}, {@link PiResult#WOULD_BLOCK}, or a refusal as of {@link #prepareLock}
     * @throws IllegalStateException if the task has exited
     */
    public PiResult tryLock(long address, Scope scope) {
        return PiLock.tryLock(table, this, address, scope);
    }

    /**
     * Hands a lock over to its next owner, or frees it if nobody waits: FUTEX_UNLOCK_PI.
     *
     * @param address the lock's word in this task's memory, 32 bits
     * @param scope how it is named
     * @return {@link PiResult#UNLOCKED}, {@link PiResult#NOT_OWNER} or {@link PiResult#INCONSISTENT}
     * @throws IllegalStateException if the task has exited
     */
    public PiResult unlock(long address, Scope scope) {
        return PiUnlock.unlock(table, this, address, requireNonNull(scope, "scope"));
    }

    /**
     * Hands over every lock of a task that somebody waits for, marked as of a dead owner: what the kernel does when a thread exits.
     *
     * <p>What the task waits for is cancelled. A lock that nobody waits for keeps the task's id in its word, and who wants it is told
     * {@link PiResult#NO_OWNER}, unless it was {@linkplain #addRobust noted}; a robust list in the task's memory, if there is one, is to be gone
     * through before.
     *
     * <p>What a memory throws stops nothing. A lock whose word its next owner cannot write ends that one's wait as {@link PiResult#FAULT} and goes to the
     * one behind. Anything but a {@link org.jfutex.key.MemoryFaultException} is thrown on when all is done, and of several the first.
     *
     * @throws IllegalStateException if the task has exited already
     */
    public void exit() {
        PiExit.exit(table, this);
    }

    /**
     * Queues a task on a word, if that holds the expected value, to be given a lock later: FUTEX_WAIT_REQUEUE_PI.
     *
     * <p>It is how a condition variable waits. Only {@link FutexTable#compareAndRequeuePi} to that lock serves such a waiter.
     *
     * @param address the word in this task's memory, 32 bits
     * @param expected the value that it must hold
     * @param lock the lock's word in this task's memory, 32 bits
     * @param scope how both are named
     * @return the wait; it ends as {@link PiResult#LOCKED} when the task owns the lock
     * @throws IllegalArgumentException also if both are one word
     * @throws IllegalStateException if the task waits already or has exited
     * @throws TooManyWaitersException if a {@linkplain FutexTableBuilder#waiterLimit limit of the table} is reached; nobody is queued then
     */
    public PiWait prepareWaitRequeue(long address, int expected, long lock, Scope scope) {
        return PiRequeue.prepareWait(table, this, address, expected, lock, scope);
    }

    /**
     * Notes a lock that {@link #exit} shall mark: an entry of a robust list.
     *
     * <p>If the lock's word names this task at its exit, then bit 30 (OWNER_DIED) takes the place of the id, and whoever takes the lock next finds
     * that bit there. To have no moment in which an exit misses the lock, note it before locking, and {@linkplain #removeRobust forget} it
     * after unlocking: a word that does not name the task is left alone.
     *
     * @param address the lock's word in this task's memory, 32 bits; it can be noted more than once
     * @throws IllegalArgumentException if {@code address} is not a multiple of 4
     * @throws IllegalStateException if the task has exited, or its table does not find it by its id
     */
    public void addRobust(long address) {
        Preconditions.aligned(address, Integer.BYTES);
        if (!known && table.tasks.find(tid) != this) {
            throw new IllegalStateException("the table's tasks do not include " + this);
        }
        known = true;
        if (!robust.add(address)) {
            throw new IllegalStateException(this + " has exited");
        }
    }

    /**
     * Forgets a lock, as often as this is called for it.
     *
     * @param address the lock's word in this task's memory
     */
    public void removeRobust(long address) {
        robust.remove(address);
    }

    /** Owns a lock that somebody waits for. */
    void ownLocked(PiState state) {
        owned.add(state.place, state.topLocked().place.rank);
    }

    void disownLocked(PiState state) {
        owned.remove(state.place);
    }

    /** Another may be the first who waits for a lock of this task. */
    void rankLocked(PiState state) {
        if (state.place.rank != state.topLocked().place.rank) {
            disownLocked(state);
            ownLocked(state);
        }
    }

    /** Recomputes the effective priority, under the PI lock; says whether it changed. */
    boolean refreshLocked() {
        PriorityList.Node<PiState> first = owned.first();
        int highest = first == null ? priority : Math.max(priority, first.rank);
        boolean changes = highest != effective;
        effective = highest;
        return changes;
    }

    @Override
    public String toString() {
        return "task " + tid;
    }
}
