package org.jfutex.sync;

import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.StackGuard;
import org.jspecify.annotations.Nullable;

/** The mutex of {@link FutexMutex#checked}, which records its owner. */
final class CheckedMutex extends FutexMutex {

    /**
     * The thread that locked the mutex through this object, or null. Only the owner writes it, while it holds the
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
            setOwner();
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
            setOwner();
        }
        return locked;
    }

    @Override
    void lockWithoutFail() {
        super.lockWithoutFail();
        setOwner();
    }

    @Override
    public void unlock() {
        checkHeld();
        StackGuard.checkCall(); // before the owner is cleared: otherwise a failed unlock leaves a held lock
        clearOwner();
        unlockChecked();
    }

    @Override
    void checkHeld() {
        super.checkHeld();
        if (owner != Thread.currentThread()) {
            throw new IllegalMonitorStateException(Thread.currentThread() + " does not hold " + this);
        }
    }

    @Override
    void setOwner() {
        owner = Thread.currentThread();
    }

    @Override
    void clearOwner() {
        owner = null;
    }

    @Override
    public String toString() {
        Thread holder = owner;
        return "checked " + super.toString() + (holder == null ? "" : ", held by " + holder);
    }
}
