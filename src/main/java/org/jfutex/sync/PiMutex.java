package org.jfutex.sync;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.TimeUnit;
import org.jfutex.FutexTable;
import org.jfutex.PiResult;
import org.jfutex.PiTask;
import org.jfutex.PiWait;
import org.jfutex.Scope;
import org.jfutex.SpinPolicy;
import org.jfutex.TooManyWaitersException;
import org.jfutex.key.Access;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.time.Deadline;

/**
 * A priority-inheritance, robust mutex in eight bytes: its owner inherits the priority of the waiting tasks, and if the
 * owner dies, the next owner is notified.
 *
 * <p>Owners are {@linkplain PiTask tasks}, so every method has a parameter for the task that calls it. Usually a thread
 * creates a task when it starts, registers it where the {@linkplain FutexTable#tasks table finds tasks}, and calls
 * {@link PiTask#exit} in a {@code finally} block when it ends.
 *
 * <pre>{@code
 * LockResult found = mutex.lock(me);
 * try {
 *     if (found == LockResult.OWNER_DIED) {
 *         repair();             // the previous owner died in the critical section
 *         mutex.markConsistent(me);
 *     }
 *     ...
 * } finally {
 *     mutex.unlock(me);
 * }
 * }</pre>
 *
 * <p>The death of the previous owner is a result, not an exception, because the task then holds the mutex and must
 * unlock it. A caller that ignores the result cannot corrupt data silently: unlocking without {@link #markConsistent}
 * makes the mutex {@linkplain NotRecoverableException not recoverable} for all tasks. {@code void lock()} of {@link
 * java.util.concurrent.locks.Lock} cannot return such a result, so this class does not implement {@code Lock}. If the
 * task does not hold the mutex when a method ends, the method has thrown an exception, except after a timeout or a
 * failed {@code tryLock}.
 *
 * <p>An unlock hands the mutex to the waiter of the highest priority, and among equal priorities to the first; no other
 * task can take it in between. The mutex is not reentrant: locking it twice throws {@link DeadlockException}, and so
 * does locking it if that would close a cycle of tasks that wait for each other.
 *
 * <p>Like all locks of this package, an object of this class is a handle without state, here for two words: the lock
 * word of {@link PiTask#prepareLock}, and a word that is not 0 once the mutex is not recoverable. Both are 0 initially.
 * The calling task must belong to the handle's table and memory; otherwise the methods throw {@link
 * IllegalArgumentException}. Another memory that maps the same words needs a handle of its own. If the task has exited,
 * or the table does not find it, the methods throw {@link IllegalStateException}. A thread id must not be reused for a
 * new task while a thread of the dead task may still execute a method of this class. All methods throw {@link
 * MemoryFaultException} where the memory does. For a wait that fails see the {@linkplain org.jfutex.sync package}.
 *
 * <p><b>Memory consistency effects:</b> what a task did before it unlocked, or before its exit, happens-before what the
 * next owner does after it has locked.
 */
public final class PiMutex extends FutexWord {

    /*
     * The first word; PiLock has the states with waiters:
     *
     *      0 -> id                 lock                    id -> 0         unlock
     *      D -> id|D               lock after a death      id|D -> id      markConsistent
     *      id|... -> D, or         exit of the holder, by the robust words of its task
     *      id|W|... -> next|W|D    and if a task waits
     *      id|W -> next|W, or 0    unlock by the table
     *
     * An unlock id|D -> next|W loses the D, but before it the second word is set to 1. Therefore a task that was handed
     * the mutex reads the second word.
     *
     * A task may be killed while it locks. The word is added to the task's robust words before it is locked and removed
     * after it is unlocked, so an exit at any point in between finds it. But the victim's thread may continue, and lock
     * the word after the exit has read it:
     *
     *      victim                          exit
     *      lock the word                   exiting = true
     *      read exiting                    read the word
     *
     * At least one of the two reads sees the other thread's write. If the victim reads false, the exit reads the locked
     * word and marks it. If the victim reads true, it marks the word itself.
     */

    private static final int FREE = 0;
    private static final int WAITERS = 1 << 31;
    private static final int OWNER_DIED = 1 << 30;

    private final FutexWord unrecoverable;

    /**
     * Creates a handle of the mutex in two words.
     *
     * @param table the table in which its waiters are queued
     * @param memory the memory that contains the words
     * @param address the first of them, a multiple of 4
     * @param scope whether only tasks of this memory use the words, or tasks of all memories that map them
     * @throws IllegalArgumentException if {@code address} is not a multiple of 4
     */
    public PiMutex(FutexTable table, FutexMemory memory, long address, Scope scope) {
        super(table, memory, address, scope);
        unrecoverable = new FutexWord(table, memory, address + Integer.BYTES, scope);
    }

    /** One attempt to lock; its result may require another attempt. */
    private interface Attempt<E extends Exception> {
        PiResult run() throws E;
    }

    /**
     * Locks, waiting without limit. An interrupt stays pending.
     *
     * @param task the locking task
     * @return {@link LockResult#LOCKED} or {@link LockResult#OWNER_DIED}; the task holds the mutex
     * @throws DeadlockException if the task would wait for itself
     * @throws NotRecoverableException if the mutex was unlocked without {@link #markConsistent} after an owner had died
     */
    public LockResult lock(PiTask task) {
        return acquire(task, untilLocked(task));
    }

    /**
     * Locks, waiting until the thread is interrupted.
     *
     * @param task the locking task
     * @return {@link LockResult#LOCKED} or {@link LockResult#OWNER_DIED}; the task holds the mutex
     * @throws InterruptedException if the thread was interrupted and the task does not hold the mutex
     * @throws DeadlockException if the task would wait for itself
     * @throws NotRecoverableException if the mutex was unlocked without {@link #markConsistent} after an owner had died
     */
    public LockResult lockInterruptibly(PiTask task) throws InterruptedException {
        requireNonNull(task, "task");
        Interrupts.check();
        return acquire(task, until(task, Deadline.NEVER));
    }

    /**
     * Locks if the mutex is free, without waiting.
     *
     * @param task the locking task
     * @return {@link LockResult#BUSY} if a task holds the mutex, also if this is the calling task
     * @throws NotRecoverableException if the mutex was unlocked without {@link #markConsistent} after an owner had died
     */
    public LockResult tryLock(PiTask task) {
        return acquire(task, () -> {
            PiResult result = task.tryLock(address, scope);
            return result == PiResult.DEADLOCK ? PiResult.WOULD_BLOCK : result;
        });
    }

    /**
     * Locks, waiting until the time has passed or the thread is interrupted.
     *
     * @param task the locking task
     * @param time the maximum time to wait, on the table's monotonic clock; zero and less do not wait
     * @param unit its unit
     * @return how the attempt ended
     * @throws InterruptedException if the thread was interrupted and the task does not hold the mutex
     * @throws DeadlockException if the task would wait for itself
     * @throws NotRecoverableException if the mutex was unlocked without {@link #markConsistent} after an owner had died
     */
    public LockResult tryLock(PiTask task, long time, TimeUnit unit) throws InterruptedException {
        requireNonNull(task, "task");
        requireNonNull(unit, "unit");
        Interrupts.check();
        return time <= 0 ? tryLock(task) : acquire(task, until(task, deadline(time, unit)));
    }

    /**
     * Hands the mutex to the first waiting task, or frees it. If a previous owner died and {@link #markConsistent} was
     * not called since, the mutex becomes not recoverable, and all waiting tasks are notified.
     *
     * @param task the owner
     * @throws IllegalMonitorStateException if the task does not hold the mutex
     */
    public void unlock(PiTask task) {
        leave(task);
        task.removeRobust(address);
    }

    /**
     * Marks the protected data as consistent again after {@link LockResult#OWNER_DIED}, as pthread_mutex_consistent(3)
     * does. Without a dead owner this has no effect.
     *
     * <p>The dead owner may have failed to signal the mutex's conditions. {@link PiCondition#signalAll} makes up for
     * that.
     *
     * @param task the owner
     * @throws IllegalMonitorStateException if the task does not hold the mutex
     */
    public void markConsistent(PiTask task) {
        int word = heldBy(task);
        for (int i = 0;
                !compareAndSet(word, word & ~OWNER_DIED);
                word = heldBy(task)) { // a task may have begun to wait
            i = failed(i);
        }
    }

    /**
     * Returns whether a task holds the mutex. For a task other than the caller's own, the result may be outdated when
     * the method returns.
     *
     * @param task any task
     * @return whether its id is in the word
     */
    public boolean isHeldBy(PiTask task) {
        return owner(load()) == requireNonNull(task, "task").tid();
    }

    /**
     * Returns whether the mutex can still be locked.
     *
     * @return false once the mutex was unlocked without {@link #markConsistent} after an owner had died
     */
    public boolean isRecoverable() {
        return unrecoverable.load() == 0;
    }

    /**
     * Returns the condition in a word beside this mutex.
     *
     * @param address the condition's word, in the same memory, a multiple of 4
     * @return the condition
     * @throws IllegalArgumentException if {@code address} is not a multiple of 4, or is one of the mutex's own words
     */
    public PiCondition newCondition(long address) {
        return new PiCondition(this, address);
    }

    // ---- lock

    private Attempt<InterruptedException> until(PiTask task, Deadline deadline) {
        return () -> {
            PiWait wait = task.prepareLock(address, scope);
            return lockedOr(wait, () -> wait.await(deadline, SpinPolicy.NONE));
        };
    }

    private Attempt<RuntimeException> untilLocked(PiTask task) {
        return () -> {
            PiWait wait = task.prepareLock(address, scope);
            return lockedOr(wait, wait::awaitUninterruptibly);
        };
    }

    /** Returns LOCKED if the task was handed the mutex, even if its sleep has failed at the same moment. */
    private static <E extends Exception> PiResult lockedOr(PiWait wait, Attempt<E> sleep) throws E {
        try {
            return sleep.run();
        } catch (Throwable e) {
            if (wait.cancel() != PiResult.LOCKED) {
                throw e;
            }
            return PiResult.LOCKED;
        }
    }

    private <E extends Exception> LockResult acquire(PiTask task, Attempt<E> attempt) throws E {
        check(task);
        checkRecoverable();
        task.addRobust(address);
        LockResult result = LockResult.BUSY;
        try {
            result = take(task, attempt);
            checkRecoverable(result);
        } catch (Throwable e) {
            if (result.isLocked()) {
                result = LockResult.BUSY;
                leave(task);
            }
            throw e;
        } finally {
            if (!result.isLocked()) {
                task.removeRobust(address);
            }
        }
        return result;
    }

    /**
     * Locks the mutex again for a task that may have been handed it already. The mutex is still in the task's robust
     * words. The task holds the mutex even if it is not recoverable. If the task cannot be queued, because of a limit
     * of the table or for lack of memory or stack, it retries with pauses.
     */
    LockResult relock(PiTask task, boolean handed) {
        LockResult result = LockResult.BUSY;
        try {
            result = lockWithoutFail(task, handed || task.isDead());
        } finally {
            if (!result.isLocked()) {
                task.removeRobust(address);
            }
        }
        checkRecoverable(result);
        return result;
    }

    private LockResult lockWithoutFail(PiTask task, boolean taken) {
        for (boolean first = true; ; first = false) {
            try {
                return first && taken ? taken(task) : take(task, untilLocked(task));
            } catch (TooManyWaitersException | StackOverflowError | OutOfMemoryError refused) {
                Interrupts.pause();
            }
        }
    }

    /** Takes the mutex. If this throws an exception, the task does not hold the mutex. */
    private <E extends Exception> LockResult take(PiTask task, Attempt<E> attempt) throws E {
        if (compareAndSet(FREE, task.tid())) {
            return taken(task);
        }
        for (int i = 0; ; i = failed(i)) {
            PiResult result = attempt.run();
            switch (result) {
                case LOCKED -> {
                    return taken(task);
                }
                case WOULD_BLOCK, TIMED_OUT -> {
                    return LockResult.BUSY;
                }
                case DEADLOCK -> throw new DeadlockException(task + " would wait for itself at " + this);
                case FAULT, UNMAPPED -> throw new MemoryFaultException(address, Access.WRITE);
                case NO_OWNER -> markNotRecoverable();
                case CANCELLED -> {} // by a cancel of the table, for example
                default -> throw new IllegalStateException(this + " is " + result + " for " + task);
            }
        }
    }

    /**
     * Returns LOCKED, or OWNER_DIED if the previous owner died, for a task that has just acquired the mutex. If this
     * task has exited, marks a mutex that it owns as not recoverable and throws.
     */
    private LockResult taken(PiTask task) {
        try {
            int word = load();
            if (!task.isDead()) {
                return (word & OWNER_DIED) != 0 ? LockResult.OWNER_DIED : LockResult.LOCKED;
            }
            if (owner(word) == task.tid()) {
                markNotRecoverable(word);
            }
        } catch (Throwable e) {
            if (!task.isDead()) {
                if ((heldBy(task) & OWNER_DIED) != 0) {
                    return LockResult.OWNER_DIED; // the failure is dropped: no other task learns of the death
                }
                leave(task);
            }
            throw e;
        }
        throw new IllegalStateException(task + " has exited");
    }

    /**
     * Marks the word if it contains the id of a task that does not live: one that died without a robust list, or that
     * locked after its exit.
     */
    void markNotRecoverable() {
        int word = load();
        PiTask named = owner(word) == 0 ? null : table.tasks().find(owner(word));
        if (named == null || named.isDead() || named.table() != table) {
            markNotRecoverable(word);
        }
    }

    private void markNotRecoverable(int word) {
        if (owner(word) != 0) {
            compareAndSet(word, (word & WAITERS) | OWNER_DIED);
        }
    }

    // ---- unlock

    /**
     * Unlocks and leaves the word in the robust words. If an owner died and the data was not marked consistent, the
     * mutex becomes not recoverable.
     */
    private void leave(PiTask task) {
        if ((heldBy(task) & OWNER_DIED) != 0) {
            unrecoverable.getAndSet(1);
        }
        release(task);
    }

    /** Unlocks and leaves the word in the robust words. */
    void release(PiTask task) {
        if (!compareAndSet(task.tid(), FREE)) {
            PiResult result = unlockInTable(task);
            if (result != PiResult.UNLOCKED) {
                throw new IllegalStateException(this + " is " + result + " for " + task);
            }
        }
    }

    /**
     * Unlocks through the table, and retries while it is out of memory. If only the result could not be allocated, the
     * retry finds that the task is no longer the owner.
     */
    private PiResult unlockInTable(PiTask task) {
        for (boolean first = true; ; first = false) {
            try {
                PiResult result = task.unlock(address, scope);
                return result == PiResult.NOT_OWNER && !first ? PiResult.UNLOCKED : result;
            } catch (OutOfMemoryError e) {
                Interrupts.pause();
            }
        }
    }

    // ---- checks

    private void check(PiTask task) {
        requireNonNull(task, "task");
        if (task.table() != table || task.isKernelThread() || task.memory() != memory) {
            throw new IllegalArgumentException(task + " is not of the table and the memory of " + this);
        }
    }

    /** Returns the word, which must contain the task's id. */
    int heldBy(PiTask task) {
        check(task);
        int word = load();
        if (owner(word) != task.tid()) {
            throw new IllegalMonitorStateException(task + " does not hold " + this);
        }
        return word;
    }

    /** Checks that the task holds a mutex that it may release for a wait. */
    void checkConsistent(PiTask task) {
        if ((heldBy(task) & OWNER_DIED) != 0) {
            throw new IllegalMonitorStateException(this + " is not consistent, because its previous owner died");
        }
    }

    /** Checks that the signalling task holds the mutex. No task holds a mutex that is not recoverable. */
    void maySignal(PiTask task) {
        if (isRecoverable()) {
            heldBy(task);
        } else {
            check(task);
        }
    }

    private void checkRecoverable() {
        if (!isRecoverable()) {
            throw new NotRecoverableException(this + " is not recoverable");
        }
    }

    /**
     * Checks the mutex for a task that has locked it with the given result. The death of an owner is reported instead
     * of a failure, because no other task would get that report.
     */
    private void checkRecoverable(LockResult found) {
        try {
            checkRecoverable();
        } catch (Throwable e) {
            if (found != LockResult.OWNER_DIED || e instanceof NotRecoverableException) {
                throw e;
            }
        }
    }

    private static int owner(int word) {
        return word & PiTask.MAX_TID;
    }

    /**
     * Returns a description: the owner, whether tasks wait, whether an owner died, and the words' address and memory.
     */
    @Override
    public String toString() {
        return describe("PI mutex", word -> {
            String held = owner(word) == 0 ? "free" : "held by task " + owner(word);
            String died = (word & OWNER_DIED) != 0 ? ", an owner died" : "";
            return held
                    + ((word & WAITERS) != 0 ? ", waiters" : "")
                    + died
                    + (isRecoverable() ? "" : ", not recoverable");
        });
    }
}
