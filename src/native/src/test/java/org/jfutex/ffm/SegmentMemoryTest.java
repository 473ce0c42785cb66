package org.jfutex.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.WaitResult;
import org.jfutex.key.Access;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.WordSize;
import org.jfutex.sync.FutexMutex;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(120)
class SegmentMemoryTest {

    private static final long FAR = 5L << 30; // beyond the length of a buffer

    private static SegmentMemory newMemory() {
        return SegmentMemory.of(Arena.ofAuto().allocate(64, 8));
    }

    private static List<Executable> accesses(SegmentMemory memory, long address) {
        return List.of(
                () -> memory.load(address),
                () -> memory.load(address, WordSize.U8),
                () -> memory.load(address, WordSize.U16),
                () -> memory.loadLong(address),
                () -> memory.store(address, 1),
                () -> memory.store(address, WordSize.U8, 1),
                () -> memory.store(address, WordSize.U64, 1),
                () -> memory.compareAndExchange(address, 0, 1),
                () -> memory.compareAndExchange(address, WordSize.U16, 0, 1),
                () -> memory.compareAndExchange(address, WordSize.U64, 0, 1),
                () -> memory.getAndSet(address, 1),
                () -> memory.getAndSet(address, WordSize.U8, 1),
                () -> memory.getAndAdd(address, 1),
                () -> memory.getAndAdd(address, WordSize.U64, 1),
                () -> memory.sharedKey(address, Access.READ),
                () -> memory.sharedHash(address, Access.WRITE));
    }

    static Stream<SegmentMemory> kinds() {
        return Stream.of(
                newMemory(),
                SegmentMemory.of(Arena.ofAuto().allocate(64, 8), ByteOrder.BIG_ENDIAN),
                SegmentMemory.shared(MemorySegment.ofArray(new long[8])));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void words_ofEverySize_readAndWriteTheSameBytes(SegmentMemory memory) {
        boolean little = memory.byteOrder() == ByteOrder.LITTLE_ENDIAN;
        memory.store(8, WordSize.U64, 0x1122_3344_5566_7788L);
        assertEquals(little ? 0x5566_7788 : 0x1122_3344, memory.load(8));
        assertEquals(little ? 0x7788 : 0x1122, memory.load(8, WordSize.U16));
        assertEquals(little ? 0x66 : 0x33, memory.load(10, WordSize.U8));
        assertEquals(little ? 0x77 : 0x22, memory.getAndSet(9, WordSize.U8, 0xaaff));
        assertEquals(0xff, memory.load(9, WordSize.U8));
        memory.store(9, WordSize.U8, little ? 0x77 : 0x22);
        assertEquals(0x1122_3344_5566_7788L, memory.loadLong(8));
        assertEquals(little ? 0x7788 : 0x1122, memory.compareAndExchange(8, WordSize.U16, 0, 1));
        assertEquals(
                little ? 0x88 : 0x11,
                memory.compareAndExchange(8, WordSize.U8, little ? 0x188 : 0x111, little ? 0x88 : 0x11),
                "a value that does not fit wraps before it is compared");
        assertEquals(0x1122_3344_5566_7788L, memory.getAndAdd(8, WordSize.U64, 1));
        assertEquals(0x1122_3344_5566_7789L, memory.compareAndExchange(8, WordSize.U64, 0x1122_3344_5566_7789L, 5));
        assertEquals(5, memory.loadLong(8));
        assertEquals(0, memory.getAndAdd(16, -1));
        assertEquals(-1, memory.getAndSet(16, 7));
        assertEquals(7, memory.compareAndExchange(16, 7, 9));
        assertEquals(9, memory.load(16));
        assertEquals(9, memory.getAndAdd(16, WordSize.U32, 0xffff_ffffL));
        assertEquals(8, memory.load(16));
    }

    @ParameterizedTest
    @EnumSource(WordSize.class)
    void getAndAdd_byThreadsAtNeighbours_countsExactly(WordSize size) throws Exception {
        SegmentMemory memory = newMemory();
        int times = 20_000;
        List<CompletableFuture<Void>> adders = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            long address = (i & 1) * (long) size.bytes(); // two words side by side, two threads each
            adders.add(CompletableFuture.runAsync(() -> {
                for (int k = 0; k < times; k++) {
                    memory.getAndAdd(address, size, 1);
                }
            }));
        }
        for (CompletableFuture<Void> adder : adders) {
            adder.get();
        }
        assertEquals(2L * times & size.mask(), memory.load(0, size));
        assertEquals(2L * times & size.mask(), memory.load(size.bytes(), size));
    }

    @Test
    void access_outOfRange_faults() {
        SegmentMemory memory = newMemory();
        for (long address : new long[] {64, 72, -8, Long.MIN_VALUE, 1L << 62}) {
            for (Executable access : accesses(memory, address)) {
                assertThrows(MemoryFaultException.class, access);
            }
        }
    }

    @Test
    void access_misaligned_isRefused() {
        SegmentMemory memory = newMemory();
        assertThrows(IllegalArgumentException.class, () -> memory.load(2));
        assertThrows(IllegalArgumentException.class, () -> memory.loadLong(4));
        assertThrows(IllegalArgumentException.class, () -> memory.store(1, WordSize.U16, 0));
    }

    @Test
    void write_toAReadOnlySegment_faults() {
        SegmentMemory memory = SegmentMemory.of(Arena.ofAuto().allocate(64, 8).asReadOnly());
        assertEquals(0, memory.load(0));
        assertThrows(MemoryFaultException.class, () -> memory.store(0, 1));
        assertThrows(MemoryFaultException.class, () -> memory.compareAndExchange(0, 0, 1));
        assertThrows(MemoryFaultException.class, () -> memory.sharedKey(0, Access.WRITE));
    }

    @Test
    void closedArena_everyAccessFaults() {
        Arena arena = Arena.ofShared();
        SegmentMemory memory = SegmentMemory.of(arena.allocate(64, 8));
        arena.close();
        for (Executable access : accesses(memory, 0)) {
            assertThrows(MemoryFaultException.class, access);
        }
    }

    @Test
    void closedArena_operationsOfTheTableFault_andWaitersCanBeCancelled() throws Exception {
        Arena arena = Arena.ofShared();
        SegmentMemory memory = SegmentMemory.of(arena.allocate(64, 8));
        FutexTable table = new FutexTable();
        CompletableFuture<WaitResult> waiter = CompletableFuture.supplyAsync(() -> {
            try {
                return table.await(memory, 0, Scope.PRIVATE, 0);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        while (table.waiters().isEmpty()) {
            Thread.onSpinWait();
        }
        arena.close();
        assertThrows(MemoryFaultException.class, () -> table.await(memory, 0, Scope.PRIVATE, 0));
        assertThrows(MemoryFaultException.class, () -> table.wake(memory, 0, Scope.SHARED, 1));
        assertEquals(1, table.cancel(memory));
        assertEquals(WaitResult.CANCELLED, waiter.get());
    }

    @Test
    void closingArena_whileThreadsLock_givesFaultsOnly() throws Exception {
        for (int round = 0; round < 50; round++) {
            Arena arena = Arena.ofShared();
            FutexMutex mutex =
                    new FutexMutex(new FutexTable(), SegmentMemory.of(arena.allocate(64, 8)), 0, Scope.PRIVATE);
            List<CompletableFuture<Void>> lockers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                lockers.add(CompletableFuture.runAsync(() -> {
                    try {
                        while (true) {
                            if (mutex.tryLock()) {
                                mutex.unlock();
                            }
                        }
                    } catch (MemoryFaultException end) {
                        // expected
                    }
                }));
            }
            arena.close();
            for (CompletableFuture<Void> locker : lockers) {
                locker.get();
            }
        }
    }

    @Test
    void of_unsuitableSegment_isRefused() {
        try (Arena confined = Arena.ofConfined()) {
            MemorySegment ours = confined.allocate(64, 8);
            assertThrows(IllegalArgumentException.class, () -> SegmentMemory.of(ours));
        }
        Arena arena = Arena.ofAuto();
        MemorySegment bytes = arena.allocate(64, 8);
        assertThrows(IllegalArgumentException.class, () -> SegmentMemory.of(bytes.asSlice(4)));
        assertThrows(IllegalArgumentException.class, () -> SegmentMemory.of(bytes.asSlice(0, 6)));
        assertThrows(IllegalArgumentException.class, () -> SegmentMemory.of(MemorySegment.ofArray(new int[4])));
        assertThrows(IllegalArgumentException.class, () -> SegmentMemory.of(MemorySegment.ofArray(new byte[16])));
        assertThrows(NullPointerException.class, () -> SegmentMemory.of(null));
    }

    @Test
    void segmentBeyondTwoGibibytes_hasWordsAndWaiters(@TempDir Path folder) throws IOException {
        try (Arena arena = Arena.ofShared();
                FileChannel channel = FileChannel.open(
                        folder.resolve("far"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            SegmentMemory memory = SegmentMemory.shared(channel.map(MapMode.READ_WRITE, 0, FAR + 8, arena)); // sparse
            FutexTable table = new FutexTable();
            memory.store(FAR, 7);
            assertEquals(0, memory.load(FAR & 0xffff_ffffL));
            assertEquals(1, prepared(table, memory, FAR, 7));
            assertEquals(0, table.wake(memory, FAR & 0xffff_ffffL, Scope.SHARED, 1));
            assertEquals(1, table.wake(memory, FAR, Scope.SHARED, 1));
            assertThrows(MemoryFaultException.class, () -> memory.load(FAR + 8));
        }
    }

    private static int prepared(FutexTable table, SegmentMemory memory, long address, int expected) {
        table.prepare(memory, address, Scope.SHARED, expected);
        return table.waiterCount(memory, address, Scope.SHARED);
    }

    /** The check decides, and the host's memory is not touched where it refuses. */
    @Test
    void guestSpace_withoutPages_faults() {
        MemorySegment nothing = MemorySegment.ofAddress(1L << 12).reinterpret(1L << 46);
        SegmentMemory guest = SegmentMemory.ofGuest(nothing, ByteOrder.LITTLE_ENDIAN, (address, length, a) -> false);
        for (Executable access : accesses(guest, 1L << 40)) {
            assertThrows(MemoryFaultException.class, access);
        }
        assertEquals(0, new FutexTable().wake(guest, 1L << 40, Scope.PRIVATE, 1)); // as Linux: reads no word
    }
}
