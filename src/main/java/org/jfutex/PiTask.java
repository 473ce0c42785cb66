package org.jfutex;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.locks.LockSupport;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.StackGuard;
import org.jfutex.time.Deadline;
import org.jspecify.annotations.Nullable;

/**
 * A possible owner of priority-inheritance locks: a thread of a guest, or of this JVM.
 *
 * <p>The thread id in a lock word identifies a task; {@link PiTasks} finds the task by that id. A task runs at its own
 * priority or at the highest priority of the tasks that wait for it, whichever is higher. These include tasks that wait
 * through a chain of owners. A task waits for one thing at a time, as a thread does, and it belongs to one {@link
 * FutexTable}.
 *
 * <p>A chain of owners may have any length, but each operation follows at most 1024 locks of it, as Linux does
 * (kernel.max_lock_depth). If a priority changes at the lower end of a longer chain, then the tasks beyond that limit
 * keep their effective priority, and a lock beyond it keeps the order of its waiters. A later change nearer to them is
 * propagated from there. If a task would begin to wait at the lower end of a chain of more than 1024 waiting owners,
 * the result is {@link PiResult#DEADLOCK}, since such a chain is not searched for a cycle.
 *
 * <p>Source: the operations on PI locks of futex(2), the kernel's documents pi-futex and robust-futexes.
 *
 * <p>A task is alive until {@link #exit}. Exec also ends a task as an owner: create a new one for the thread. A
 * {@linkplain #isKernelThread kernel thread} cannot lock, unlock, wait or exit; these methods throw {@link
 * IllegalArgumentException} for it.
 */
public final class PiTask extends PiOwner {

    /** The highest thread id that a lock word can hold: FUTEX_TID_MASK. */
    public static final int MAX_TID = PiWord.TID_MASK;

    /** The highest real-time priority. */
    public static final int MAX_PRIORITY = Preconditions.MAX_PRIORITY;

    private final FutexTable futexTable;
    private final @Nullable PriorityListener listener;
    private boolean known; // used by this task alone: whether its table is known to find it

    /**
     * Creates a task of normal priority.
     *
     * @param table the table of its locks
     * @param tid its thread id, 1 to {@value #MAX_TID}
     * @param memory its address space, which its addresses refer to; other tasks must have it, too, to share a private
     *     lock
     * @throws IllegalArgumentException if {@code tid} is out of range
     */
    public PiTask(FutexTable table, int tid, FutexMemory memory) {
        this(table, tid, requireNonNull(memory, "memory"), null);
    }

    /**
     * Creates a task of normal priority whose effective priority is reported to a listener.
     *
     * @param table the table of its locks
     * @param tid its thread id, 1 to {@value #MAX_TID}
     * @param memory its address space
     * @param listener notified of every change
     * @return the task
     * @throws IllegalArgumentException if {@code tid} is out of range
     */
    public static PiTask listened(FutexTable table, int tid, FutexMemory memory, PriorityListener listener) {
        return new PiTask(table, tid, requireNonNull(memory, "memory"), requireNonNull(listener, "listener"));
    }

    /**
     * Creates a kernel thread, which owns no lock: a lock word that names it is rejected as {@link
     * PiResult#NOT_PERMITTED}.
     *
     * @param table the table that finds it
     * @param tid its thread id, 1 to {@value #MAX_TID}
     * @return the task
     * @throws IllegalArgumentException if {@code tid} is out of range
     */
    public static PiTask kernelThread(FutexTable table, int tid) {
        return new PiTask(table, tid, null, null);
    }

    private PiTask(FutexTable table, int tid, @Nullable FutexMemory memory, @Nullable PriorityListener listener) {
        super(requireNonNull(table, "table"), checked(tid), memory);
        this.futexTable = table;
        this.listener = listener;
    }

    private static int checked(int tid) {
        if (tid < 1 || tid > MAX_TID) {
            throw new IllegalArgumentException("thread id " + tid + " is not within 1 to " + MAX_TID);
        }
        return tid;
    }

    /**
     * Returns the table of this task's locks.
     *
     * @return the table
     */
    public FutexTable table() {
        return futexTable;
    }

    /**
     * Returns the thread id.
     *
     * @return 1 to {@value #MAX_TID}
     */
    @Override
    public int tid() {
        return super.tid();
    }

    /**
     * Returns the address space.
     *
     * @return the memory
     * @throws IllegalStateException if this is a kernel thread
     */
    @Override
    public FutexMemory memory() {
        return super.memory();
    }

    /**
     * Returns whether this is a kernel thread.
     *
     * @return whether it is
     */
    @Override
    public boolean isKernelThread() {
        return super.isKernelThread();
    }

    /**
     * Returns whether this task has exited.
     *
     * @return whether {@link #exit} was called
     */
    public boolean isDead() {
        return exiting;
    }

    /**
     * Returns the task's own priority.
     *
     * @return 0 for normal, 1 to 99 for real-time
     */
    @Override
    public int priority() {
        return super.priority();
    }

    /**
     * Returns the priority at which the task should run: the maximum of its own priority and those of the tasks that
     * wait for it.
     *
     * <p>A task inherits a priority through at most 1024 locks, see {@linkplain PiTask above}.
     *
     * @return 0 for normal, 1 to 99 for real-time
     */
    @Override
    public int effectivePriority() {
        return super.effectivePriority();
    }

    /**
     * Changes the task's own priority: sched_setscheduler.
     *
     * <p>If the task waits for a lock, it moves at once to its new position among the waiters. The owners up its chain
     * inherit the priority, through at most 1024 locks. If it waits for a requeue to a lock, it keeps its position.
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
            setPriorityLocked(now);
            inheritance.updateLocked(this);
        } finally {
            try {
                inheritance.unlock();
            } finally {
                inheritance.notifyListeners();
            }
        }
    }

    /**
     * Acquires a lock, or sleeps until its owner hands it over: FUTEX_LOCK_PI.
     *
     * @param address the lock's word in this task's memory, 32 bits
     * @param scope whether the key is private or shared
     * @param deadline when the wait times out; a free lock is acquired even if the deadline has passed
     * @return how the wait ended, see {@link #prepareLock}
     * @throws InterruptedException if the thread was interrupted before the lock was handed over
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
                unlockRetryingOnOom(address, scope); // the caller gets no report of the hand-off
            }
            throw e;
        }
    }

    /** Unlocks; if memory runs out, it retries until the unlock succeeds. */
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
     * Acquires a lock, or queues the task for it without blocking: FUTEX_LOCK_PI. The caller then decides how to wait.
     *
     * <p>The word holds 0 if the lock is free, else its owner's thread id. Bit 31 (WAITERS) is set as soon as any task
     * has waited; bit 30 (OWNER_DIED) is set if a former owner died. Programs lock and unlock by compare-and-exchange
     * from 0 to their id and back, and call this method and {@link #unlock} when that fails.
     *
     * <p>While the task waits, the owner runs at the task's priority if that is higher, and so do the owners up the
     * chain, through at most 1024 locks. The lock goes to the waiter of the highest effective priority; among equals,
     * to the one that arrived first.
     *
     * @param address the lock's word in this task's memory, 32 bits
     * @param scope whether the key is private or shared
     * @return the wait; it has ended as {@link PiResult#LOCKED} if the lock was free, or as {@link PiResult#DEADLOCK},
     *     {@link PiResult#NO_OWNER}, {@link PiResult#NOT_PERMITTED} or {@link PiResult#INCONSISTENT}
     * @throws IllegalStateException if the task waits already or has exited
     * @throws TooManyWaitersException if the task would have to wait and a {@linkplain FutexTableBuilder#waiterLimit
     *     limit of the table} is reached; then the word has its WAITERS bit, and no waiter is queued
     */
    public PiWait prepareLock(long address, Scope scope) {
        return PiWait.of(PiLock.prepare(this, address, scope));
    }

    /**
     * Acquires a lock if it is free: FUTEX_TRYLOCK_PI.
     *
     * @param address the lock's word in this task's memory, 32 bits
     * @param scope whether the key is private or shared
     * @return {@link PiResult#LOCKED}, {@link PiResult#WOULD_BLOCK}, or a failure as of {@link #prepareLock}
     * @throws IllegalStateException if the task has exited
     */
    public PiResult tryLock(long address, Scope scope) {
        return PiLock.tryLock(this, address, scope);
    }

    /**
     * Hands a lock over to its next owner, or frees it if no task waits: FUTEX_UNLOCK_PI.
     *
     * @param address the lock's word in this task's memory, 32 bits
     * @param scope whether the key is private or shared
     * @return {@link PiResult#UNLOCKED}, {@link PiResult#NOT_OWNER} or {@link PiResult#INCONSISTENT}
     * @throws IllegalStateException if the task has exited
     */
    public PiResult unlock(long address, Scope scope) {
        return PiUnlock.unlock(this, address, requireNonNull(scope, "scope"));
    }

    /**
     * Hands over every lock of this task that has waiters, and marks it OWNER_DIED: what the kernel does when a thread
     * exits.
     *
     * <p>The wait of this task, if any, is cancelled. A lock without waiters keeps this task's id in its word; later
     * lockers get {@link PiResult#NO_OWNER} unless the lock was registered with {@link #addRobust}. Process the robust
     * list in the task's memory, if there is one, before calling this.
     *
     * <p>An exception of a memory does not stop the other steps. If the next owner cannot write the word of a lock, its
     * wait ends as {@link PiResult#FAULT} and the lock goes to the waiter behind it. Exceptions other than {@link
     * org.jfutex.key.MemoryFaultException} are thrown when all steps are done; if there are several, the first is
     * thrown.
     *
     * @throws IllegalStateException if the task has exited already
     */
    public void exit() {
        PiExit.exit(this);
    }

    /**
     * Queues a task on a word, if that holds the expected value, until a requeue moves it to a lock:
     * FUTEX_WAIT_REQUEUE_PI.
     *
     * <p>Condition variables wait in this way. Only a {@link FutexTable#compareAndRequeuePi} to that lock can wake or
     * move such a waiter.
     *
     * @param address the word in this task's memory, 32 bits
     * @param expected the value that the word must hold
     * @param lock the lock's word in this task's memory, 32 bits
     * @param scope whether both keys are private or shared
     * @return the wait; it ends as {@link PiResult#LOCKED} when the task owns the lock
     * @throws IllegalArgumentException also if both are one word
     * @throws IllegalStateException if the task waits already or has exited
     * @throws TooManyWaitersException if a {@linkplain FutexTableBuilder#waiterLimit limit of the table} is reached;
     *     then no waiter is queued
     */
    public PiWait prepareWaitRequeue(long address, int expected, long lock, Scope scope) {
        return PiWait.of(PiRequeue.prepareWait(this, address, expected, lock, scope));
    }

    /**
     * Registers a lock that {@link #exit} will mark: an entry of a robust list.
     *
     * <p>If the lock's word names this task at its exit, then bit 30 (OWNER_DIED) replaces the id, and the next owner
     * finds that bit. Register a lock before locking it, and {@linkplain #removeRobust unregister} it after unlocking
     * it, so that the exit can miss it at no moment. A word that does not name the task is not changed.
     *
     * @param address the lock's word in this task's memory, 32 bits; it can be registered more than once
     * @throws IllegalArgumentException if {@code address} is not a multiple of 4
     * @throws IllegalStateException if the task has exited, or its table does not find it by its id
     */
    public void addRobust(long address) {
        Preconditions.aligned(address, Integer.BYTES);
        if (!known && table.owners.find(tid()) != this) {
            throw new IllegalStateException("the table's tasks do not include " + this);
        }
        known = true;
        if (!robust.add(address)) {
            throw new IllegalStateException(this + " has exited");
        }
    }

    /**
     * Unregisters a lock, once for each call.
     *
     * @param address the lock's word in this task's memory
     */
    public void removeRobust(long address) {
        robust.remove(address);
    }

    @Override
    PiWait newWait(PiWaiter waiter) {
        return new PiWait(this, waiter);
    }

    @Override
    boolean hasListener() {
        return listener != null;
    }

    @Override
    void report(int now) {
        if (listener != null) {
            listener.priorityChanged(this, now);
        }
    }
}
