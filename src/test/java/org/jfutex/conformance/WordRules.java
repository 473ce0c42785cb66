package org.jfutex.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteOrder;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jfutex.key.Access;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.WordSize;
import org.junit.jupiter.api.Test;

/** Tests of the words of a memory. */
interface WordRules extends Subject {

    @Test
    default void compareAndExchangeWritesOnlyOnExpectedValue() {
        assertEquals(0, memory().compareAndExchange(base(), 0, 7));
        assertEquals(7, memory().compareAndExchange(base(), 0, 8));
        assertEquals(7, memory().load(base()));
        assertEquals(0, memory().load(word(1)));
    }

    @Test
    default void getAndSetReturnsPreviousValue() {
        assertEquals(0, memory().getAndSet(word(1023), -1));
        assertEquals(-1, memory().getAndSet(word(1023), 5));
        assertEquals(5, memory().load(word(1023)));
    }

    @Test
    default void narrowWordsFollowByteOrder() {
        memory().getAndSet(base(), 0x0403_0201);
        boolean little = memory().byteOrder() == ByteOrder.LITTLE_ENDIAN;
        assertEquals(little ? 1 : 4, memory().load(base(), WordSize.U8));
        assertEquals(little ? 4 : 1, memory().load(base() + 3, WordSize.U8));
        assertEquals(little ? 0x0403 : 0x0201, memory().load(base() + 2, WordSize.U16));
        assertEquals(0x0403_0201, memory().load(base(), WordSize.U32));
    }

    @Test
    default void concurrentUpdatesAreNeverLost() throws Exception {
        FutexMemory memory = memory();
        int times = 20_000;
        AtomicInteger started = new AtomicInteger();
        Callable<Object> increments = () -> {
            started.incrementAndGet();
            FutexConformance.spinUntil(started, 2);
            for (int i = 0; i < times; i++) {
                int seen;
                do {
                    seen = memory.load(base());
                } while (memory.compareAndExchange(base(), seen, seen + 1) != seen);
            }
            return true;
        };
        ExecutorService two = Executors.newFixedThreadPool(2);
        try {
            for (var done : two.invokeAll(java.util.List.of(increments, increments))) {
                done.get();
            }
        } finally {
            two.shutdown();
        }
        assertEquals(2 * times, memory.load(base()));
    }

    @Test
    default void missingWordFaultsWithItsAddress() {
        Long missing = missingAddress();
        assumeTrue(missing != null, "every address is mapped");
        long at = missing == null ? 0 : missing;
        assertEquals(
                at,
                assertThrows(MemoryFaultException.class, () -> memory().load(at))
                        .address());
        assertThrows(MemoryFaultException.class, () -> memory().compareAndExchange(at, 0, 1));
        assertThrows(MemoryFaultException.class, () -> memory().getAndSet(at, 1));
        assertThrows(MemoryFaultException.class, () -> memory().sharedKey(at, Access.READ));
    }
}
