package org.jfutex.sync;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.key.FutexMemory;

/** The three forms of locking a word: each tries once without waiting, and then waits. */
abstract class AbstractWordLock extends FutexWord implements Lock {

    AbstractWordLock(FutexTable table, FutexMemory memory, long address, Scope scope) {
        super(table, memory, address, scope);
    }

    /** Locks if that is possible without waiting and without overtaking a thread that has precedence. */
    boolean lockAtOnce() {
        return tryLock();
    }

    /** Locks after {@link #lockAtOnce} has failed. Returns false if the time of the attempt has passed. */
    abstract boolean lockContended(LockAttempt attempt) throws InterruptedException;

    /**
     * Locks, waiting without limit. An interrupt stays pending, and the thread keeps its position in the queue.
     */
    @Override
    public void lock() {
        if (!lockAtOnce()) {
            Interrupts.uninterruptibly(() -> lockContended(LockAttempt.uninterruptible(this)));
        }
    }

    /**
     * Locks, waiting until the thread is interrupted.
     *
     * @throws InterruptedException if the thread was interrupted and does not hold the lock
     */
    @Override
    public void lockInterruptibly() throws InterruptedException {
        Interrupts.check();
        if (!lockAtOnce()) {
            lockContended(LockAttempt.interruptible(this));
        }
    }

    /**
     * Locks, waiting until the time has passed or the thread is interrupted.
     *
     * @param time the maximum time to wait, on the table's monotonic clock; zero and less do not wait
     * @param unit its unit
     * @return whether the thread holds the lock
     * @throws InterruptedException if the thread was interrupted and does not hold the lock
     */
    @Override
    public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
        requireNonNull(unit, "unit");
        Interrupts.check();
        return lockAtOnce() || (time > 0 && lockContended(attempt(time, unit)));
    }
}
