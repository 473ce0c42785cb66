package org.jfutex.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
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

class ArrayMemoryTest {

    private static final List<ByteOrder> ORDERS = List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN);

    @ParameterizedTest
    @EnumSource(WordSize.class)
    void longArray_everyOperation_agreesWithBuffer(WordSize size) {
        for (ByteOrder order : ORDERS) {
            checkWords(ArrayMemory.of(new long[2], order), order, size);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = WordSize.class,
            names = {"U8", "U16", "U32"})
    void intArray_everyOperation_agreesWithBuffer(WordSize size) {
        for (ByteOrder order : ORDERS) {
            checkWords(ArrayMemory.of(new int[4], order), order, size);
        }
    }

    /** Runs every operation at every address, and compares all bytes with those of a flat memory. */
    static void checkWords(WordMemory words, ByteOrder order, WordSize size) {
        FlatMemory model = FlatMemory.of(ByteBuffer.allocateDirect(16), order);
        long value = 0x8182_8384_8586_8788L;
        for (long at = 0; at < 16; at += size.bytes()) {
            for (WordMemory memory : List.of(words, model)) {
                memory.store(at, size, value);
                assertEquals(value & size.mask(), memory.load(at, size));
                assertEquals(value & size.mask(), memory.getAndAdd(at, size, size.mask()));
                assertEquals((value - 1) & size.mask(), memory.getAndSet(at, size, 5));
                assertEquals(5, memory.compareAndExchange(at, size, 6, 7));
                assertEquals(5, memory.compareAndExchange(at, size, 5, value + at));
            }
            for (long i = 0; i < 16; i++) {
                assertEquals(model.load(i, WordSize.U8), words.load(i, WordSize.U8), "byte " + i);
            }
        }
        assertEquals(order, words.byteOrder());
    }

    @Test
    void wordOfElementSize_isElement() {
        long[] longs = new long[2];
        ArrayMemory.of(longs, ByteOrder.BIG_ENDIAN).store(8, WordSize.U64, 7);
        assertArrayEquals(new long[] {0, 7}, longs);
        int[] ints = new int[2];
        ArrayMemory.of(ints, ByteOrder.BIG_ENDIAN).store(4, -7);
        assertArrayEquals(new int[] {0, -7}, ints);
    }

    @Test
    void narrowWord_liesWhereByteOrderSays() {
        long[] array = new long[1];
        ArrayMemory.of(array).store(4, 1);
        assertEquals(1L << 32, array[0]);
        ArrayMemory.of(array, ByteOrder.BIG_ENDIAN).store(4, 2);
        assertEquals(1L << 32 | 2, array[0]);
    }

    @Test
    void halvesOfElement_countIndependently() throws InterruptedException {
        ArrayMemory memory = ArrayMemory.of(new long[1]);
        int rounds = 100_000;
        Thread other = new Thread(() -> count(memory, 4, rounds));
        other.start();
        count(memory, 0, rounds);
        other.join();
        assertEquals(rounds, memory.load(0));
        assertEquals(rounds, memory.load(4));
    }

    private static void count(ArrayMemory memory, long address, int rounds) {
        for (int i = 0; i < rounds; i++) {
            int ignored = memory.getAndAdd(address, 1);
        }
    }

    @Test
    void addressOutOfRange_faultsWithAddressAndAccess() {
        ArrayMemory memory = ArrayMemory.of(new long[2]);
        assertEquals(16, memory.size());
        MemoryFaultException read = assertThrows(MemoryFaultException.class, () -> memory.load(16));
        assertEquals(16, read.address());
        assertEquals(Access.READ, read.access());
        MemoryFaultException write = assertThrows(MemoryFaultException.class, () -> memory.store(-4, 1));
        assertEquals(-4, write.address());
        assertEquals(Access.WRITE, write.access());
        assertThrows(MemoryFaultException.class, () -> memory.load(1L << 35));
        assertThrows(MemoryFaultException.class, () -> memory.sharedKey(16, Access.READ));
        assertThrows(MemoryFaultException.class, () -> memory.sharedHash(-1, Access.WRITE));
        assertThrows(
                MemoryFaultException.class, () -> ArrayMemory.of(new int[0]).load(0));
        assertTrue(memory.isUserAddress(15));
        assertFalse(memory.isUserAddress(16));
        assertFalse(memory.isUserAddress(-1));
    }

    @ParameterizedTest
    @EnumSource(
            value = WordSize.class,
            names = {"U16", "U32", "U64"})
    void misalignedAddress_isRejectedBeforeAnythingChanges(WordSize size) {
        long[] array = {1, 2};
        ArrayMemory memory = ArrayMemory.of(array);
        long at = 8L + size.bytes() / 2;
        assertThrows(IllegalArgumentException.class, () -> memory.load(at, size));
        assertThrows(IllegalArgumentException.class, () -> memory.store(at, size, 9));
        assertThrows(IllegalArgumentException.class, () -> memory.getAndSet(at, size, 9));
        assertThrows(IllegalArgumentException.class, () -> memory.getAndAdd(at, size, 9));
        assertThrows(IllegalArgumentException.class, () -> memory.compareAndExchange(at, size, 0, 9));
        assertArrayEquals(new long[] {1, 2}, array);
    }

    @Test
    void longWordOfIntArray_isRejectedWithReason() {
        ArrayMemory memory = ArrayMemory.of(new int[4]);
        String reason = assertThrows(UnsupportedOperationException.class, () -> memory.loadLong(8))
                .getMessage();
        assertEquals("a memory over an int[] has no atomic 64-bit words", reason);
        assertThrows(UnsupportedOperationException.class, () -> memory.store(8, WordSize.U64, 1));
        assertThrows(MemoryFaultException.class, () -> memory.loadLong(16));
        assertThrows(IllegalArgumentException.class, () -> memory.loadLong(4));
    }

    @Test
    void tooWideExpectedValue_wraps() {
        ArrayMemory memory = ArrayMemory.of(new long[1]);
        memory.store(0, WordSize.U8, 1);
        assertEquals(1, memory.compareAndExchange(0, WordSize.U8, 0x101, 9));
        assertEquals(9, memory.load(0, WordSize.U8));
    }

    @Test
    void keys_containMemoryAndAddress() {
        long[] array = new long[1024];
        ArrayMemory plain = ArrayMemory.of(array);
        assertEquals(new AnonymousKey(plain, 4), plain.sharedKey(4, Access.WRITE));
        assertEquals(plain.sharedKey(4, Access.READ).hash(), plain.sharedHash(4, Access.READ));
        ArrayMemory shared = ArrayMemory.shared(array, ByteOrder.LITTLE_ENDIAN);
        SharedKey key = (SharedKey) shared.sharedKey(4100, Access.READ);
        assertEquals(4100, key.position());
        assertEquals(key.hash(), shared.sharedHash(4100, Access.READ));
        assertSame(key.object(), ((SharedKey) shared.sharedKey(0, Access.READ)).object());
    }

    /** Two memories over one array are two memories: a wake through one does not find a waiter of the other. */
    @ParameterizedTest
    @EnumSource(Scope.class)
    void wakeThroughOtherMemoryOfOneArray_findsNoWaiter(Scope scope) {
        int[] array = new int[4];
        ArrayMemory one = ArrayMemory.shared(array, ByteOrder.LITTLE_ENDIAN);
        ArrayMemory two = ArrayMemory.shared(array, ByteOrder.LITTLE_ENDIAN);
        assertNotEquals(one.sharedKey(4, Access.READ), two.sharedKey(4, Access.READ));
        FutexTable table = new FutexTable();
        PreparedWait wait = table.prepare(one, 4, scope, 0);
        two.store(4, 1); // both see the words
        assertEquals(1, one.load(4));
        assertEquals(0, table.wake(two, 4, scope, 1));
        assertEquals(1, table.wake(one, 4, scope, 1));
        assertEquals(WaitResult.WOKEN, wait.poll());
    }
}
