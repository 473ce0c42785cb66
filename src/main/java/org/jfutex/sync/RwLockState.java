package org.jfutex.sync;

import java.util.concurrent.locks.Condition;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.WaitOptions;
import org.jfutex.key.FutexMemory;

/** The two words of a {@link FutexReadWriteLock}; the comment of that class explains them. */
abstract class RwLockState extends AbstractWordLock {

    static final int MAX_READERS = FutexReadWriteLock.MAX_READERS;
    static final int ONE_READER = 1;
    static final int ONE_WAITING_READER = 1 << 15;
    static final int TURN = 1 << 30;
    static final int WRITER = 1 << 31;

    static final WaitOptions READERS = WaitOptions.DEFAULT.bitset(1);
    static final WaitOptions WRITERS = WaitOptions.DEFAULT.bitset(2);
    static final int ALL = Integer.MAX_VALUE;

    /** The second word. */
    final FutexWord writers;

    RwLockState(FutexTable table, FutexMemory memory, long address, Scope scope) {
        super(table, memory, address, scope);
        writers = new FutexWord(table, memory, address + Integer.BYTES, scope);
    }

    static int readers(int state) {
        return state & MAX_READERS;
    }

    static int waitingReaders(int state) {
        return (state >>> 15) & MAX_READERS;
    }

    static boolean hasWriter(int state) {
        return (state & WRITER) != 0;
    }

    static boolean isEmpty(int state) {
        return readers(state) == 0 && !hasWriter(state);
    }

    /**
     * Locks. Returns false if the time has passed or the thread was interrupted. An interrupt stays pending, so that a
     * failure cannot lose it.
     */
    abstract boolean lockOrTimeOut(LockAttempt attempt);

    @Override
    final boolean lockContended(LockAttempt attempt) throws InterruptedException {
        boolean locked = lockOrTimeOut(attempt);
        if (!locked) {
            attempt.gaveUp();
        }
        return locked;
    }

    /** Returns the state of the lock, and its address and memory. */
    final String state() {
        return describe(
                        "",
                        state -> (hasWriter(state) ? "a writer, " : "") + readers(state) + " readers; wait: "
                                + waitingReaders(state) + " readers, " + Integer.toUnsignedString(writers.load())
                                + " writers")
                .strip();
    }

    @Override
    public final Condition newCondition() {
        throw new UnsupportedOperationException("a read-write lock has no conditions");
    }
}
