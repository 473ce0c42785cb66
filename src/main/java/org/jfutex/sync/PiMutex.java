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
 * A lock in eight bytes that knows its holder: who holds it runs at the priority of those who wait, and when it dies
 * they are told.
 *
 * <p>Holders are {@linkplain PiTask tasks}, so every method says for whom it acts; usually a thread makes a task when
 * it starts, registers it where the {@linkplain FutexTable#tasks table finds tasks}, and calls {@link PiTask#exit}
 * when it ends, in a {@code finally}.
 *
 * <pre>{@code
 * LockResult found = mutex.lock(me);
 * try {
 *     if (found == LockResult.OWNER_DIED) {
 *         repair();             // the one before died in the middle
 *         mutex.recover(me);
 *     }
 *     ...
 * } finally {
 *     mutex.unlock(me);
 * }
 * }</pre>
 *
 * <p>That the holder before died is an answer, not an exception, since the task holds the mutex then and must unlock
 * it. Who overlooks the answer does no harm that others would not notice: an unlock without {@link #markConsistent}
 * makes the mutex {@linkplain NotRecoverableException not recoverable}, for all who wait and all who come. In {@code
 * void lock()} of {@link java.util.concurrent.locks.Lock} there is no place for such an answer, so this is no {@code
 * Lock}. Whatever keeps the task from holding the mutex is an exception, but for a time that has passed.
 *
 * <p>The mutex goes to the waiter of the highest priority, among equals to the one who came first, and nobody can come
 * between. It is not reentrant: who locks twice is refused, with {@link DeadlockException}, and so is who would close
 * a circle of tasks that wait for each other.
 *
 * <p>Like all these locks it is a handle without a state, for two words: the lock as {@link PiTask#prepareLock} has
 * it, and a word that is not 0 once the mutex is not recoverable. Both are 0 at first. The tasks are of the handle's
 * table and memory, another memory that maps the same words needs a handle of its own; a task of another is refused
 * with {@link IllegalArgumentException}, one that has exited or that the table does not find with {@link
 * IllegalStateException}. A thread id must not be given to a new task while a thread of the dead one may still be
 * inside of a method here. All methods throw {@link MemoryFaultException} where the memory does. For a wait that fails
 * see the {@linkplain org.jfutex.sync package}.
 *
 * <p><b>Memory consistency effects:</b> what a task did before it unlocked, or before its exit, happens-before what
 * the next one does after it has locked.
 */
public final class PiMutex extends FutexWord {

    /*
     * The first word, see PiLock for those who wait:
     *
     *      0 -> id                 lock                    id -> 0         unlock
     *      D -> id|D               lock after a death      id|D -> id      recover
     *      id|... -> D, or         exit of the holder, by the robust words of its task
     *      id|W|... -> next|W|D    and if a task waits
     *      id|W -> next|W, or 0    unlock by the table
     *
     * id|D -> next|W by an unlock loses the D, but then the second word is 1 before: so a task that was handed the
     * mutex looks there.
     *
     * A task that is killed while it locks. The word is noted before it is locked and forgotten after it is unlocked,
     * so an exit at any point between finds it. But the victim's thread may run on, and lock after its exit has
     * looked:
     *
     *      victim                          exit
     *      lock the word                   exiting = true
     *      read exiting                    read the word
     *
     * One sees the other: if the victim reads false, the exit reads the locked word and marks it. If it reads true it
     * marks the word itself.
     */

    private static final int FREE = 0;
    private static final int WAITERS = 1 << 31;
    private static final int OWNER_DIED = 1 << 30;

    private final FutexWord verdict;

    /**
     * The lock that lies in two words.
     *
     * @param table where its waiters wait
     * @param memory where the words lie
     * @param address the first of them, a multiple of 4
     * @param scope whether only tasks of this memory use the words, or tasks of all memories that map them
     * @throws IllegalArgumentException if {@code address} is not a multiple of 4
     */
    public PiMutex(FutexTable table, FutexMemory memory, long address, Scope scope) {
        super(table, memory, address, scope);
        verdict = new FutexWord(table, memory, address + Integer.BYTES, scope);
    }

    /** One attempt; what it ends with may call for another. */
    private interface Attempt<E extends Exception> {
        PiResult run() throws E;
    }

    /**
     * Locks, and waits as long as that takes. An interrupt stays pending.
     *
     * @param task who locks
     * @return {@link LockResult#LOCKED} or {@link LockResult#OWNER_DIED}; the task holds the mutex
     * @throws DeadlockException if the task would wait for itself
     * @throws NotRecoverableException if a dead holder's mutex was unlocked without {@link #markConsistent}
     */
    public LockResult lock(PiTask task) {
        return acquire(task, untilLocked(task));
    }

    /**
     * Locks, unless the thread is interrupted first.
     *
     * @param task who locks
     * @return {@link LockResult#LOCKED} or {@link LockResult#OWNER_DIED}; the task holds the mutex
     * @throws InterruptedException if the thread was interrupted and the task does not hold the mutex
     * @throws DeadlockException if the task would wait for itself
     * @throws NotRecoverableException if a dead holder's mutex was unlocked without {@link #markConsistent}
     */
    public LockResult lockInterruptibly(PiTask task) throws InterruptedException {
        requireNonNull(task, "task");
        Interrupts.check();
        return acquire(task, until(task, Deadline.NEVER));
    }

    /**
     * Locks if the mutex is free.
     *
     * @param task who locks
     * @return {@link LockResult#BUSY} if a task holds it, be it this one
     * @throws NotRecoverableException if a dead holder's mutex was unlocked without {@link #markConsistent}
     */
    public LockResult tryLock(PiTask task) {
        return acquire(task, () -> {
            PiResult result = task.tryLock(address, scope);
            return result == PiResult.DEADLOCK ? PiResult.WOULD_BLOCK : result;
        });
    }

    /**
     * Locks, unless a while passes or the thread is interrupted first.
     *
     * @param task who locks
     * @param time how long, on the table's monotonic clock; zero and less do not wait
     * @param unit its unit
     * @return how it ended
     * @throws InterruptedException if the thread was interrupted and the task does not hold the mutex
     * @throws DeadlockException if the task would wait for itself
     * @throws NotRecoverableException if a dead holder's mutex was unlocked without {@link #markConsistent}
     */
    public LockResult tryLock(PiTask task, long time, TimeUnit unit) throws InterruptedException {
        requireNonNull(task, "task");
        requireNonNull(unit, "unit");
        Interrupts.check();
        return time <= 0 ? tryLock(task) : acquire(task, until(task, deadline(time, unit)));
    }

    /**
     * Hands the mutex to the first who waits, or frees it. If the holder before died and nobody has said that it was
     * repaired, this makes the mutex not recoverable, and all who wait are told.
     *
     * @param task who holds it
     * @throws IllegalMonitorStateException if it does not
     */
    public void unlock(PiTask task) {
        leave(task);
        task.removeRobust(address);
    }

    /**
     * Says that what the mutex protects is whole again, after {@link LockResult#OWNER_DIED}:
     * pthread_mutex_consistent(3). Else it has no effect.
     *
     * <p>Signals that the dead one owed its conditions are a part of that; {@link PiCondition#signalAll} pays them.
     *
     * @param task who holds it
     * @throws IllegalMonitorStateException if it does not
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
     * Whether a task holds the mutex. Of another than the caller's own this is past when it is told.
     *
     * @param task any task
     * @return whether its id is in the word
     */
    public boolean isHeldBy(PiTask task) {
        return owner(load()) == requireNonNull(task, "task").tid();
    }

    /**
     * Whether the mutex can still be locked.
     *
     * @return false once a dead holder's mutex was unlocked without {@link #markConsistent}
     */
    public boolean isRecoverable() {
        return verdict.load() == 0;
    }

    /**
     * A condition bound to this mutex.
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

    /** Who was handed the mutex holds it, though its sleep may have failed at the same moment. */
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
     * Takes the mutex again, which is noted still, for one who may have been handed it already. It is held even if it
     * is not recoverable. Who is refused a place in the queue, by a limit of the table or for want of memory or stack,
     * tries again and again, with pauses.
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

    /** Who gets an exception does not hold the mutex. */
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

    /** The table has given the mutex to a task, or the task has taken it. */
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
     * Marks the word if it names one who is not among the living: who died without a robust list, or locked after its
     * exit.
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

    /** Unlocks, and leaves the word noted; what a dead holder has left is lost if it was not recovered. */
    private void leave(PiTask task) {
        if ((heldBy(task) & OWNER_DIED) != 0) {
            verdict.getAndSet(1);
        }
        release(task);
    }

    /** Unlocks, and leaves the word noted. */
    void release(PiTask task) {
        if (!compareAndSet(task.tid(), FREE)) {
            PiResult result = handOver(task);
            if (result != PiResult.UNLOCKED) {
                throw new IllegalStateException(this + " is " + result + " for " + task);
            }
        }
    }

    /** Who finds no memory for it tries again until there is some; it may be the answer only that has found none. */
    private PiResult handOver(PiTask task) {
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

    /** The word, which must name the task. */
    int heldBy(PiTask task) {
        check(task);
        int word = load();
        if (owner(word) != task.tid()) {
            throw new IllegalMonitorStateException(task + " does not hold " + this);
        }
        return word;
    }

    /** Checks that the task holds a mutex that it may release for a wait. */
    void heldAndWhole(PiTask task) {
        if ((heldBy(task) & OWNER_DIED) != 0) {
            throw new IllegalMonitorStateException(this + " is of a dead holder, and not recovered");
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
     * The same for who has found the mutex so. A death is told instead of a failure: nobody else would be told of it.
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
     * Returns what this is, which task holds it, whether tasks wait, whether an owner died, and where its words lie.
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
