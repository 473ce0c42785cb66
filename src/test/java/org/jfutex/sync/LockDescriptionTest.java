package org.jfutex.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import org.jfutex.FutexTable;
import org.jfutex.PiTask;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.memory.FlatMemory;
import org.junit.jupiter.api.Test;

/** Tests the description of each lock's state, also when its memory fails. */
class LockDescriptionTest {

    private final WordPlacement.Side words = WordPlacement.privateWords();

    private void assertState(String expected, Object lock) {
        String text = lock.toString();
        assertTrue(text.startsWith(expected + " in PRIVATE word 0x"), text);
    }

    private void with(int word) {
        words.store(0, word);
    }

    @Test
    void textOfALock_showsItsState() {
        assertState("mutex (free)", words.mutex(0));
        assertState("semaphore (0 permits)", words.semaphore(0));
        assertState("latch (open)", words.latch(0));
        assertState("once (new)", words.once(0));
        assertState("barrier of 3 (0 arrived in round 0)", words.barrier(0, 3));
        assertState("PI mutex (free)", words.piMutex(0));
        assertState("read-write lock (0 readers; wait: 0 readers, 0 writers)", words.readWriteLock(0));
        assertState("condition (0 signals)", words.mutex(1).newCondition(words.address(0)));
        with(2);
        assertState("mutex (locked)", words.mutex(0));
        assertState("semaphore (2 permits)", words.semaphore(0));
        assertState("latch (2 remaining)", words.latch(0));
        assertState("once (running)", words.once(0));
        assertState("barrier of 3 (2 arrived in round 0)", words.barrier(0, 3));
        assertState("PI mutex (held by task 2)", words.piMutex(0));
        assertState("read-write lock (2 readers; wait: 0 readers, 0 writers)", words.readWriteLock(0));
        assertState("condition (1 signals)", words.mutex(1).newCondition(words.address(0)));
        words.store(1, 1);
        with(-1 << 31 | 3 << 15);
        assertState("read-write lock (a writer, 0 readers; wait: 3 readers, 1 writers)", words.readWriteLock(0));
        with(-4);
        assertState("semaphore (3 permits, waiters)", words.semaphore(0));
        assertState("once (overwritten with -4)", words.once(0));
        with(3 << 16 | 1);
        assertState("barrier of 3 (1 arrived in round 3)", words.barrier(0, 3));
        with(5 | 3 << 30);
        assertState("PI mutex (held by task 5, waiters, an owner died, not recoverable)", words.piMutex(0));
        PiTask task = words.task();
        assertEquals(1, task.tid());
    }

    @Test
    void textOfALock_survivesAMemoryThatFails() {
        for (Throwable failure : List.of(
                new MemoryFaultException(0, Access.READ),
                new IllegalStateException("closed"),
                new InternalError("a file was cut"))) {
            WordPlacement.Side failing = WordPlacement.privateWords(FutexTable.builder(), new FailingMemory(failure));
            for (Object lock : List.of(
                    failing.mutex(0),
                    failing.mutex(0).newCondition(4),
                    failing.semaphore(0),
                    failing.readWriteLock(0),
                    failing.barrier(0, 2),
                    failing.latch(0),
                    failing.once(0),
                    failing.piMutex(0),
                    failing.piMutex(0).newCondition(8))) {
                assertTrue(lock.toString().contains("(unreadable) in "), lock::toString);
            }
        }
    }

    private static final class FailingMemory implements FutexMemory {

        private final FlatMemory keys = FlatMemory.of(ByteBuffer.allocateDirect(8));
        private final Throwable failure;

        FailingMemory(Throwable failure) {
            this.failure = failure;
        }

        @SuppressWarnings("unchecked")
        private <E extends Throwable> int fail() throws E {
            throw (E) failure;
        }

        @Override
        public int load(long address) {
            return this.<RuntimeException>fail();
        }

        @Override
        public int compareAndExchange(long address, int expected, int desired) {
            return this.<RuntimeException>fail();
        }

        @Override
        public FutexKey sharedKey(long address, Access access) {
            return keys.sharedKey(address, access);
        }
    }
}
