package org.jfutex.sync;

import java.util.concurrent.locks.Condition;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.SpinPolicy;
import org.jfutex.WaitOptions;
import org.jfutex.WaitResult;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.StackGuard;

/**
 * A lock in four bytes: one thread at a time holds it.
 *
 * <p>The whole state of the lock is in its word, so any number of these objects for the same word are one lock: in many
 * threads, in two address spaces that map one file, or in a file that is unmapped and mapped again later. A word of 0
 * is a free lock.
 *
 * <p>The word does not record which thread holds the lock. Therefore the lock is not reentrant: a thread that locks
 * twice waits for itself for ever. Any thread may unlock the lock; only unlocking a free lock is detected. {@link
 * #checked} returns a mutex that detects such mistakes. The word of a {@link PiMutex} contains its owner.
 *
 * <p>The lock is not fair: a thread that arrives while the lock is free takes it, even if other threads have waited
 * longer. Sleeping threads are woken in the order in which they went to sleep. A thread that finds the lock held spins
 * for 14 microseconds before it sleeps, if the {@linkplain FutexTable#spinPolicy policy} of its table {@linkplain
 * SpinPolicy#maySpin allows} that. It does not yield its processor while it spins. An interrupt ends the spinning.
 *
 * <p>An unlock does not access the word after it has freed the lock, so the next owner may reuse the word's memory. A
 * wake for the address may still follow. Threads that sleep on words must expect such wakes in any case.
 *
 * <p>All methods throw {@link org.jfutex.key.MemoryFaultException} where the memory does. For a wait that fails see
 * the {@linkplain org.jfutex.sync package}.
 *
 * <p><b>Memory consistency effects:</b> what a thread did before it unlocked happens-before what the next thread does
 * after it has locked, by whichever object.
 */
public sealed class FutexMutex extends AbstractWordLock permits CheckedMutex {

    /*
     * Drepper's mutex3, from "Futexes Are Tricky". The states of the word:
     *
     *      0  free
     *      1  locked
     *      2  locked, and a thread may sleep
     *
     *      0 -> 1   lock; tryLock             1 -> 0   unlock
     *      0 -> 2   lock by a waiter          2 -> 0   unlock, and wake one
     *      1 -> 2   a waiter is about to sleep
     *
     * Any other value is treated as 2: a waiter replaces it by 2, an unlock by 0.
     *
     * A woken thread does not know whether other threads sleep, so it locks with 2. With 1, the next unlock would not
     * wake the others. No wake is lost: a woken thread tries to lock before it sleeps again or gives up. If it finds
     * the lock taken, the attempt sets the word to 2, so the holder's unlock wakes the next thread. A woken thread that
     * fails before this attempt forwards the wake.
     *
     * A thread that finds the lock held spins briefly, because most critical sections are shorter than a sleep. It
     * reads the word rarely, with exponential back-off: each read takes the word's cache line from the holder, and that
     * costs the holder more than the rest of the lock. So the lock stays with one thread for some microseconds. In this
     * time that thread can lock it a hundred times at the cost of an uncontended lock. After three reads the spinning
     * thread sleeps. The three back-offs take less time than a wake.
     */

    static final int FREE = 0;
    static final int LOCKED = 1;
    private static final int CONTENDED = 2;

    /**
     * The back-off of a spinning thread before its first read of the word, in nanoseconds. It doubles before each
     * further read.
     */
    private static final long FIRST_BACK_OFF = 2_000;

    private static final long LAST_BACK_OFF = 8_000;

    /**
     * Creates a handle of the lock in a word.
     *
     * @param table the table in which its waiters are queued
     * @param memory the memory that contains the word
     * @param address the word, a multiple of 4
     * @param scope whether only threads of this memory use the word, or threads of all memories that map it
     * @throws IllegalArgumentException if {@code address} is not a multiple of 4
     */
    public FutexMutex(FutexTable table, FutexMemory memory, long address, Scope scope) {
        super(table, memory, address, scope);
    }

    /**
     * Returns a mutex that records its owner, for finding mistakes in a program.
     *
     * <p>The mutex throws {@link IllegalMonitorStateException}, before anything changes, if a thread that does not own
     * it unlocks it, or if its owner would wait for it. Its {@linkplain #newCondition(long) conditions} throw this
     * exception if a thread that does not own the mutex waits or signals. {@code tryLock()} returns false to the owner.
     *
     * <p>The owner is recorded in this object and not in the word. Therefore all threads must lock and unlock through
     * the same object. Other objects for the same word do not know this owner, and this object does not know theirs.
     *
     * @param table the table in which its waiters are queued
     * @param memory the memory that contains the word
     * @param address the word, a multiple of 4
     * @param scope whether only threads of this memory use the word, or threads of all memories that map it
     * @return the mutex
     * @throws IllegalArgumentException if {@code address} is not a multiple of 4
     */
    public static FutexMutex checked(FutexTable table, FutexMemory memory, long address, Scope scope) {
        return new CheckedMutex(table, memory, address, scope);
    }

    /**
     * Locks if the lock is free, without waiting.
     *
     * @return whether this thread has locked it
     */
    @Override
    public boolean tryLock() {
        return compareAndSet(FREE, LOCKED);
    }

    /**
     * Unlocks.
     *
     * @throws IllegalMonitorStateException if the lock is free; an unlock of a lock that another thread holds is not
     *     detected
     */
    @Override
    public void unlock() {
        if (!compareAndSet(LOCKED, FREE)) {
            StackGuard.checkCall(); // before the lock is free: after that, a wake that fails would be lost
            unlockContended(getAndSet(FREE));
        }
    }

    /** Unlocks for a caller that has checked the stack. */
    final void unlockChecked() {
        if (!compareAndSet(LOCKED, FREE)) {
            unlockContended(getAndSet(FREE));
        }
    }

    /**
     * Returns whether a thread holds the lock at the moment.
     *
     * @return whether it is locked
     */
    public boolean isLocked() {
        return load() != FREE;
    }

    /**
     * Returns the condition in a word beside this lock.
     *
     * @param address the condition's word, in the same memory, a multiple of 4
     * @return the condition
     * @throws IllegalArgumentException if {@code address} is not a multiple of 4, or is the lock's own word
     */
    public FutexCondition newCondition(long address) {
        return new FutexCondition(this, address);
    }

    /**
     * Not supported, because a condition needs a word of its own, and this method has no parameter for it.
     *
     * @throws UnsupportedOperationException always; see {@link #newCondition(long)}
     */
    @Override
    public Condition newCondition() {
        throw new UnsupportedOperationException("a condition needs a word: use newCondition(address)");
    }

    @Override
    boolean lockContended(LockAttempt attempt) throws InterruptedException {
        return lockSpinning(LOCKED) || lockSleeping(attempt);
    }

    /** Locks by setting the word to 2, because other threads may sleep on it. */
    private boolean lockSleeping(LockAttempt attempt) throws InterruptedException {
        boolean locked = getAndSet(CONTENDED) == FREE;
        while (!locked) {
            PreparedWait wait = prepare(CONTENDED, WaitOptions.DEFAULT);
            try {
                WaitResult end = attempt.await(wait, SpinPolicy.NONE);
                if (end == WaitResult.TIMED_OUT) {
                    return false;
                }
                locked = compareAndSet(FREE, CONTENDED)
                        || (end == WaitResult.WOKEN && lockSpinning(CONTENDED))
                        || getAndSet(CONTENDED) == FREE;
                if (!locked && !attempt.mayContinue()) {
                    attempt.gaveUp();
                    return false;
                }
            } catch (Throwable e) {
                wait.forwardWake(); // if an unlock has woken this thread: that unlock woke no other
                throw e;
            }
        }
        return true;
    }

    /**
     * Spins: locks with this state if one of a few reads finds the lock free. An interrupt ends the spinning and stays
     * pending.
     */
    private boolean lockSpinning(int state) {
        if (!table.spinPolicy().maySpin()) {
            return false;
        }
        Thread me = Thread.currentThread();
        for (long nanos = FIRST_BACK_OFF; nanos <= LAST_BACK_OFF && !me.isInterrupted(); nanos *= 2) {
            backOff(nanos);
            if (load() == FREE && compareAndSet(FREE, state)) {
                return true;
            }
        }
        return false;
    }

    private static void backOff(long nanos) {
        long begin = System.nanoTime(); // not the table's clock: no caller sees this time
        while (System.nanoTime() - begin < nanos) {
            Thread.onSpinWait();
        }
    }

    /**
     * Locks for a thread that must hold the lock when it returns, because its caller will unlock it. If the thread
     * cannot be queued, because of a limit of the table or for lack of memory or stack, it retries with pauses. Only an
     * exception of the memory is thrown.
     */
    void lockWithoutFail() {
        for (boolean locked = false; !locked; ) {
            try {
                locked = lockSleeping(LockAttempt.uninterruptible(this));
            } catch (Throwable refused) {
                locked = compareAndSet(FREE, CONTENDED);
                if (!locked) {
                    Interrupts.pause();
                }
            }
        }
    }

    /** Completes an unlock that has freed the word: wakes a thread if the previous value requires it. */
    void unlockContended(int before) {
        if (before == FREE) {
            throw notLocked();
        }
        if (before != LOCKED) {
            wake(1);
        }
    }

    /**
     * Sets the word to 2, so that the holder's unlock wakes a thread. A condition calls this before it moves its
     * waiters to this lock, and it holds the lock.
     *
     * @throws IllegalMonitorStateException if it is free; nothing has changed then
     */
    void expectSleepers() {
        int word = load();
        for (int i = 0; word != CONTENDED; word = load()) {
            if (word == FREE) {
                throw notLocked();
            }
            if (compareAndSet(word, CONTENDED)) {
                return;
            }
            i = failed(i);
        }
    }

    /**
     * Throws if the caller does not hold the lock. Only a free lock is detected here; a checked mutex knows its owner.
     */
    void checkHeld() {
        if (load() == FREE) {
            throw notLocked();
        }
    }

    /** Records that the calling thread owns the lock. */
    void setOwner() {}

    /** Records that the calling thread is about to free the lock. */
    void clearOwner() {}

    private static IllegalMonitorStateException notLocked() {
        return new IllegalMonitorStateException("the mutex is not locked");
    }

    /** Returns a description: whether the lock is locked, and its word's address and memory. */
    @Override
    public String toString() {
        return describe("mutex", word -> word == FREE ? "free" : "locked");
    }
}
