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
 * The law of conservation: the sum of what wakes report is the number of waits that end as woken. It holds under
 * timeouts, interrupts, cancels, requeues, waits on many words, descriptors and callbacks, all at once. A single
 * planted flaw is detected. {@link Soak} runs this workload for hours, together with all other operations.
 *
 * <p>{@code -Djfutex.conservation.operations=10000000} is the long run.
 */
class ConservationTest {

    private static final int THREADS = 8;

    private final FutexTable table = FutexTable.builder().buckets(2).build();
    private final FlatMemory memory = FlatMemory.shared(ByteBuffer.allocateDirect(4096));
    private final WakeConservation law = new WakeConservation();
    private final List<Thread> threads = new ArrayList<>();

    /** The planted flaws, each with the difference between ends and wakes that it causes. */
    private enum Flaw {
        /** A wait ends as woken, and no wake has reported it. */
        INVENTED(1),
        /** A wake reports a waiter, and that waiter times out nevertheless. */
        LOST(-1),
        /** A wake leaves the woken waiter in the queue, where the next wake finds it again. */
        TAKEN_TWICE(-1),
        /** A waiter that has timed out stays in the queue and consumes a wake for others. */
        STOLEN(-1);

        final long surplus;

        Flaw(long surplus) {
            this.surplus = surplus;
        }
    }

    @Test
    void reportedWakes_equalWaitsEndedAsWoken() throws Exception {
        long operations = Long.getLong("jfutex.conservation.operations", 100_000);
        run(operations, () -> null);
        assertTrue(law.wakes() > operations / 20, () -> "too few waiters were woken: " + law.wakes());
        System.out.println("conservation: " + operations + " operations, " + law.wakes() + " wakes, none lost");
    }

    /** The workload still ends and leaves no waiter in the table, so only the law detects the flaw. */
    @ParameterizedTest
    @EnumSource
    void singleFlaw_isDetected(Flaw flaw) {
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

    /** Plants a flaw if there is a waiter for it. */
    private boolean planted(Flaw flaw) {
        boolean planted = switch (flaw) {
            case INVENTED -> WaiterCorruptor.strike(table, (q, w) -> w.endLocked(q, WaitResult.WOKEN));
            case LOST -> WaiterCorruptor.strike(table, (q, w) -> w.endLocked(q, WaitResult.TIMED_OUT));
            case TAKEN_TWICE -> WaiterCorruptor.strike(table, (q, w) -> w.setStateRelease(WaitResult.WOKEN));
            case STOLEN -> table.prepare(memory, 64, Scope.PRIVATE, 0).poll() == null;
        };
        if (planted && (flaw == Flaw.LOST || flaw == Flaw.TAKEN_TWICE)) {
            law.woke(1); // the count that the wake would have reported
        }
        return planted;
    }

    /** Runs the workload for the given number of operations after the corruptor has acted, and checks the law. */
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
