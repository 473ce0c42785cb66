package org.jfutex.sync;

import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.SpinPolicy;
import org.jfutex.WaitResult;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.StackGuard;

/** The readers' half of a {@link FutexReadWriteLock}; the numbers are those of its transitions. */
final class ReadLock extends RwLockState {

    private static final int LET_IN = 0; // never the state of a lock with waiters

    ReadLock(FutexTable table, FutexMemory memory, long address, Scope scope) {
        super(table, memory, address, scope);
    }

    private boolean isOpen(int house) {
        return admitsReaders(house) && writers.load() == 0;
    }

    /** Returns whether there is no writer inside and a place for a reader. */
    private static boolean admitsReaders(int house) {
        return !hasWriter(house) && readers(house) < MAX_READERS;
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

    /** Enters unless a writer waits. */
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
            wake(1, READERS); // this one may have been woken to enter
            throw e;
        }
    }

    private boolean lockOrRegister(LockAttempt attempt) {
        while (!lockAtOnce()) {
            int s = load();
            if (waitingReaders(s) == MAX_READERS) {
                if (sleptEnough(s, attempt)) {
                    return false;
                }
            } else if (compareAndSet(s, s + ONE_WAITING_READER)) { // [2]
                return awaitTurn(s & TURN, attempt);
            } else if (!attempt.mayGoOn()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Waits as one who is registered. Who does not return true is neither registered nor inside any more, whatever
     * the reason.
     */
    private boolean awaitTurn(int turn, LockAttempt attempt) {
        boolean inside = false;
        int left;
        try {
            boolean enough = false;
            for (int s = load(); (s & TURN) == turn && !enough; s = load()) {
                if (!isOpen(s)) {
                    enough = sleptEnough(s, attempt);
                } else if (compareAndSet(s, withoutOneWaiting(s) + ONE_READER)) { // [3]
                    inside = true;
                    stoppedWaiting(s);
                    return true;
                } else {
                    enough = !attempt.mayGoOn();
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

    /** A registration less. A word that was overwritten may have none; then there is nothing to take back. */
    private static int withoutOneWaiting(int s) {
        return waitingReaders(s) == 0 ? s : s - ONE_WAITING_READER;
    }

    /** Sleeps unless the house is open, and returns whether to give up. */
    private boolean sleptEnough(int s, LockAttempt attempt) {
        PreparedWait wait = prepare(s, READERS);
        try {
            WaitResult end = isOpen(s) ? wait.cancel() : attempt.await(wait, SpinPolicy.NONE);
            return end == WaitResult.TIMED_OUT || (end == WaitResult.VALUE_DIFFERS && !attempt.mayGoOn());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        } catch (Throwable e) {
            wait.cancel(); // who is told nothing should not stand there
            throw e;
        }
    }

    /** Takes the registration back, and says in which house; if a writer has not let it in before. */
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

    /** Tells those who found no registration left that there is one. */
    private void stoppedWaiting(int s) {
        if (waitingReaders(s) == MAX_READERS) {
            wake(ALL, READERS);
        }
    }

    /** The word, in which there must be a reader. */
    private int read() {
        int s = load();
        if (readers(s) == 0) {
            throw new IllegalMonitorStateException("no reader holds the lock");
        }
        return s;
    }

    @Override
    public void unlock() {
        StackGuard.checkDeep();
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
