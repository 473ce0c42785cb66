package org.jfutex;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jfutex.Threads.Running;
import org.jfutex.memory.FlatMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The law of conservation: what wakes report woken is what waits report, under timeouts, interrupts, cancels, requeues, waits on many
 * words, descriptors and call-backs, all at once. And whatever is planted in the same crowd, a single time, is seen. {@link Soak} is the
 * same for hours and with everything else besides.
 *
 * <p>{@code -Djfutex.conservation.operations=10000000} is the long form.
 */
class ConservationTest {

    private static final int THREADS = 8;

    private final FutexTable table = FutexTable.builder().buckets(2).build();
    private final FlatMemory memory = FlatMemory.shared(ByteBuffer.allocateDirect(4096));
    private final WakeConservation law = new WakeConservation();
    private final List<Thread> threads = new ArrayList<>();

    /** What could be wrong; the wakes and ends that it puts out of balance. */
    private enum Flaw {
        /** A wait ends as woken, and no wake has reported it. */
        INVENTED(1),
        /** A wake reports whom it found, and he gives up nevertheless. */
        LOST(-1),
        /** A wake leaves whom it woke in the queue, where the next one finds him again. */
        TAKEN_TWICE(-1),
        /** Who has given up stays in the queue, and swallows a wake that was for others. */
        STOLEN(-1);

        final long surplus;

        Flaw(long surplus) {
            this.surplus = surplus;
        }
    }

    @Test
    void whatWakesReportIsWhatWaitsReport() throws Exception {
        long operations = Long.getLong("jfutex.conservation.operations", 100_000);
        run(operations, () -> null);
        assertTrue(law.wakes() > operations / 20, () -> "hardly anybody was woken: " + law.wakes());
        System.out.println("conservation: " + operations + " operations, " + law.wakes() + " wakes, none lost");
    }

    /** Nothing else is to be seen: the crowd comes to its end, and leaves nobody in the table. */
    @ParameterizedTest
    @EnumSource
    void aSingleFlawIsSeen(Flaw flaw) {
        AssertionError e = assertThrows(
                AssertionError.class,
                () -> run(20_000, () -> {
                    while (!planted(flaw)) {
                        Thread.onSpinWait();
                    }
                    return null;
                }));
        assertTrue(requireNonNull(e.getMessage()).startsWith("waits that ended as woken"), e.getMessage());
        assertEquals(flaw.surplus, law.surplus());
    }

    /** Plants a flaw, if there is somebody to suffer it. */
    private boolean planted(Flaw flaw) {
        boolean planted = switch (flaw) {
            case INVENTED -> WaiterCorruptor.strike(table, (q, w) -> w.endLocked(q, WaitResult.WOKEN));
            case LOST -> WaiterCorruptor.strike(table, (q, w) -> w.endLocked(q, WaitResult.TIMED_OUT));
            case TAKEN_TWICE -> WaiterCorruptor.strike(table, (q, w) -> w.setStateRelease(WaitResult.WOKEN));
            case STOLEN -> table.prepare(memory, 64, Scope.PRIVATE, 0).poll() == null;
        };
        if (planted && (flaw == Flaw.LOST || flaw == Flaw.TAKEN_TWICE)) {
            law.woke(1); // what the wake would have reported
        }
        return planted;
    }

    /** Has the crowd do so many operations after the saboteur has done his work, and looks whether the law holds. */
    private void run(long operations, Callable<Void> sabotage) throws Exception {
        Running<Void> saboteur = Threads.start(sabotage);
        List<Running<Void>> running = new ArrayList<>();
        List<RandomWorkload.Place> words = List.of(new RandomWorkload.Place(memory, 0));
        synchronized (threads) {
            for (int i = 0; i < THREADS; i++) {
                RandomWorkload party = new RandomWorkload("party " + i, i, law, table, words, this::interruptSomebody);
                Running<Void> r = Threads.start(() -> {
                    for (long n = 0;
                            n < operations / THREADS;
                            n += saboteur.answer().isDone() ? 1 : 0) {
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
                throw new AssertionError("stuck: " + table.waiters(), stuck);
            }
        }
        saboteur.get();
        TableEmptyCheck.check(table);
        law.check();
    }

    private void interruptSomebody() {
        synchronized (threads) {
            threads.get(ThreadLocalRandom.current().nextInt(threads.size())).interrupt();
        }
    }
}
