package org.jfutex.sync;

import org.jfutex.Deadline;
import org.jfutex.FutexTable;
import org.jfutex.Polling;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.WaitResult;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.Headroom;

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
    boolean lockOrGiveUp(Deadline deadline) {
        try {
            return lockOrRegister(deadline);
        } catch (Throwable e) {
            wake(1, READERS); // this one may have been woken to enter
            throw e;
        }
    }

    private boolean lockOrRegister(Deadline deadline) {
        while (!tryLock()) {
            int s = load();
            if (waiting(s) == MAX_READERS) {
                if (sleptEnough(s, deadline)) {
                    return false;
                }
            } else if (compareAndSet(s, s + ONE_WAITING)) { // [2]
                return awaitTurn(s & TURN, deadline);
            }
        }
        return true;
    }

    /** Waits as one who is registered. Who does not return true is neither registered nor inside any more, whatever the reason. */
    private boolean awaitTurn(int turn, Deadline deadline) {
        boolean inside = false;
        int left;
        try {
            boolean enough = false;
            for (int s = load(); (s & TURN) == turn && !enough; s = load()) {
                if (!isOpen(s)) {
                    enough = sleptEnough(s, deadline);
                } else if (compareAndSet(s, s - ONE_WAITING + ONE_INSIDE)) { // [3]
                    inside = true;
                    stoppedWaiting(s);
                    return true;
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

    /** Sleeps unless the house is open, and says whether to give up. */
    private boolean sleptEnough(int s, Deadline deadline) {
        PreparedWait wait = prepare(s, READERS);
        try {
            return (isOpen(s) ? wait.cancel() : wait.await(deadline, Polling.NONE)) == WaitResult.TIMED_OUT;
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
        Headroom.requireBelow();
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
