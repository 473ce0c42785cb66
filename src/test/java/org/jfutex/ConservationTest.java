package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jfutex.Threads.Running;
import org.jfutex.memory.FlatMemory;
import org.junit.jupiter.api.Test;

/**
 * The law of conservation: what wakes report woken is what waits report, under timeouts, interrupts, cancels, requeues, waits on many
 * words, descriptors and call-backs, all at once. {@link Soak} is the same for hours and with everything else besides.
 *
 * <p>{@code -Djfutex.conservation.operations=10000000} is the long form.
 */
class ConservationTest {

    private static final int THREADS = 8;

    private final FutexTable table = FutexTable.builder().buckets(2).build();
    private final FlatMemory memory = FlatMemory.shared(ByteBuffer.allocateDirect(4096));
    private final Law law = new Law();
    private final List<Thread> threads = new ArrayList<>();

    @Test
    void whatWakesReportIsWhatWaitsReport() throws Exception {
        long operations = Long.getLong("jfutex.conservation.operations", 100_000);
        List<Running<Void>> running = new ArrayList<>();
        List<Party.Place> words = List.of(new Party.Place(memory, 0));
        synchronized (threads) {
            for (int i = 0; i < THREADS; i++) {
                Party party = new Party("party " + i, i, law, table, words, this::interruptSomebody);
                Running<Void> r = Threads.start(() -> {
                    for (long n = 0; n < operations / THREADS; n++) {
                        party.step();
                    }
                    party.end();
                    return null;
                });
                running.add(r);
                threads.add(r.thread());
            }
        }
        for (Running<Void> r : running) {
            try {
                r.answer().get(Math.max(60, operations / 5_000), TimeUnit.SECONDS);
            } catch (TimeoutException stuck) {
                throw new AssertionError("stuck: " + table.dump(), stuck);
            }
        }
        Quiet.check(table);
        law.check();
        assertTrue(law.wakes() > operations / 20, () -> "hardly anybody was woken: " + law.wakes());
        System.out.println("conservation: " + operations + " operations, " + law.wakes() + " wakes, none lost");
    }

    private void interruptSomebody() {
        synchronized (threads) {
            threads.get(ThreadLocalRandom.current().nextInt(threads.size())).interrupt();
        }
    }
}
