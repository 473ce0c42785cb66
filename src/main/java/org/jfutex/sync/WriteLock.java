package org.jfutex.sync;

import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.SpinPolicy;
import org.jfutex.WaitResult;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.StackGuard;

/** The write lock of a {@link FutexReadWriteLock}; numbers in brackets refer to its list of transitions. */
final class WriteLock extends RwLockState {

    WriteLock(FutexTable table, FutexMemory memory, long address, Scope scope) {
        super(table, memory, address, scope);
    }

    @Override
    public boolean tryLock() {
        int i = 0;
        for (int s = load(); isEmpty(s); s = load()) {
            if (compareAndSet(s, s | WRITER)) { // [6]
                return true;
            }
            i = failed(i);
        }
        return false;
    }

    @Override
    boolean lockOrTimeOut(LockAttempt attempt) {
        boolean entered = false;
        boolean counted = true;
        count(1);
        try {
            boolean enough = false;
            while (!enough && !entered) {
                int s = load();
                if (isEmpty(s)) {
                    entered = tryLock();
                    enough = !entered && !attempt.mayContinue();
                } else {
                    enough = sleepOrGiveUp(s, attempt);
                }
            }
            int others = count(-1);
            counted = false;
            if (!entered) {
                gaveUp(others);
            }
            return entered;
        } catch (Throwable e) {
            int others = counted ? count(-1) : writers.load();
            if (entered) {
                unlock();
            } else if (others != 0) {
                wake(1, WRITERS); // this writer may have been woken to lock
            } else {
                gaveUp(others);
            }
            throw e;
        }
    }

    /** Sleeps. Returns whether to give up. */
    private boolean sleepOrGiveUp(int s, LockAttempt attempt) {
        try {
            WaitResult end = attempt.await(prepare(s, WRITERS), SpinPolicy.NONE);
            return end == WaitResult.TIMED_OUT || (!isEmpty(load()) && !attempt.mayContinue());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private void gaveUp(int others) {
        if (others == 0 && waitingReaders(load()) > 0) {
            wake(ALL, READERS);
        }
    }

    /** Changes the number of waiting writers, and returns the new number. */
    private int count(int change) {
        int n = writers.load();
        for (int i = 0; !writers.compareAndSet(n, n + change); n = writers.load()) {
            i = writers.failed(i);
        }
        return n + change;
    }

    /** Returns the state, which must contain a writer. */
    private int written() {
        int s = load();
        if (!hasWriter(s)) {
            throw new IllegalMonitorStateException("no writer holds the lock");
        }
        return s;
    }

    @Override
    public void unlock() {
        StackGuard.checkCall();
        int s = written();
        for (int i = 0;
                !compareAndSet(s, waitingReaders(s) > 0 ? waitingReaders(s) | (~s & TURN) : s & ~WRITER);
                s = written()) { // [7] [8]
            i = failed(i);
        }
        if (waitingReaders(s) > 0) {
            wake(ALL, READERS);
        } else if (writers.load() != 0) {
            wake(1, WRITERS);
        }
    }
}
