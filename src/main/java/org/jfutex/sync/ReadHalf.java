package org.jfutex.sync;

import org.jfutex.Deadline;
import org.jfutex.FutexTable;
import org.jfutex.Polling;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.WaitResult;
import org.jfutex.key.FutexMemory;

/** The readers' half of a {@link FutexReadWriteLock}; the numbers are those of its transitions. */
final class ReadHalf extends House {

    private static final int LET_IN = 0; // no house in which somebody waits

    ReadHalf(FutexTable table, FutexMemory memory, long address, Scope scope) {
        super(table, memory, address, scope);
    }

    private boolean isOpen(int house) {
        return !hasWriter(house) && inside(house) < MAX_READERS && writers.load() == 0;
    }

    @Override
    public boolean tryLock() {
        for (int s = load(); isOpen(s); s = load()) {
            if (compareAndSet(s, s + ONE_INSIDE)) { // [1]
                return true;
            }
        }
        return false;
    }

    @Override
    boolean lockContended(Deadline deadline) throws InterruptedException {
        try {
            return lockOrRegister(deadline);
        } catch (InterruptedException e) {
            throw e;
        } catch (Throwable e) {
            wake(1, READERS); // this one may have been woken to enter
            throw e;
        }
    }

    private boolean lockOrRegister(Deadline deadline) throws InterruptedException {
        while (!tryLock()) {
            int s = load();
            if (waiting(s) == MAX_READERS) {
                if (sleepUnlessOpen(s, deadline) == WaitResult.TIMED_OUT) {
                    return false;
                }
            } else if (compareAndSet(s, s + ONE_WAITING)) { // [2]
                return awaitTurn(s & TURN, deadline);
            }
        }
        return true;
    }

    /** Waits as one who is registered. Who does not return true is neither registered nor inside any more, whatever the reason. */
    private boolean awaitTurn(int turn, Deadline deadline) throws InterruptedException {
        boolean inside = false;
        int left;
        try {
            boolean late = false;
            for (int s = load(); (s & TURN) == turn && !late; s = load()) {
                if (!isOpen(s)) {
                    late = sleepUnlessOpen(s, deadline) == WaitResult.TIMED_OUT;
                } else if (compareAndSet(s, s - ONE_WAITING + ONE_INSIDE)) { // [3]
                    inside = true;
                    stoppedWaiting(s);
                    return true;
                }
            }
            left = late ? giveUp(turn) : LET_IN;
        } catch (InterruptedException e) {
            left = giveUp(turn);
            if (left != LET_IN) {
                stoppedWaiting(left);
                throw e;
            }
            Thread.currentThread().interrupt(); // a writer was first
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

    private WaitResult sleepUnlessOpen(int s, Deadline deadline) throws InterruptedException {
        PreparedWait wait = prepare(s, READERS);
        try {
            return isOpen(s) ? wait.cancel() : wait.await(deadline, Polling.NONE);
        } catch (Throwable e) {
            wait.cancel(); // who is told nothing should not stand there
            throw e;
        }
    }

    /** Takes the registration back, and says in which house; if a writer has not let it in before. */
    private int giveUp(int turn) {
        for (int s = load(); (s & TURN) == turn; s = load()) {
            if (compareAndSet(s, s - ONE_WAITING)) { // [4]
                return s;
            }
        }
        return LET_IN;
    }

    /** Tells those who found no registration left that there is one. */
    private void stoppedWaiting(int s) {
        if (waiting(s) == MAX_READERS) {
            wake(ALL, READERS);
        }
    }

    @Override
    public void unlock() {
        FutexTable.requireRoom();
        int s;
        do {
            s = load();
            if (inside(s) == 0) {
                throw new IllegalMonitorStateException("nobody reads");
            }
        } while (!compareAndSet(s, s - ONE_INSIDE)); // [5]
        if (writers.load() != 0) {
            if (inside(s) == 1) {
                wake(1, WRITERS);
            }
        } else if (waiting(s) > 0) {
            wake(1, READERS);
        }
    }
}
