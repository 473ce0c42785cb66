package org.jfutex.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteOrder;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.WaitResult;
import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.SharedKey;
import org.jfutex.key.WordSize;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ByteArrayMemoryTest {

    private static final int ROUNDS = 100_000;

    private final ByteArrayMemory memory = ByteArrayMemory.of(new byte[64]);

    @ParameterizedTest
    @EnumSource(WordSize.class)
    void everyOperation_agreesWithBuffer(WordSize size) {
        ArrayMemoryTest.checkWords(ByteArrayMemory.of(new byte[16]), ByteOrder.LITTLE_ENDIAN, size);
        ArrayMemoryTest.checkWords(ByteArrayMemory.of(new byte[16], ByteOrder.BIG_ENDIAN), ByteOrder.BIG_ENDIAN, size);
    }

    @Test
    void store_writesCallersArrayInByteOrder() {
        byte[] bytes = new byte[4];
        ByteArrayMemory.of(bytes).store(0, 0x0403_0201);
        assertArrayEquals(new byte[] {1, 2, 3, 4}, bytes);
        ByteArrayMemory.of(bytes, ByteOrder.BIG_ENDIAN).store(0, 0x0403_0201);
        assertArrayEquals(new byte[] {4, 3, 2, 1}, bytes);
    }

    @Test
    void getAndUpdate_callsFunctionOnceWithWord() {
        memory.store(2, WordSize.U16, 0xfff0);
        int[] calls = {0};
        assertEquals(0xfff0, memory.getAndUpdate(2, WordSize.U16, word -> {
            calls[0]++;
            return word ^ 0x1_000f;
        }));
        assertEquals(1, calls[0]);
        assertEquals(0xffff_0000, memory.load(0));
    }

    @Test
    void getAndUpdate_functionThrows_changesNothing() {
        memory.store(0, 5);
        assertThrows(
                ArithmeticException.class,
                () -> memory.getAndUpdate(0, WordSize.U32, word -> Math.multiplyExact(word, Long.MAX_VALUE)));
        assertEquals(5, memory.load(0));
        assertEquals(5, memory.getAndAdd(0, 1), "the lock was released");
    }

    @Test
    void addressOutOfRangeOrMisaligned_isRejected() {
        MemoryFaultException read = assertThrows(MemoryFaultException.class, () -> memory.load(64));
        assertEquals(64, read.address());
        assertEquals(Access.READ, read.access());
        assertEquals(
                Access.WRITE,
                assertThrows(MemoryFaultException.class, () -> memory.store(-4, 1))
                        .access());
        assertThrows(MemoryFaultException.class, () -> memory.load(1L << 32));
        assertThrows(MemoryFaultException.class, () -> memory.sharedKey(64, Access.READ));
        assertThrows(IllegalArgumentException.class, () -> memory.getAndUpdate(3, WordSize.U16, word -> 1));
        assertThrows(IllegalArgumentException.class, () -> memory.loadLong(4));
        assertThrows(
                MemoryFaultException.class,
                () -> ByteArrayMemory.of(new byte[6]).load(4));
        assertTrue(memory.isUserAddress(63));
        assertFalse(memory.isUserAddress(64));
    }

    @Test
    void keys_containMemoryAndAddress() {
        assertEquals(new AnonymousKey(memory, 4), memory.sharedKey(4, Access.WRITE));
        ByteArrayMemory shared = ByteArrayMemory.shared(memory.bytes(), ByteOrder.LITTLE_ENDIAN);
        SharedKey key = (SharedKey) shared.sharedKey(4, Access.READ);
        assertEquals(key.hash(), shared.sharedHash(4, Access.READ));
        ByteArrayMemory other = ByteArrayMemory.shared(memory.bytes(), ByteOrder.LITTLE_ENDIAN);
        assertNotEquals(key, other.sharedKey(4, Access.READ));
    }

    /** The word of 64 bits and the bytes in it have one lock. */
    @Test
    void overlappingWordsOfTwoThreads_loseNoUpdate() throws InterruptedException {
        beside(
                () -> repeat(() -> memory.getAndAdd(8, WordSize.U64, 1)),
                () -> repeat(() -> {
                    memory.getAndUpdate(15, WordSize.U8, word -> word + 1);
                }));
        assertEquals(ROUNDS, memory.load(8));
        assertEquals(ROUNDS & 0xff, memory.load(15, WordSize.U8));
    }

    @Test
    void growBesideUpdates_losesNoUpdate() throws InterruptedException {
        ByteArrayMemory growing = ByteArrayMemory.of(new byte[64]);
        beside(() -> repeat(() -> growing.getAndAdd(56, WordSize.U64, 1)), () -> {
            for (int size = 64; size < 2048; size += 8) {
                assertEquals(size, growing.grow(size + 8));
            }
        });
        assertEquals(ROUNDS, growing.loadLong(56));
        assertEquals(2048, growing.size());
    }

    @Test
    void grow_keepsWordsAndWaiters() {
        FutexTable table = new FutexTable();
        memory.store(60, 7);
        PreparedWait wait = table.prepare(memory, 60, Scope.PRIVATE, 7);
        byte[] before = memory.bytes();
        assertEquals(64, memory.grow(128));
        assertNotSame(before, memory.bytes());
        assertEquals(7, memory.load(60));
        assertEquals(0, memory.load(124));
        assertEquals(1, table.wake(memory, 60, Scope.PRIVATE, 1));
        assertEquals(WaitResult.WOKEN, wait.poll());
    }

    @Test
    void grow_toLess_isRejected() {
        byte[] before = memory.bytes();
        assertThrows(IllegalArgumentException.class, () -> memory.grow(63));
        assertSame(before, memory.bytes());
    }

    /** Store buffering: of two threads that write one word and read the other's, one sees the other's write. */
    @Test
    void twoThreadsThatWriteThenRead_neverBothReadOldValue() throws InterruptedException {
        for (int round = 0; round < 2_000; round++) {
            ByteArrayMemory fresh = ByteArrayMemory.of(new byte[16]);
            int[] seen = new int[2];
            beside(
                    () -> {
                        fresh.store(0, 1);
                        seen[0] = fresh.load(8);
                    },
                    () -> {
                        fresh.store(8, 1);
                        seen[1] = fresh.load(0);
                    });
            assertTrue(seen[0] + seen[1] > 0);
        }
    }

    private static void repeat(Runnable step) {
        for (int i = 0; i < ROUNDS; i++) {
            step.run();
        }
    }

    private static void beside(Runnable one, Runnable two) throws InterruptedException {
        StallingPage.Beside other = StallingPage.Beside.started(two);
        one.run();
        other.end();
    }
}
