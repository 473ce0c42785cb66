package org.jfutex.wasm;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jfutex.FutexTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import run.endive.runtime.ByteArrayMemory;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.runtime.TrapException;
import run.endive.runtime.WasmInterruptedException;
import run.endive.runtime.WasmRuntimeException;
import run.endive.wasm.InvalidException;
import run.endive.wasm.Parser;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.MemoryLimits;

/**
 * Runs a real guest in the runtime Endive: threads with their own mutex and condition variables, see handover.wat. They
 * hand a token over, more often with {@code -Djfutex.long=true}. Endive's own memory is measured for comparison.
 */
@Timeout(600)
class EndiveGuestTest {

    private static final int THREADS = 8;
    private static final int ROUNDS = 125_000;
    private static final int PEERS_ROUNDS = Boolean.getBoolean("jfutex.long") ? ROUNDS : ROUNDS / 10;
    private static final int WARM_UP = 2_500;
    private static final MemoryLimits SHARED = new MemoryLimits(1, 1, true);

    private final FutexTable table = new FutexTable();
    private final WasmModule module = module();

    /** Both are run before either is measured. Otherwise the first one includes the warm-up of the interpreter. */
    @Test
    void tokenRing_runsOnTheTableAndOnEndivesMemory() throws Exception {
        handOver(new EndiveMemory(table, SHARED), WARM_UP);
        handOver(new ByteArrayMemory(SHARED), WARM_UP);
        print("a memory of jfutex", ROUNDS, handOver(new EndiveMemory(table, SHARED), ROUNDS));
        assertEquals(List.of(), table.waiters());
        print("Endive's own memory", PEERS_ROUNDS, handOver(new ByteArrayMemory(SHARED), PEERS_ROUNDS));
    }

    @Test
    void traps_areThrownAsTheRuntimesOwn() {
        Instance guest = instance(new EndiveMemory(table, SHARED));
        assertEquals(0, guest.export("notify").apply(65532, -1)[0]);
        assertEquals(1, guest.export("wait32").apply(64, 1, -1)[0]);
        assertEquals(2, guest.export("wait64").apply(64, 0, 0)[0]);
        assertThrows(InvalidException.class, () -> guest.export("wait32").apply(66, 0, 0));
        assertThrows(TrapException.class, () -> guest.export("wait32").apply(65536, 0, 0));
        assertThrows(TrapException.class, () -> guest.export("wait64").apply(65536, 0, 0));
        assertThrows(TrapException.class, () -> guest.export("notify").apply(65536, 1));
        assertThrows(TrapException.class, () -> guest.export("notify").apply(66, 1));
        assertThrows(WasmRuntimeException.class, () -> guest.export("notify").apply(-4, 1));
    }

    @Test
    void unsharedMemory_waitTraps_notifyReturnsZero() {
        Memory unshared = new EndiveMemory(table, new MemoryLimits(1, 1, false));
        assertEquals(0, unshared.atomicNotify(0, 1));
        assertThrows(TrapException.class, () -> unshared.atomicWait(0, 0, 0));
    }

    @Test
    void interrupt_endsTheGuestsWait() {
        Instance guest = instance(new EndiveMemory(table, SHARED));
        Thread.currentThread().interrupt();
        assertThrows(
                WasmInterruptedException.class, () -> guest.export("wait32").apply(0, 0, -1));
        assertEquals(true, Thread.interrupted());
        assertEquals(List.of(), table.waiters());
    }

    private static void print(String memory, int rounds, long nanos) {
        int times = THREADS * rounds;
        System.out.printf(
                "%,d hand-offs among %d guest threads, %-20s %,6d ms, %5.1f us each%n",
                times, THREADS, memory, TimeUnit.NANOSECONDS.toMillis(nanos), nanos / 1e3 / times);
    }

    /** Runs the ring, each thread with its own instance on one memory. Returns the elapsed nanoseconds. */
    private long handOver(Memory memory, int rounds) throws Exception {
        List<FutureTask<long[]>> guests = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            int me = i;
            Instance instance = instance(memory);
            guests.add(new FutureTask<>(() -> instance.export("run").apply(me, THREADS, rounds)));
        }
        long start = System.nanoTime();
        for (FutureTask<long[]> guest : guests) {
            Thread t = new Thread(guest);
            t.setDaemon(true);
            t.start();
        }
        for (FutureTask<long[]> guest : guests) {
            guest.get();
        }
        long nanos = System.nanoTime() - start;
        assertEquals(THREADS * rounds, memory.readInt(68));
        assertFalse(memory.readInt(0) != 0, "the guest's mutex is still locked");
        return nanos;
    }

    private Instance instance(Memory memory) {
        return Instance.builder(module).withMemoryFactory(limits -> memory).build();
    }

    private static WasmModule module() {
        try (InputStream in = requireNonNull(EndiveGuestTest.class.getResourceAsStream("handover.wasm"))) {
            return Parser.parse(in);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
