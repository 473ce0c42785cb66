package org.jfutex.model;

import static org.jfutex.Scope.PRIVATE;

import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.WaitOptions;
import org.jfutex.WaitResult;
import org.jspecify.annotations.Nullable;

/** A minimal form of the semaphore's algorithm, with a bug planted on request. Without a bug it must pass. */
final class MutantSemaphore {

    /** Possible bugs of a semaphore. */
    enum Bug {
        NONE,
        /**
         * A woken thread for which the permits are too few sleeps again, and other threads that need fewer are not
         * woken.
         */
        KEEPS_THE_WAKE,
        /** A woken thread that leaves permits does not wake the next thread. */
        DROPS_THE_TOKEN,
        /** Several permits are taken one by one. */
        TAKES_ONE_BY_ONE
    }

    private final Bug bug;
    private final FutexTable table;
    private final Words memory;
    private final long address;

    MutantSemaphore(Bug bug, FutexTable table, Words memory, long address) {
        this.bug = bug;
        this.table = table;
        this.memory = memory;
        this.address = address;
    }

    void release(int permits) {
        int before;
        do {
            before = memory.load(address);
        } while (!compareAndSet(before, permits(before) + permits));
        if (before < 0) {
            wake(1);
        }
    }

    void acquire(int permits) throws InterruptedException {
        if (bug == Bug.TAKES_ONE_BY_ONE) {
            for (int i = 0; i < permits; i++) {
                take(1);
            }
        } else {
            take(permits);
        }
    }

    private void take(int n) throws InterruptedException {
        PreparedWait wait = null;
        while (true) {
            int word = memory.load(address);
            int left = permits(word) - n;
            if (left >= 0) {
                boolean token = word >= 0 && wasWoken(wait);
                boolean mark = word < 0 || (token && left == 0);
                if (compareAndSet(word, mark ? ~left : left)) {
                    if (token && left > 0 && bug != Bug.DROPS_THE_TOKEN) {
                        wake(1);
                    }
                    return;
                }
            } else if (word < 0 || compareAndSet(word, ~word)) {
                if (word > 0 && bug != Bug.KEEPS_THE_WAKE) {
                    wake(Integer.MAX_VALUE);
                }
                int expected = word < 0 ? word : ~word;
                wait = table.prepare(memory, address, PRIVATE, Integer.toUnsignedLong(expected), WaitOptions.DEFAULT);
                wait.await();
            }
        }
    }

    private static boolean wasWoken(@Nullable PreparedWait wait) {
        return wait != null && wait.poll() == WaitResult.WOKEN;
    }

    private static int permits(int word) {
        return word < 0 ? ~word : word;
    }

    private boolean compareAndSet(int expected, int desired) {
        return memory.compareAndExchange(address, expected, desired) == expected;
    }

    private void wake(int count) {
        table.wakePublished(memory, address, PRIVATE, count);
    }
}
