package org.jfutex.wasm;

import static java.util.Objects.requireNonNull;
import static org.jfutex.wasm.WasmAtomics.NOT_EQUAL;
import static org.jfutex.wasm.WasmAtomics.OK;
import static org.jfutex.wasm.WasmAtomics.TIMED_OUT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.TooManyWaitersException;
import org.jfutex.WaitResult;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.WordSize;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.ClockId;
import org.jfutex.time.FutexClock;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests the results and traps of the three instructions. */
@Timeout(60)
class WasmAtomicsTest {

    private static final int SIZE = 4096;

    private final VirtualClock clock = new VirtualClock();
    private final FutexTable table = FutexTable.builder().clock(clock).build();
    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(SIZE));
    private final WasmAtomics atomics = new WasmAtomics(table, memory, true);
    private final WasmAtomics unshared = new WasmAtomics(table, memory, false);

    private interface Instruction {
        int run() throws InterruptedException;
    }

    @Test
    void wait_otherValue_returnsNotEqual() throws InterruptedException {
        assertEquals(NOT_EQUAL, atomics.wait32(0, 1, -1));
        assertEquals(NOT_EQUAL, atomics.wait64(0, 1, -1));
    }

    @Test
    void wait64_comparesAllBits() throws InterruptedException {
        memory.store(8, WordSize.U64, 1L << 32);
        assertEquals(NOT_EQUAL, atomics.wait64(8, 0, -1));
        assertEquals(TIMED_OUT, atomics.wait64(8, 1L << 32, 0));
        memory.store(16, WordSize.U64, -1L);
        assertEquals(TIMED_OUT, atomics.wait64(16, -1L, 0));
        assertEquals(TIMED_OUT, atomics.wait32(16, -1, 0));
    }

    @Test
    void zeroTimeout_equalValue_timesOutAtOnce() throws InterruptedException {
        assertEquals(TIMED_OUT, atomics.wait32(0, 0, 0));
        assertEquals(NOT_EQUAL, atomics.wait32(0, 7, 0));
    }

    @Test
    void timeout_isInNanoseconds() throws Exception {
        FutureTask<Integer> wait = start(() -> atomics.wait32(0, 0, 1000));
        while (clock.sleepers() == 0) {
            Thread.onSpinWait();
        }
        clock.advance(999);
        assertEquals(1, table.waiters().size());
        clock.advance(1);
        assertEquals(TIMED_OUT, wait.get());
    }

    @Test
    void negativeTimeout_neverTimesOut() throws Exception {
        FutureTask<Integer> wait = start(() -> atomics.wait32(0, 0, Long.MIN_VALUE));
        awaitWaiters(1);
        clock.advance(Long.MAX_VALUE);
        assertEquals(1, atomics.notify(0, 1));
        assertEquals(OK, wait.get());
    }

    @Test
    void notify_countIsUnsigned_wakesWaitersOfBothSizes() throws Exception {
        FutureTask<Integer> narrow = start(() -> atomics.wait32(8, 0, -1));
        FutureTask<Integer> wide = start(() -> atomics.wait64(8, 0, -1));
        awaitWaiters(2);
        assertEquals(0, atomics.notify(8, 0));
        assertEquals(0, atomics.notify(12, -1)); // a different key, although a 64-bit waiter compares these bytes
        assertEquals(2, atomics.notify(8, -1));
        assertEquals(OK, narrow.get());
        assertEquals(OK, wide.get());
    }

    @Test
    void preparedWaits_returnTheInstructionsResults() {
        assertEquals(NOT_EQUAL, now(atomics.prepareWait32(0, 1), -1));
        assertEquals(NOT_EQUAL, now(atomics.prepareWait64(0, 1), 0));
        memory.store(8, WordSize.U64, 1L << 32);
        assertEquals(NOT_EQUAL, now(atomics.prepareWait64(8, 0), -1));
        assertEquals(TIMED_OUT, now(atomics.prepareWait64(8, 1L << 32), 0));
        memory.store(16, -1);
        assertEquals(TIMED_OUT, now(atomics.prepareWait32(16, -1), 0));
        assertEquals(0, table.waiters().size());
    }

    @Test
    void preparedWaits_useTheQueuesOfTheInstructions() throws Exception {
        FutureTask<Integer> first = start(() -> atomics.wait32(8, 0, -1));
        awaitWaiters(1);
        CompletableFuture<Integer> second = told(atomics.prepareWait64(8, 0), Long.MIN_VALUE);
        CompletableFuture<Integer> third = told(atomics.prepareWait32(8, 0), 1000);
        assertEquals(2, atomics.notify(8, 2));
        assertEquals(OK, first.get());
        assertEquals(OK, second.getNow(null));
        clock.advance(999);
        assertFalse(third.isDone());
        clock.advance(1);
        assertEquals(TIMED_OUT, third.getNow(null));
        assertEquals(0, atomics.notify(8, -1));
    }

    @Test
    void preparedWaits_trapInTheOrderOfTheInstructions() {
        traps("unaligned atomic", () -> now(unshared.prepareWait32(SIZE + 2, 0), 0));
        traps("unaligned atomic", () -> now(unshared.prepareWait64(SIZE + 4, 0), 0));
        traps("out of bounds memory access", () -> now(unshared.prepareWait32(SIZE, 0), 0));
        traps("out of bounds memory access", () -> now(unshared.prepareWait64(-8, 0), 0));
        traps("expected shared memory", () -> now(unshared.prepareWait32(0, 1), 0));
        traps("expected shared memory", () -> now(unshared.prepareWait64(0, 1), 0));
        assertEquals(0, table.waiters().size());
    }

    @Test
    void closingTheMemory_trapsPreparedWaiters() {
        PreparedWait wait = atomics.prepareWait32(0, 0);
        CompletableFuture<Integer> told = told(wait, -1);
        assertEquals(1, table.cancel(memory));
        Throwable trap =
                assertThrows(CompletionException.class, () -> told.getNow(null)).getCause();
        assertEquals(
                "the memory was closed under a waiter",
                assertInstanceOf(TrapException.class, trap).getMessage());
    }

    @Test
    void preparedWait_beyondTheWaiterLimit_isNotQueued() {
        FutexTable limited = FutexTable.builder().waiterLimit(1).build();
        WasmAtomics guest = new WasmAtomics(limited, memory, true);
        assertNull(guest.prepareWait32(64, 0).poll());
        assertThrows(TooManyWaitersException.class, () -> guest.prepareWait32(0, 0));
        assertThrows(TooManyWaitersException.class, () -> guest.prepareWait64(0, 0));
        // the value differs, so it does not count as a waiter
        assertEquals(NOT_EQUAL, now(guest.prepareWait32(0, 1), -1));
        assertEquals(1, limited.waiters().size());
    }

    @Test
    void misalignedAddress_traps() {
        traps("unaligned atomic", () -> atomics.wait32(2, 0, 0));
        traps("unaligned atomic", () -> atomics.wait64(4, 0, 0));
        traps("unaligned atomic", () -> atomics.notify(1, 0));
        traps("unaligned atomic", () -> unshared.notify(1, 0));
    }

    @Test
    void addressBeyondTheMemory_traps() {
        for (long address : new long[] {SIZE, 1L << 32, Long.MIN_VALUE, -8}) {
            traps("out of bounds memory access", () -> atomics.wait32(address, 0, 0));
            traps("out of bounds memory access", () -> atomics.wait64(address, 0, 0));
            traps("out of bounds memory access", () -> atomics.notify(address, 0));
            traps("out of bounds memory access", () -> unshared.notify(address, 0));
        }
    }

    @Test
    void alignment_thenBounds_thenSharing_areChecked() {
        traps("unaligned atomic", () -> unshared.wait32(SIZE + 2, 0, 0));
        traps("unaligned atomic", () -> unshared.wait64(SIZE + 4, 0, 0));
        traps("unaligned atomic", () -> unshared.notify(SIZE + 2, 0));
        traps("out of bounds memory access", () -> unshared.wait32(SIZE, 0, 0));
        traps("expected shared memory", () -> unshared.wait32(0, 1, 0));
    }

    @Test
    void lastWordOfTheMemory_isWithinBounds() throws InterruptedException {
        assertEquals(NOT_EQUAL, atomics.wait32(SIZE - 4, 1, 0));
        assertEquals(NOT_EQUAL, atomics.wait64(SIZE - 8, 1, 0));
        assertEquals(0, atomics.notify(SIZE - 4, 1));
    }

    @Test
    void unsharedMemory_waitTraps_notifyReturnsZero() {
        traps("expected shared memory", () -> unshared.wait32(0, 0, 0));
        traps("expected shared memory", () -> unshared.wait64(0, 1, 0));
        assertEquals(0, unshared.notify(0, -1));
    }

    @Test
    void closingTheMemory_trapsItsWaiters() throws Exception {
        FutureTask<Integer> wait = start(() -> {
            try {
                return atomics.wait32(0, 0, -1);
            } catch (TrapException e) {
                return -1;
            }
        });
        awaitWaiters(1);
        assertEquals(1, table.cancel(memory));
        assertEquals(-1, wait.get());
    }

    @Test
    void wait_beyondTheWaiterLimit_throwsWithoutATrap() throws InterruptedException {
        FutexTable limited = FutexTable.builder().waiterLimit(1).build();
        WasmAtomics guest = new WasmAtomics(limited, memory, true);
        limited.prepare(memory, 64, Scope.PRIVATE, 0);
        assertThrows(TooManyWaitersException.class, () -> guest.wait32(0, 0, -1));
        assertThrows(TooManyWaitersException.class, () -> guest.wait64(0, 0, -1));
        assertEquals(1, limited.waiters().size());
        assertEquals(NOT_EQUAL, guest.wait32(0, 1, -1)); // the value differs, so it does not count as a waiter
        assertEquals(1, guest.notify(64, 1));
        assertEquals(TIMED_OUT, guest.wait32(0, 0, 0));
    }

    @Test
    void wakeOfAFailedSleeper_goesToTheNextWaiter() {
        List<PreparedWait> next = new ArrayList<>();
        AtomicReference<FutexTable> its = new AtomicReference<>();
        FutexClock broken = new FutexClock() {
            @Override
            public long nanos(ClockId clockId) {
                return 0;
            }

            @Override
            public void park(Object blocker, ClockId clockId, long now, long deadline) {
                FutexTable t = requireNonNull(its.get());
                next.add(t.prepare(memory, 0, Scope.PRIVATE, 0));
                assertEquals(1, t.wake(memory, 0, Scope.PRIVATE, 1)); // chooses the sleeper, which is first
                throw new IllegalStateException("broken");
            }
        };
        FutexTable unsound = FutexTable.builder().clock(broken).build();
        its.set(unsound);
        WasmAtomics guest = new WasmAtomics(unsound, memory, true);
        assertThrows(IllegalStateException.class, () -> guest.wait32(0, 0, 1000));
        assertEquals(WaitResult.WOKEN, next.get(0).poll());
    }

    private void awaitWaiters(int count) {
        while (table.waiters().size() != count) {
            Thread.onSpinWait();
        }
    }

    @Test
    void wait_memoryClosedDuringTheCall_traps() {
        FutexMemory closing = new FutexMemory() {
            private int loads;

            @Override
            public int load(long address) {
                if (++loads % 2 == 0) {
                    throw new MemoryFaultException(address, Access.READ);
                }
                return 0;
            }

            @Override
            public int compareAndExchange(long address, int expected, int desired) {
                throw new AssertionError();
            }

            @Override
            public FutexKey sharedKey(long address, Access access) {
                throw new AssertionError();
            }
        };
        traps("the memory was closed under a waiter", () -> new WasmAtomics(table, closing, true).wait32(0, 0, -1));
        traps(
                "the memory was closed under a waiter",
                () -> now(new WasmAtomics(table, closing, true).prepareWait32(0, 0), -1));
    }

    @Test
    void notify_memoryClosedDuringTheCall_traps() {
        FutexMemory closing = new FutexMemory() {
            private boolean closed;

            @Override
            public int load(long address) {
                closed = true; // takes effect at the next access
                return 0;
            }

            @Override
            public boolean isUserAddress(long address) {
                return !closed;
            }

            @Override
            public int compareAndExchange(long address, int expected, int desired) {
                throw new AssertionError();
            }

            @Override
            public FutexKey sharedKey(long address, Access access) {
                throw new AssertionError();
            }
        };
        traps("out of bounds memory access", () -> new WasmAtomics(table, closing, true).notify(0, 1));
    }

    private static CompletableFuture<Integer> told(PreparedWait wait, long timeout) {
        return wait.asStage(WasmAtomics.deadline(timeout))
                .thenApply(WasmAtomics::result)
                .toCompletableFuture();
    }

    private static int now(PreparedWait wait, long timeout) {
        return requireNonNull(told(wait, timeout).getNow(null));
    }

    private static FutureTask<Integer> start(Instruction instruction) {
        FutureTask<Integer> task = new FutureTask<>(instruction::run);
        Thread t = new Thread(task);
        t.setDaemon(true);
        t.start();
        return task;
    }

    private static void traps(String message, Instruction instruction) {
        assertEquals(
                message, assertThrows(TrapException.class, instruction::run).getMessage());
    }
}
