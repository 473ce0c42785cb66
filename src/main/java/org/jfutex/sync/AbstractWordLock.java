package org.jfutex.sync;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.key.FutexMemory;

/** A lock in a word: a try that mostly succeeds, and what to do if not. */
abstract class AbstractWordLock extends FutexWord implements Lock {

    AbstractWordLock(FutexTable table, FutexMemory memory, long address, Scope scope) {
        super(table, memory, address, scope);
    }

    /** Locks if that takes no wait and no other thread has a better claim. */
    boolean lockAtOnce() {
        return tryLock();
    }

    /** Locks after {@link #lockAtOnce} has failed; false if the time of the attempt has passed. */
    abstract boolean lockContended(LockAttempt attempt) throws InterruptedException;

    /**
     * Locks, and waits as long as that takes. An interrupt stays pending and does not cost the thread its place in
     * the queue.
     */
    @Override
    public void lock() {
        if (!lockAtOnce()) {
            Interrupts.never(() -> lockContended(LockAttempt.uninterruptible(this)));
        }
    }

    /**
     * Locks, unless the thread is interrupted first.
     *
     * @throws InterruptedException if the thread was interrupted and has not got the lock
     */
    @Override
    public void lockInterruptibly() throws InterruptedException {
        Interrupts.check();
        if (!lockAtOnce()) {
            lockContended(LockAttempt.interruptible(this));
        }
    }

    /**
     * Locks, unless a while passes or the thread is interrupted first.
     *
     * @param time how long, on the table's monotonic clock; zero and less do not wait
     * @param unit its unit
     * @return whether the thread has the lock
     * @throws InterruptedException if the thread was interrupted and has not got the lock
     */
    @Override
    public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
        requireNonNull(unit, "unit");
        Interrupts.check();
        return lockAtOnce() || (time > 0 && lockContended(attempt(time, unit)));
    }
}
