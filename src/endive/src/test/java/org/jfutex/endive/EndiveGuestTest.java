package org.jfutex.endive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

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
import run.endive.wasm.types.MemoryLimits;

/**
 * Runs a real guest in the runtime Endive: threads with their own mutex and condition variables, see handover.wat. They
 * hand a token over, more often with {@code -Djfutex.long=true}. Endive's own memory is measured for comparison.
 */
@Timeout(600)
class EndiveGuestTest {

    private static final int THREADS = 8;
    private static final int ROUNDS = Boolean.getBoolean("jfutex.long") ? 125_000 : 25_000;
    private static final int PEERS_ROUNDS = Boolean.getBoolean("jfutex.long") ? ROUNDS : ROUNDS / 5;
    private static final int WARM_UP = 2_500;
    private static final MemoryLimits SHARED = new MemoryLimits(1, 1, true);

    private final FutexTable table = new FutexTable();

    /** Both are run before either is measured. Otherwise the first one includes the warm-up of the interpreter. */
    @Test
    void tokenRing_runsOnTheTableAndOnEndivesMemory() throws Exception {
        handOver(new EndiveMemory(table, SHARED), WARM_UP);
        handOver(new ByteArrayMemory(SHARED), WARM_UP);
        print("a memory of jfutex", ROUNDS, handOver(new EndiveMemory(table, SHARED), ROUNDS));
        assertEquals(List.of(), table.waiters());
        print("Endive's own memory", PEERS_ROUNDS, handOver(new ByteArrayMemory(SHARED), PEERS_ROUNDS));
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
            Instance instance = Guest.HANDOVER.on(memory);
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
}
