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

    private boolean awaitTurn(int turn, Deadline deadline) throws InterruptedException {
        for (int s = load(); (s & TURN) == turn; s = load()) {
            if (isOpen(s)) {
                if (stoppedWaiting(s, ONE_INSIDE)) { // [3]
                    return true;
                }
                continue;
            }
            try {
                if (sleepUnlessOpen(s, deadline) == WaitResult.TIMED_OUT && gaveUp(turn)) {
                    return false;
                }
            } catch (InterruptedException e) {
                if (gaveUp(turn)) {
                    throw e;
                }
                Thread.currentThread().interrupt(); // a writer let it in first
            }
        }
        return true;
    }

    private WaitResult sleepUnlessOpen(int s, Deadline deadline) throws InterruptedException {
        PreparedWait wait = prepare(s, READERS);
        return isOpen(s) ? wait.cancel() : wait.await(deadline, Polling.NONE);
    }

    private boolean gaveUp(int turn) {
        for (int s = load(); (s & TURN) == turn; s = load()) {
            if (stoppedWaiting(s, 0)) { // [4]
                return true;
            }
        }
        return false;
    }

    private boolean stoppedWaiting(int s, int entering) {
        if (!compareAndSet(s, s - ONE_WAITING + entering)) {
            return false;
        }
        if (waiting(s) == MAX_READERS) {
            wake(ALL, READERS);
        }
        return true;
    }

    @Override
    public void unlock() {
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
