package org.jfutex.sync;

import org.jfutex.Deadline;
import org.jfutex.FutexTable;
import org.jfutex.Polling;
import org.jfutex.Scope;
import org.jfutex.WaitResult;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.Headroom;

/** The writers' half of a {@link FutexReadWriteLock}; the numbers are those of its transitions. */
final class WriteHalf extends House {

    WriteHalf(FutexTable table, FutexMemory memory, long address, Scope scope) {
        super(table, memory, address, scope);
    }

    @Override
    public boolean tryLock() {
        for (int s = load(); isEmpty(s); s = load()) {
            if (compareAndSet(s, s | WRITER)) { // [6]
                return true;
            }
        }
        return false;
    }

    @Override
    boolean lockOrGiveUp(Deadline deadline) {
        boolean entered = false;
        boolean counted = true;
        count(1);
        try {
            boolean enough = false;
            while (!enough && !entered) {
                int s = load();
                if (isEmpty(s)) {
                    entered = tryLock();
                } else {
                    enough = sleptEnough(s, deadline);
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
            } else if (others > 0) {
                wake(1, WRITERS); // this one may have been woken to enter
            } else {
                gaveUp(others);
            }
            throw e;
        }
    }

    /** Sleeps, and says whether to give up. */
    private boolean sleptEnough(int s, Deadline deadline) {
        try {
            return prepare(s, WRITERS).await(deadline, Polling.NONE) == WaitResult.TIMED_OUT;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private void gaveUp(int others) {
        if (others == 0 && waiting(load()) > 0) {
            wake(ALL, READERS);
        }
    }

    /** Counts waiting writers; says how many there are now. */
    private int count(int change) {
        int n;
        do {
            n = writers.load();
        } while (!writers.compareAndSet(n, n + change));
        return n + change;
    }

    @Override
    public void unlock() {
        Headroom.requireBelow();
        int s;
        do {
            s = load();
            if (!hasWriter(s)) {
                throw new IllegalMonitorStateException("nobody writes");
            }
        } while (!compareAndSet(s, waiting(s) > 0 ? waiting(s) | (~s & TURN) : s & ~WRITER)); // [7] [8]
        if (waiting(s) > 0) {
            wake(ALL, READERS);
        } else if (writers.load() != 0) {
            wake(1, WRITERS);
        }
    }
}
