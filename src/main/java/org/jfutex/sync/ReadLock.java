package org.jfutex.sync;

import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.SpinPolicy;
import org.jfutex.WaitResult;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.StackGuard;

/** The read lock of a {@link FutexReadWriteLock}; numbers in brackets refer to its list of transitions. */
final class ReadLock extends RwLockState {

    private static final int LET_IN = 0; // never the state of a lock with waiters

    ReadLock(FutexTable table, FutexMemory memory, long address, Scope scope) {
        super(table, memory, address, scope);
    }

    private boolean isOpen(int state) {
        return admitsReaders(state) && writers.load() == 0;
    }

    /** Returns whether no writer holds the lock and fewer than MAX_READERS readers do. */
    private static boolean admitsReaders(int state) {
        return !hasWriter(state) && readers(state) < MAX_READERS;
    }

    @Override
    public boolean tryLock() {
        int i = 0;
        for (int s = load(); admitsReaders(s); s = load()) {
            if (compareAndSet(s, s + ONE_READER)) { // [1]
                return true;
            }
            i = failed(i);
        }
        return false;
    }

    /** Locks unless a writer waits. */
    @Override
    boolean lockAtOnce() {
        int i = 0;
        for (int s = load(); isOpen(s); s = load()) {
            if (compareAndSet(s, s + ONE_READER)) { // [1]
                return true;
            }
            i = failed(i);
        }
        return false;
    }

    @Override
    boolean lockOrTimeOut(LockAttempt attempt) {
        try {
            return lockOrRegister(attempt);
        } catch (Throwable e) {
            wake(1, READERS); // this reader may have been woken to lock
            throw e;
        }
    }

    private boolean lockOrRegister(LockAttempt attempt) {
        while (!lockAtOnce()) {
            int s = load();
            if (waitingReaders(s) == MAX_READERS) {
                if (sleepOrGiveUp(s, attempt)) {
                    return false;
                }
            } else if (compareAndSet(s, s + ONE_WAITING_READER)) { // [2]
                return awaitTurn(s & TURN, attempt);
            } else if (!attempt.mayContinue()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Waits as a registered reader. After a return of false or an exception, the reader is neither registered nor holds
     * the lock.
     */
    private boolean awaitTurn(int turn, LockAttempt attempt) {
        boolean inside = false;
        int left;
        try {
            boolean enough = false;
            for (int s = load(); (s & TURN) == turn && !enough; s = load()) {
                if (!isOpen(s)) {
                    enough = sleepOrGiveUp(s, attempt);
                } else if (compareAndSet(s, withoutOneWaiting(s) + ONE_READER)) { // [3]
                    inside = true;
                    stoppedWaiting(s);
                    return true;
                } else {
                    enough = !attempt.mayContinue();
                }
            }
            left = enough ? giveUp(turn) : LET_IN;
        } catch (Throwable e) {
            left = inside ? LET_IN : giveUp(turn);
            if (left == LET_IN) {
                unlock();
            } else {
                stoppedWaiting(left);
            }
            throw e;
        }
        stoppedWaiting(left);
        return left == LET_IN;
    }

    /**
     * Returns the state with one registration less. A word that was overwritten may contain none; then it is unchanged.
     */
    private static int withoutOneWaiting(int s) {
        return waitingReaders(s) == 0 ? s : s - ONE_WAITING_READER;
    }

    /** Sleeps unless the reader can lock now. Returns whether to give up. */
    private boolean sleepOrGiveUp(int s, LockAttempt attempt) {
        PreparedWait wait = prepare(s, READERS);
        try {
            WaitResult end = isOpen(s) ? wait.cancel() : attempt.await(wait, SpinPolicy.NONE);
            return end == WaitResult.TIMED_OUT || (end == WaitResult.VALUE_DIFFERS && !attempt.mayContinue());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        } catch (Throwable e) {
            wait.cancel(); // a reader that reports a failure must not stay queued
            throw e;
        }
    }

    /**
     * Takes the registration back and returns the state in which it did so, or LET_IN if a writer has admitted the
     * reader before.
     */
    private int giveUp(int turn) {
        int i = 0;
        for (int s = load(); (s & TURN) == turn; s = load()) {
            if (compareAndSet(s, withoutOneWaiting(s))) { // [4]
                return s;
            }
            i = failed(i);
        }
        return LET_IN;
    }

    /**
     * Wakes the readers that could not register, if this end of a registration in state {@code s} lets one of them
     * register.
     */
    private void stoppedWaiting(int s) {
        if (waitingReaders(s) == MAX_READERS) {
            wake(ALL, READERS);
        }
    }

    /** Returns the state, which must contain a reader. */
    private int read() {
        int s = load();
        if (readers(s) == 0) {
            throw new IllegalMonitorStateException("no reader holds the lock");
        }
        return s;
    }

    @Override
    public void unlock() {
        StackGuard.checkCall();
        int s = read();
        for (int i = 0; !compareAndSet(s, s - ONE_READER); s = read()) { // [5]
            i = failed(i);
        }
        if (writers.load() != 0) {
            if (readers(s) == 1) {
                wake(1, WRITERS);
            }
        } else if (waitingReaders(s) > 0) {
            wake(1, READERS);
        }
    }
}
