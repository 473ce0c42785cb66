package org.jfutex;

import java.util.Arrays;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;

/** The words of locks that a task may hold, so that its exit can mark them: the robust list of somebody who has none in memory. */
final class RobustWords {

    /* Under the lock "this". The one that was added last is mostly the first to go. */

    private long[] addresses = new long[4];
    private int size;
    private boolean closed;

    /** Adds a word, once more if it is there already; false if it is too late. */
    synchronized boolean add(long address) {
        if (closed) {
            return false;
        }
        if (size == addresses.length) {
            addresses = Arrays.copyOf(addresses, 2 * size);
        }
        addresses[size++] = address;
        return true;
    }

    /** Takes a word out, once. */
    synchronized void remove(long address) {
        for (int i = size - 1; i >= 0; i--) {
            if (addresses[i] == address) {
                addresses[i] = addresses[--size];
                return;
            }
        }
    }

    /** Marks those words that name the task, each whatever becomes of the others; no more can be added. */
    synchronized void close(FutexMemory memory, int tid, Trouble trouble) {
        closed = true;
        for (int i = 0; i < size; i++) {
            try {
                mark(memory, addresses[i], tid);
            } catch (MemoryFaultException e) {
                // it was unmapped, with whatever it protected
            } catch (Throwable e) {
                trouble.note(e);
            }
        }
        size = 0;
    }

    private static void mark(FutexMemory memory, long address, int tid) {
        for (int word = memory.load(address); (word & LockPi.TID_MASK) == tid; ) {
            int seen = memory.compareAndExchange(address, word, (word & LockPi.WAITERS) | LockPi.OWNER_DIED);
            if (seen == word) {
                return;
            }
            word = seen;
        }
    }
}
