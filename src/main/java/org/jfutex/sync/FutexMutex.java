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
 * <p>Everything that it knows is in its word, so any number of these objects made for the same word are one lock: in
 * many threads, in two address spaces that map one file, or in a file that is mapped again tomorrow. A word of 0 is a
 * free lock.
 *
 * <p>The word does not say who holds the lock. Therefore it is not reentrant: a thread that locks twice waits for
 * itself, for ever. And any thread may unlock it; only unlocking a free lock is noticed. {@link #checked} makes one
 * that notices such mistakes; {@link PiMutex} knows its owner by the word.
 *
 * <p>The lock is not fair: a thread that comes while it is free takes it, though others may have waited longer.
 * Threads that sleep are woken in the order in which they went to sleep. A thread that finds the lock held stays awake
 * for 14 microseconds before it sleeps, if it {@linkplain SpinPolicy#maySpin may} by the {@linkplain
 * FutexTable#spinPolicy policy} of its table. It neither yields its processor nor spins longer, and an interrupt ends
 * that.
 *
 * <p>Nothing of the lock is touched after the instant at which it is free for others, so the next owner may reuse its
 * memory. A wake for the address may follow. Threads that sleep on words must expect such wakes anyway.
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
     *      0 -> 2   lock by one who waits     2 -> 0   unlock, and wake one
     *      1 -> 2   one who is about to sleep
     *
     * Any other value counts as 2: a thread that waits replaces it by 2, an unlock by 0.
     *
     * Who was woken cannot know whether others sleep, so it locks with 2; with 1 the next unlock would leave them
     * asleep. A wake is never wasted: who was woken tries before it sleeps again or gives up, and if it finds the lock
     * taken it makes the word 2 by that, so the holder's unlock wakes the next. Who fails before it has tried passes
     * the wake on.
     *
     * Who finds the lock held stays awake for a little, since most holders are brief and a sleep is not. It keeps away
     * from the word meanwhile: every look takes the word's cache line from the holder, who pays more for that than for
     * all the rest of the lock. So it looks seldom, and ever more so; the lock then stays with one thread for some
     * microseconds, in which that locks it a hundred times at the price of an uncontended one, and changes hands when
     * one of these looks finds it free. After three it sleeps: all that takes less time than a wake.
     */

    static final int FREE = 0;
    static final int LOCKED = 1;
    private static final int CONTENDED = 2;

    /**
     * How long one who stays awake keeps away from the word, before its first look and before its last, each time
     * twice as long; in nanoseconds.
     */
    private static final long FIRST_BACK_OFF = 2_000;

    private static final long LAST_BACK_OFF = 8_000;

    /**
     * The lock that lies in a word.
     *
     * @param table where its waiters wait
     * @param memory where the word lies
     * @param address the word, a multiple of 4
     * @param scope whether only threads of this memory use the word, or threads of all memories that map it
     * @throws IllegalArgumentException if {@code address} is not a multiple of 4
     */
    public FutexMutex(FutexTable table, FutexMemory memory, long address, Scope scope) {
        super(table, memory, address, scope);
    }

    /**
     * A mutex that remembers which thread holds it, to find mistakes in a program.
     *
     * <p>It throws {@link IllegalMonitorStateException}, before anything changes, if a thread unlocks it that does not
     * hold it, or waits for it and holds it. Its {@linkplain #newCondition(long) conditions} throw that if a thread
     * waits or signals that does not hold it. Its {@code tryLock()} returns false for its holder.
     *
     * <p>The holder is kept in this object and not in the word. So all threads must lock and unlock by the same
     * object; other objects of the same word do not know the holder, and this one does not know theirs.
     *
     * @param table where its waiters wait
     * @param memory where the word lies
     * @param address the word, a multiple of 4
     * @param scope whether only this memory's threads use it, or all mappings of the word
     * @return the mutex
     * @throws IllegalArgumentException if {@code address} is not a multiple of 4
     */
    public static FutexMutex checked(FutexTable table, FutexMemory memory, long address, Scope scope) {
        return new CheckedMutex(table, memory, address, scope);
    }

    /**
     * Locks if the lock is free.
     *
     * @return whether it was
     */
    @Override
    public boolean tryLock() {
        return compareAndSet(FREE, LOCKED);
    }

    /**
     * Unlocks.
     *
     * @throws IllegalMonitorStateException if the lock is free; of a lock that is held it cannot tell by whom
     */
    @Override
    public void unlock() {
        if (!compareAndSet(LOCKED, FREE)) {
            StackGuard.checkDeep(); // now, for a wake that fails when the lock is free would be lost
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
     * A condition bound to this lock.
     *
     * @param address the condition's word, in the same memory, a multiple of 4
     * @return the condition
     * @throws IllegalArgumentException if {@code address} is not a multiple of 4, or is the lock's own word
     */
    public FutexCondition newCondition(long address) {
        return new FutexCondition(this, address);
    }

    /**
     * Refuses: a condition has a word of its own, and this method cannot know which.
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

    /** Locks with the word at 2, because other threads may sleep on it. */
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
                if (!locked && !attempt.mayGoOn()) {
                    attempt.gaveUp();
                    return false;
                }
            } catch (Throwable e) {
                wait.forwardWake(); // if it was woken, by an unlock that has woken no other thread
                throw e;
            }
        }
        return true;
    }

    /** Locks with this state if the lock is free at one of a few reads. An interrupt ends that and stays pending. */
    private boolean lockSpinning(int state) {
        if (!table.spinPolicy().maySpin()) {
            return false;
        }
        Thread me = Thread.currentThread();
        for (long absence = FIRST_BACK_OFF; absence <= LAST_BACK_OFF && !me.isInterrupted(); absence *= 2) {
            backOff(absence);
            if (load() == FREE && compareAndSet(FREE, state)) {
                return true;
            }
        }
        return false;
    }

    private static void backOff(long nanos) {
        long begin = System.nanoTime(); // not the table's clock: no caller learns this time
        while (System.nanoTime() - begin < nanos) {
            Thread.onSpinWait();
        }
    }

    /**
     * Locks for a thread that must hold the lock when it returns, because its caller will unlock it. If the thread is
     * refused a place in the queue, by a limit of the table or for want of memory or stack, it tries again, with
     * pauses. Throws only what the memory throws.
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

    /** The second half of an unlock that has freed the word, for what it has found there. */
    void unlockContended(int before) {
        if (before == FREE) {
            throw notLocked();
        }
        if (before != LOCKED) {
            wake(1);
        }
    }

    /**
     * Makes the holder's unlock wake a thread: for a condition that moves its waiters here. The lock is held.
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

    /** Refuses a caller who does not hold the lock, as far as the word shows. */
    void checkHeld() {
        if (load() == FREE) {
            throw notLocked();
        }
    }

    /** Notes that the calling thread holds the lock. */
    void noteHeld() {}

    /** Notes that the calling thread is about to let the lock go. */
    void noteLeft() {}

    private static IllegalMonitorStateException notLocked() {
        return new IllegalMonitorStateException("the mutex is not locked");
    }

    /** Returns what this is, whether it is locked, and where its word lies. */
    @Override
    public String toString() {
        return describe("mutex", word -> word == FREE ? "free" : "locked");
    }
}
