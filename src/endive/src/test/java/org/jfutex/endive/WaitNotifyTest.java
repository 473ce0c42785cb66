package org.jfutex.endive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jfutex.FutexTable;
import org.jfutex.TooManyWaitersException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import run.endive.runtime.ByteBufferMemory;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.runtime.TrapException;
import run.endive.runtime.WasmInterruptedException;
import run.endive.wasm.types.MemoryLimits;

/** The instructions of the threads proposal, as a guest executes them. The guest is atomics.wat. */
@Timeout(120)
class WaitNotifyTest {

    private static final long FOREVER = -1;
    private static final MemoryLimits SHARED = new MemoryLimits(1, 2, true);

    private final FutexTable table = new FutexTable();
    private final EndiveMemory memory = new EndiveMemory(table, SHARED);
    private final Instance guest = Guest.ATOMICS.on(memory);

    private long run(String function, long... arguments) {
        long[] results = guest.export(function).apply(arguments); // null if the function returns no value
        return results == null ? 0 : results[0];
    }

    /** Starts a thread with its own instance that executes one function of the guest. */
    private FutureTask<Long> start(String function, long... arguments) {
        Instance other = Guest.ATOMICS.on(memory);
        return Threads.start(() -> other.export(function).apply(arguments)[0]);
    }

    @Test
    void runtime_isTheReleaseUnderTest() {
        String jar =
                Memory.class.getProtectionDomain().getCodeSource().getLocation().getPath();
        assertTrue(jar.endsWith("runtime-" + System.getProperty("endive.version") + ".jar"), jar);
    }

    @Test
    void notify_inALoop_wakesTheWaiterOfAnotherThread() throws Exception {
        FutureTask<Long> waiter = start("wait32", 0, 0, FOREVER);
        assertEquals(0, run("notify", 0, 0));
        run("notify_until_one", 0);
        assertEquals(0, waiter.get());
        assertEquals(0, run("notify", 0, -1));
    }

    @Test
    void notify_countZero_wakesNoWaiter() throws Exception {
        FutureTask<Long> waiter = start("wait32", 0, 0, FOREVER);
        Threads.awaitWaiters(table, 1, waiter);
        assertEquals(0, run("notify", 0, 0));
        assertEquals(1, table.waiters().size());
        assertEquals(1, run("notify", 0, 1));
        assertEquals(0, waiter.get());
    }

    @Test
    void notify_countOfAllOnes_wakesEveryWaiterOfTheWordAlone() throws Exception {
        List<FutureTask<Long>> waiters = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            waiters.add(start(i % 2 == 0 ? "wait32" : "wait64", 8, 0, FOREVER));
            Threads.awaitWaiters(table, i + 1, waiters.get(i));
        }
        FutureTask<Long> neighbour = start("wait32", 12, 0, FOREVER);
        Threads.awaitWaiters(table, 6, neighbour);
        assertEquals(5, run("notify", 8, -1));
        for (FutureTask<Long> waiter : waiters) {
            assertEquals(0, waiter.get());
        }
        assertEquals(1, run("notify", 12, -1));
        assertEquals(0, neighbour.get());
    }

    @Test
    void wait_anotherValue_returnsOne() {
        run("store", 8, 5);
        assertEquals(1, run("wait32", 8, 4, FOREVER));
        assertEquals(1, run("wait64", 8, 5L << 32, FOREVER));
        assertEquals(1, run("wait64", 8, 5 | 1L << 32, FOREVER));
        assertEquals(2, run("wait64", 8, 5, 0));
    }

    @Test
    void wait_timeoutPasses_returnsTwo() {
        assertEquals(2, run("wait32", 0, 0, 0));
        assertEquals(2, run("wait64", 0, 0, 1_000_000));
        assertEquals(List.of(), table.waiters());
    }

    @Test
    void wait_atAnOffset_usesTheSum() throws Exception {
        FutureTask<Long> waiter = start("wait32_at_offset_8", 4, 0, FOREVER);
        Threads.awaitWaiters(table, 1, waiter);
        assertEquals(0, run("notify", 4, 1));
        assertEquals(1, run("notify", 12, 1));
        assertEquals(0, waiter.get());
    }

    @Test
    void waitAndNotify_badAddress_trap() {
        int end = Memory.PAGE_SIZE;
        for (long address : new long[] {end, end + 4L, 0x7fff_fffcL, 0xffff_fffcL, -4}) {
            assertThrows(RuntimeException.class, () -> run("wait32", address, 0, 0), () -> "wait32 " + address);
            assertThrows(RuntimeException.class, () -> run("notify", address, 0), () -> "notify " + address);
        }
        assertThrows(RuntimeException.class, () -> run("wait64", end - 4, 0, 0));
        assertThrows(TrapException.class, () -> run("notify", 2, 1));
        assertEquals(2, run("wait32", end - 4, 0, 0));
        assertEquals(2, run("wait64", end - 8, 0, 0));
        assertEquals(List.of(), table.waiters());
    }

    @Test
    void grow_underAWaiter_keepsItAndAddsWords() throws Exception {
        FutureTask<Long> waiter = start("wait32", 0, 0, FOREVER);
        Threads.awaitWaiters(table, 1, waiter);
        assertEquals(1, run("grow", 1));
        assertEquals(2, run("wait32", 2L * Memory.PAGE_SIZE - 4, 0, 0));
        assertEquals(1, run("notify", 0, 1));
        assertEquals(0, waiter.get());
    }

    @Test
    void close_underWaiters_trapsInEachOfThem() {
        List<FutureTask<Long>> waiters = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            waiters.add(start("wait32", 4 * i, 0, i % 2 == 0 ? FOREVER : Long.MAX_VALUE));
            Threads.awaitWaiters(table, i + 1, waiters.get(i));
        }
        memory.close();
        for (FutureTask<Long> waiter : waiters) {
            assertInstanceOf(
                    TrapException.class,
                    assertThrows(ExecutionException.class, waiter::get).getCause());
        }
        assertThrows(TrapException.class, () -> run("wait32", 0, 0, FOREVER));
        assertThrows(TrapException.class, () -> run("notify", 0, 1));
        run("store", 0, 1);
        assertEquals(1, memory.readInt(0));
    }

    /** A wait that starts during the close ends, too: it has either seen the flag, or is in the queue. */
    @Test
    void close_whileWaitsStart_leavesNoneAsleep() throws Exception {
        for (int round = 0; round < 300; round++) {
            EndiveMemory closing = new EndiveMemory(table, SHARED);
            List<Callable<Boolean>> bodies = new ArrayList<>(Collections.nCopies(3, () -> {
                assertThrows(TrapException.class, () -> closing.atomicWait(0, 0, FOREVER));
                return true;
            }));
            bodies.add(() -> {
                closing.close();
                return true;
            });
            assertEquals(Collections.nCopies(4, true), Threads.runAll(bodies));
            assertEquals(List.of(), table.waiters());
        }
    }

    @Test
    void interrupt_endsTheWait_andKeepsTheInterrupt() {
        Thread.currentThread().interrupt();
        assertThrows(WasmInterruptedException.class, () -> run("wait32", 0, 0, FOREVER));
        assertEquals(true, Thread.interrupted());
        assertEquals(List.of(), table.waiters());
    }

    @Test
    void unsharedMemory_waitTraps_notifyReturnsZero() {
        Memory unshared = new EndiveMemory(table, new MemoryLimits(1, 1, false));
        assertEquals(0, unshared.atomicNotify(0, 1));
        assertThrows(TrapException.class, () -> unshared.atomicWait(0, 0, 0));
    }

    @Test
    void emptyMemory_growsAndIsWaitedOn() {
        EndiveMemory empty = new EndiveMemory(table, new MemoryLimits(0, 2, true));
        assertThrows(TrapException.class, () -> empty.atomicWait(0, 0, 0));
        assertThrows(TrapException.class, () -> empty.atomicNotify(0, 1));
        assertEquals(0, empty.grow(1));
        assertEquals(2, empty.atomicWait(0, 0, 0));
    }

    @Test
    void waiterLimit_exceeded_throwsAndQueuesNothing() throws Exception {
        FutexTable small = FutexTable.builder().waiterLimit(1).build();
        EndiveMemory limited = new EndiveMemory(small, SHARED);
        FutureTask<Integer> waiter = Threads.start(() -> limited.atomicWait(0, 0, FOREVER));
        Threads.awaitWaiters(small, 1, waiter);
        assertThrows(TooManyWaitersException.class, () -> limited.atomicWait(0, 0, FOREVER));
        assertEquals(1, limited.atomicNotify(0, -1));
        assertEquals(0, waiter.get());
    }

    @Test
    void twoMemories_oneTable_doNotMeet() throws Exception {
        EndiveMemory other = new EndiveMemory(table, SHARED, ByteBufferMemory::new);
        FutureTask<Integer> waiter = Threads.start(() -> other.atomicWait(0, 0, FOREVER));
        Threads.awaitWaiters(table, 1, waiter);
        assertEquals(0, run("notify", 0, -1));
        assertEquals(1, other.atomicNotify(0, -1));
        assertEquals(0, waiter.get());
    }

    /** The expected value wraps to the size of the word, as the threads proposal has it since issue 195. */
    @Test
    void cmpxchgOfANarrowWord_wideExpectedValue_wrapsBeforeTheComparison() {
        run("store", 0, 0x0101_0101);
        assertEquals(1, run("cmpxchg8", 0, 0xff01, 2));
        assertEquals(0x0101_0102, memory.readInt(0));
        assertEquals(0x102, run("cmpxchg16", 0, 0xffff_0102L, 3));
        assertEquals(0x0101_0003, memory.readInt(0));
        assertEquals(0x0101_0003, run("cmpxchg32", 0, 1L << 40 | 0x0101_0003, 4));
        assertEquals(4, memory.readInt(0));
    }

    @Test
    void atomicAdds_ofFourSizes_countExactly() throws Exception {
        int times = 20_000;
        int threads = 4;
        List<Callable<Long>> bodies = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Instance each = Guest.ATOMICS.on(memory);
            bodies.add(() -> {
                each.export("add").apply(times);
                return 0L;
            });
        }
        Threads.runAll(bodies);
        int sum = threads * times;
        assertEquals((byte) sum, memory.read(16));
        assertEquals((short) sum, memory.readShort(18));
        assertEquals(sum, memory.readInt(20));
        assertEquals(sum, memory.readLong(24));
    }
}
