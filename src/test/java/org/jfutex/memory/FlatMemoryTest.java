package org.jfutex.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
import org.junit.jupiter.api.io.TempDir;

class FlatMemoryTest {

    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(64));

    @Test
    void heapBufferIsRejectedWithReason() {
        String reason = assertThrows(IllegalArgumentException.class, () -> FlatMemory.of(ByteBuffer.allocate(64)))
                .getMessage();
        assertEquals("a heap buffer has no atomic access: use a direct or mapped buffer", reason);
    }

    @Test
    void misalignedBufferIsRejected() {
        ByteBuffer bytes = ByteBuffer.allocateDirect(64);
        assertThrows(
                IllegalArgumentException.class,
                () -> FlatMemory.of(bytes.duplicate().position(4)));
        assertThrows(
                IllegalArgumentException.class,
                () -> FlatMemory.of(bytes.duplicate().limit(62)));
        assertEquals(12, FlatMemory.of(bytes.duplicate().limit(12)).size());
    }

    @Test
    void misalignedAddressIsRejectedWithAddress() {
        String reason = assertThrows(IllegalArgumentException.class, () -> memory.load(0x12))
                .getMessage();
        assertEquals("address 0x12 is not a multiple of 4", reason);
    }

    @Test
    void addressOutOfRangeFaultsWithAddressAndAccess() {
        MemoryFaultException read = assertThrows(MemoryFaultException.class, () -> memory.load(64));
        assertEquals(64, read.address());
        assertEquals(Access.READ, read.access());
        MemoryFaultException write = assertThrows(MemoryFaultException.class, () -> memory.store(-4, 1));
        assertEquals(-4, write.address());
        assertEquals(Access.WRITE, write.access());
        assertThrows(MemoryFaultException.class, () -> memory.sharedKey(64, Access.READ));
        assertThrows(MemoryFaultException.class, () -> memory.load(1L << 32));
    }

    @Test
    void longWordAcrossEndOfMemoryFaults() {
        FlatMemory odd = FlatMemory.of(ByteBuffer.allocateDirect(12));
        assertEquals(0, odd.load(8));
        assertThrows(MemoryFaultException.class, () -> odd.loadLong(8));
    }

    @Test
    void wordsUseCallersBufferInMemorysByteOrder() {
        ByteBuffer bytes = ByteBuffer.allocateDirect(16);
        FlatMemory.of(bytes).store(4, 0x01020304);
        assertEquals(0x01020304, bytes.order(ByteOrder.LITTLE_ENDIAN).getInt(4));
        FlatMemory big = FlatMemory.of(bytes, ByteOrder.BIG_ENDIAN);
        assertEquals(0x04030201, big.load(4));
        big.store(8, WordSize.U64, 1);
        assertEquals(1, bytes.get(15));
        assertEquals(ByteOrder.BIG_ENDIAN, big.byteOrder());
        assertEquals(1, big.load(15, WordSize.U8));
    }

    @Test
    void everyOperationWorksForEverySizeAndByteOrder() {
        for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
            for (WordSize size : WordSize.values()) {
                for (long address = 0; address < 16; address += size.bytes()) {
                    ByteBuffer bytes = ByteBuffer.allocateDirect(16).order(order);
                    FlatMemory words = FlatMemory.of(bytes, order);
                    long mask = size.mask();
                    long value = 0x8182838485868788L & mask;

                    words.store(address, size, value);
                    assertEquals(value, words.load(address, size));
                    assertEquals(value, plain(bytes, (int) address, size));
                    assertEquals(value, words.getAndAdd(address, size, mask));
                    assertEquals(value - 1 & mask, words.getAndSet(address, size, 5));
                    assertEquals(5, words.compareAndExchange(address, size, 6, 7));
                    assertEquals(5, words.compareAndExchange(address, size, 5, -1));
                    assertEquals(mask, words.load(address, size));
                    words.store(address, size, 0);
                    for (int i = 0; i < 16; i++) {
                        assertEquals(0, bytes.get(i), "other bytes do not change");
                    }
                }
            }
        }
    }

    private static long plain(ByteBuffer bytes, int index, WordSize size) {
        long word = size == WordSize.U8
                ? bytes.get(index)
                : size == WordSize.U16
                        ? bytes.getShort(index)
                        : size == WordSize.U32 ? bytes.getInt(index) : bytes.getLong(index);
        return word & size.mask();
    }

    @Test
    void intOperationsReturnPreviousValue() {
        for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
            FlatMemory words = FlatMemory.of(ByteBuffer.allocateDirect(8), order);
            assertEquals(0, words.compareAndExchange(4, 0, 7));
            assertEquals(7, words.compareAndExchange(4, 0, 8));
            assertEquals(7, words.getAndAdd(4, -8));
            assertEquals(-1, words.getAndSet(4, 3));
            assertEquals(3, words.load(4));
            assertEquals(0, words.load(0));
        }
    }

    @Test
    void compareAndExchange_tooWideExpectedValue_wraps() {
        memory.store(0, WordSize.U8, 1);
        assertEquals(1, memory.compareAndExchange(0, WordSize.U8, 0x101, 0x209));
        assertEquals(9, memory.load(0, WordSize.U32), "the other bytes do not change");
        assertEquals(9, memory.compareAndExchange(0, WordSize.U16, 0x1_0008, 7));
        assertEquals(9, memory.load(0, WordSize.U16));
        memory.store(4, -1);
        assertEquals(0xffffffffL, memory.compareAndExchange(4, WordSize.U32, -1, 9));
        assertEquals(9, memory.load(4));
    }

    @Test
    void neighbouringBytesCountIndependently() throws InterruptedException {
        int rounds = 100_000;
        Thread[] threads = new Thread[2];
        for (int t = 0; t < threads.length; t++) {
            int address = 2 * t;
            threads[t] = new Thread(() -> {
                for (int i = 0; i < rounds; i++) {
                    memory.getAndAdd(address, WordSize.U16, 1);
                }
            });
            threads[t].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(rounds & 0xffff, memory.load(0, WordSize.U16));
        assertEquals(rounds & 0xffff, memory.load(2, WordSize.U16));
    }

    @Test
    void appendKeepsAddressesOfExistingWords() {
        memory.store(60, 1);
        assertFalse(memory.isUserAddress(64));
        assertEquals(64, memory.append(ByteBuffer.allocateDirect(16)));
        assertEquals(80, memory.append(ByteBuffer.allocateDirect(32)));
        assertTrue(memory.isUserAddress(64));
        assertEquals(112, memory.size());
        for (int address = 64; address < 112; address += 4) {
            memory.store(address, address);
        }
        for (int address = 64; address < 112; address += 4) {
            assertEquals(address, memory.load(address));
        }
        assertEquals(1, memory.load(60));
        assertThrows(MemoryFaultException.class, () -> memory.load(112));
    }

    @Test
    void emptyMemory_grows() {
        FlatMemory empty = FlatMemory.of(ByteBuffer.allocateDirect(0));
        assertEquals(0, empty.size());
        assertFalse(empty.isUserAddress(0));
        assertThrows(MemoryFaultException.class, () -> empty.load(0));
        assertEquals(0, empty.append(ByteBuffer.allocateDirect(8)));
        assertEquals(0, empty.getAndAdd(4, 3));
        assertEquals(3, empty.load(4));
    }

    @Test
    void waiterOfMemory_isEndedByCancel() {
        FutexTable table = new FutexTable();
        PreparedWait wait = table.prepare(memory, 0, Scope.PRIVATE, 0);
        assertEquals(1, table.cancel(memory));
        assertEquals(WaitResult.CANCELLED, wait.poll());
    }

    @Test
    void append_afterHalfLongWord_isRejected() {
        FlatMemory odd = FlatMemory.of(ByteBuffer.allocateDirect(12));
        assertThrows(IllegalArgumentException.class, () -> odd.append(ByteBuffer.allocateDirect(8)));
        assertEquals(12, odd.size());
    }

    @Test
    void keysOfUnsharedMemoryAreItsAddresses() {
        assertEquals(new AnonymousKey(memory, 4), memory.sharedKey(4, Access.WRITE));
    }

    @Test
    void keysOfSharedMemoryContainItsObject() {
        ByteBuffer bytes = ByteBuffer.allocateDirect(8192);
        FlatMemory one = FlatMemory.shared(bytes);
        SharedKey key = (SharedKey) one.sharedKey(4100, Access.READ);
        assertEquals(1, key.pgoff());
        assertEquals(4, key.offset());
        assertSame(key.object(), ((SharedKey) one.sharedKey(0, Access.READ)).object());
        assertNotEquals(key, FlatMemory.shared(bytes).sharedKey(4100, Access.READ));
    }

    @Test
    void mappedFileWorksAsMemory(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("words");
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            FlatMemory mapped = FlatMemory.shared(channel.map(MapMode.READ_WRITE, 0, 4));
            mapped.getAndAdd(0, 42);
            FlatMemory readOnly = FlatMemory.shared(channel.map(MapMode.READ_ONLY, 0, 4));
            assertEquals(42, readOnly.load(0));
            readOnly.sharedKey(0, Access.READ);
            assertEquals(
                    Access.WRITE,
                    assertThrows(MemoryFaultException.class, () -> readOnly.store(0, 1))
                            .access());
            assertThrows(MemoryFaultException.class, () -> readOnly.compareAndExchange(0, 42, 1));
            assertThrows(MemoryFaultException.class, () -> readOnly.sharedKey(0, Access.WRITE));
            assertEquals(42, mapped.load(0));
        }
    }
}
