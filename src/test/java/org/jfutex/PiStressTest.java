package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jfutex.memory.FlatMemory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A {@link PiRandomWorkload} of threads, none of which sleeps for ever. Each planted fault of the crowd is detected.
 *
 * <p>A run fails if a thread detects an error. It also fails if no thread makes a step for a while before all are done.
 * Slowness alone does not fail it.
 *
 * <p>{@code -Djfutex.pi.operations=10000000} makes it longer. {@code -Djfutex.seed=...} repeats the choices of one run.
 */
class PiStressTest {

    private static final int THREADS = 8;
    private static final long OPERATIONS = Long.getLong("jfutex.pi.operations", 1_000_000);
    private static final long OPERATIONS_OF_A_FLAWED_CROWD = 30_000;

    private final Map<Integer, PiTask> tasks = new ConcurrentHashMap<>();
    private final FutexTable table =
            FutexTable.builder().buckets(2).tasks(tasks::get).build();
    private final FlatMemory memory = FlatMemory.shared(ByteBuffer.allocateDirect(1024));
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final LongAdder steps = new LongAdder();

    @ParameterizedTest
    @EnumSource(Scope.class)
    void randomThreads_oneOwnerAndNoLostWake(Scope scope) throws InterruptedException {
        run(scope, PiRandomWorkload.Flaw.NONE, OPERATIONS, 60);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void plantedFlaw_isDetected(PiRandomWorkload.Flaw flaw) {
        assertThrows(AssertionError.class, () -> run(Scope.SHARED, flaw, OPERATIONS_OF_A_FLAWED_CROWD, 3));
    }

    private void run(Scope scope, PiRandomWorkload.Flaw flaw, long operations, long patience)
            throws InterruptedException {
        long seed = Long.getLong("jfutex.seed", System.nanoTime());
        PiRandomWorkload crowd =
                new PiRandomWorkload(table, tasks, memory, scope, THREADS, new SplittableRandom(seed), flaw);
        List<Thread> threads = new ArrayList<>();
        for (Worker member : crowd.members()) {
            Thread thread = new Thread(() -> run(member, crowd, operations), member.toString());
            thread.setDaemon(true);
            threads.add(thread);
        }
        threads.forEach(Thread::start);
        long seen = 0;
        long lastStep = System.nanoTime();
        for (Thread thread : threads) {
            while (thread.isAlive()
                    && failure.get() == null
                    && System.nanoTime() - lastStep < TimeUnit.SECONDS.toNanos(patience)) {
                thread.join(10);
                long now = steps.sum();
                if (now != seen) {
                    seen = now;
                    lastStep = System.nanoTime();
                }
            }
            if (thread.isAlive() || failure.get() != null) {
                AssertionError stuck = new AssertionError(
                        "-Djfutex.seed=" + seed + ": " + thread + "\n" + table.waiters(), failure.get());
                disperse(threads, stuck);
                throw stuck;
            }
        }
        crowd.check();
    }

    /** Ends the threads that still run or sleep, as far as possible, so that they do not disturb later tests. */
    private void disperse(List<Thread> threads, Throwable why) throws InterruptedException {
        failure.compareAndSet(null, why);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        for (Thread thread : threads) {
            while (thread.isAlive() && System.nanoTime() < end) {
                thread.interrupt();
                thread.join(10);
            }
        }
    }

    private void run(Worker member, PiRandomWorkload crowd, long operations) {
        try {
            while (crowd.operations() < operations && failure.get() == null) {
                member.step();
                steps.increment();
            }
            member.end();
        } catch (Throwable t) {
            failure.compareAndSet(null, t);
        }
    }
}
