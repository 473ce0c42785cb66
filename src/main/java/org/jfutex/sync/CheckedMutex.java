package org.jfutex.sync;

import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.StackGuard;
import org.jspecify.annotations.Nullable;

/** The mutex of {@link FutexMutex#checked}, which remembers the thread that holds it. */
final class CheckedMutex extends FutexMutex {

    /**
     * The thread that holds the mutex, as far as this object knows. Written by the holder only, while it holds the
     * mutex.
     */
    private volatile @Nullable Thread owner;

    CheckedMutex(FutexTable table, FutexMemory memory, long address, Scope scope) {
        super(table, memory, address, scope);
    }

    @Override
    public boolean tryLock() {
        boolean locked = super.tryLock();
        if (locked) {
            noteHeld();
        }
        return locked;
    }

    @Override
    boolean lockContended(LockAttempt attempt) throws InterruptedException {
        if (owner == Thread.currentThread()) {
            throw new IllegalMonitorStateException(Thread.currentThread() + " would wait for itself at " + this);
        }
        boolean locked = super.lockContended(attempt);
        if (locked) {
            noteHeld();
        }
        return locked;
    }

    @Override
    void lockWithoutFail() {
        super.lockWithoutFail();
        noteHeld();
    }

    @Override
    public void unlock() {
        checkHeld();
        StackGuard.checkDeep(); // now, for the owner is forgotten before the word is free
        noteLeft();
        super.unlock();
    }

    @Override
    void checkHeld() {
        super.checkHeld();
        if (owner != Thread.currentThread()) {
            throw new IllegalMonitorStateException(Thread.currentThread() + " does not hold " + this);
        }
    }

    @Override
    void noteHeld() {
        owner = Thread.currentThread();
    }

    @Override
    void noteLeft() {
        owner = null;
    }

    @Override
    public String toString() {
        Thread holder = owner;
        return "checked " + super.toString() + (holder == null ? "" : ", held by " + holder);
    }
}
