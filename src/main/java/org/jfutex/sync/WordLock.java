package org.jfutex.sync;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import org.jfutex.Deadline;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.key.FutexMemory;

/** A lock in a word: a try that mostly succeeds, and what to do if not. */
abstract class WordLock extends FutexWord implements Lock {

    WordLock(FutexTable table, FutexMemory memory, long address, Scope scope) {
        super(table, memory, address, scope);
    }

    /** Locks after {@link #tryLock()} has failed; false if the deadline passed. */
    abstract boolean lockContended(Deadline deadline) throws InterruptedException;

    /** Locks, and waits as long as that takes. An interrupt stays pending meanwhile. */
    @Override
    public void lock() {
        if (!tryLock()) {
            Interrupts.defer(() -> lockContended(Deadline.NEVER));
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
        if (!tryLock()) {
            lockContended(Deadline.NEVER);
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
        return tryLock() || (time > 0 && lockContended(deadline(time, unit)));
    }
}
