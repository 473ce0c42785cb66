package org.jfutex.endive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.jfutex.FutexTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import run.endive.runtime.ByteArrayMemory;
import run.endive.runtime.Memory;
import run.endive.wasm.types.MemoryLimits;

/**
 * A reader-writer lock in one word of the memory, under contention. Its writer waits at values that change quickly.
 * Memories in which a late waiter takes the wake of an earlier one have left its threads asleep.
 */
@Timeout(120)
class ContentionTest {

    private static final int READERS = 6;
    private static final int SECTIONS = 20_000;

    private static final MemoryLimits LIMITS = new MemoryLimits(1, 1, true);

    @Test
    void readersAndWriter_manySections_allEnd() throws Exception {
        FutexTable table = new FutexTable();
        Memory memory = new EndiveMemory(table, LIMITS);
        assertEquals(Collections.nCopies(READERS + 1, 0), Threads.runAll(bodies(memory)));
        assertEquals(0, memory.readInt(0));
        assertEquals(List.of(), table.waiters());
    }

    /** The planted fault: a notify leaves permits at the word, and a late waiter takes one. */
    @Test
    void readersAndWriter_wakesCanBeStolen_allSleepForEver() {
        for (int round = 0; ; round++) {
            PermitMemory memory = new PermitMemory(LIMITS);
            List<FutureTask<Integer>> running =
                    bodies(memory).stream().map(Threads::start).toList();
            for (long left = 1; left > 0; ) {
                left = running.stream().filter(t -> !t.isDone()).count();
                if (left > 0 && memory.sleepers() == left) {
                    return; // the number only falls, so all of them sleep, and none can wake another
                }
                Thread.onSpinWait();
            }
            assertTrue(round < 50, "the test does not find the fault");
        }
    }

    private static List<Callable<Integer>> bodies(Memory memory) {
        WordLock lock = new WordLock(memory, 0);
        int[] written = {0, 0}; // both change together under the lock
        List<Callable<Integer>> bodies = new ArrayList<>(Collections.nCopies(READERS, () -> {
            int torn = 0;
            for (int i = 0; i < SECTIONS; i++) {
                lock.lockShared();
                torn += written[0] == written[1] ? 0 : 1;
                lock.unlockShared();
            }
            return torn;
        }));
        bodies.add(() -> {
            for (int i = 0; i < SECTIONS; i++) {
                lock.lock();
                written[0]++;
                written[1]++;
                lock.unlock();
            }
            return 0;
        });
        return bodies;
    }

    /** A memory with one counter of permits for all words. */
    private static final class PermitMemory extends DelegatingMemory {

        private int sleepers;
        private int permits;

        PermitMemory(MemoryLimits limits) {
            super(new ByteArrayMemory(limits));
        }

        /** Returns the number of threads that wait while no permit is left. */
        synchronized int sleepers() {
            return permits == 0 ? sleepers : 0;
        }

        @Override
        public synchronized int atomicWait(int address, int expected, long timeout) {
            if (atomicReadInt(address) != expected) {
                return 1;
            }
            sleepers++;
            try {
                while (permits == 0) {
                    wait();
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            } finally {
                sleepers--;
            }
            permits--;
            return 0;
        }

        @Override
        public int atomicWait(int address, long expected, long timeout) {
            throw new UnsupportedOperationException();
        }

        @Override
        public synchronized int atomicNotify(int address, int count) {
            permits = sleepers; // also if some of the permits of an earlier notify are left
            notifyAll();
            return sleepers;
        }
    }

    /** The word holds the number of readers. Its highest bit says that the writer holds the lock or waits for it. */
    private record WordLock(Memory memory, int word) {

        private static final int WRITER = 1 << 31;

        void lock() {
            for (int seen = memory.atomicReadInt(word); ; seen = memory.atomicReadInt(word)) {
                if (seen < 0) {
                    memory.atomicWait(word, seen, -1);
                } else if (memory.atomicCmpxchgInt(word, seen, seen | WRITER) == seen) {
                    break;
                }
            }
            for (int seen = memory.atomicReadInt(word); seen != WRITER; seen = memory.atomicReadInt(word)) {
                memory.atomicWait(word, seen, -1); // until the last reader leaves
            }
        }

        void unlock() {
            memory.atomicWriteInt(word, 0);
            memory.atomicNotify(word, -1);
        }

        void lockShared() {
            for (int seen = memory.atomicReadInt(word); ; seen = memory.atomicReadInt(word)) {
                if (seen < 0) {
                    memory.atomicWait(word, seen, -1);
                } else if (memory.atomicCmpxchgInt(word, seen, seen + 1) == seen) {
                    return;
                }
            }
        }

        void unlockShared() {
            if (memory.atomicAddInt(word, -1) == (WRITER | 1)) {
                memory.atomicNotify(word, -1);
            }
        }
    }
}
