package org.jfutex.sync;

import java.util.concurrent.locks.Condition;
import org.jfutex.Deadline;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.WaitOptions;
import org.jfutex.key.FutexMemory;

/** The two words of a {@link FutexReadWriteLock}, which is where they are explained. */
abstract class House extends WordLock {

    static final int MAX_READERS = FutexReadWriteLock.MAX_READERS;
    static final int ONE_INSIDE = 1;
    static final int ONE_WAITING = 1 << 15;
    static final int TURN = 1 << 30;
    static final int WRITER = 1 << 31;

    static final WaitOptions READERS = WaitOptions.DEFAULT.bitset(1);
    static final WaitOptions WRITERS = WaitOptions.DEFAULT.bitset(2);
    static final int ALL = Integer.MAX_VALUE;

    /** The second word. */
    final FutexWord writers;

    House(FutexTable table, FutexMemory memory, long address, Scope scope) {
        super(table, memory, address, scope);
        writers = new FutexWord(table, memory, address + Integer.BYTES, scope);
    }

    static int inside(int house) {
        return house & MAX_READERS;
    }

    static int waiting(int house) {
        return (house >>> 15) & MAX_READERS;
    }

    static boolean hasWriter(int house) {
        return (house & WRITER) != 0;
    }

    static boolean isEmpty(int house) {
        return inside(house) == 0 && !hasWriter(house);
    }

    /** Locks; false if the deadline passed, or the thread was interrupted: that is pending until nothing can fail any more. */
    abstract boolean lockOrGiveUp(Deadline deadline);

    @Override
    final boolean lockContended(Deadline deadline) throws InterruptedException {
        boolean locked = lockOrGiveUp(deadline);
        if (!locked) {
            Interrupts.gaveUp(deadline);
        }
        return locked;
    }

    @Override
    public final Condition newCondition() {
        throw new UnsupportedOperationException("a read-write lock has no conditions");
    }
}
