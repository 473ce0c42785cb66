package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jfutex.Threads.Running;
import org.jfutex.memory.FlatMemory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The law of conservation: what wakes report woken is what waits report, under timeouts, interrupts, cancels, requeues, waits on many
 * words, descriptors and call-backs, all at once.
 *
 * <p>{@code -Djfutex.conservation.operations=10000000} is the long form.
 */
class ConservationTest {

    private static final int THREADS = 8;
    private static final int WORDS = 3;

    private final FutexTable table = FutexTable.builder().buckets(2).build();
    private final FlatMemory memory = FlatMemory.shared(ByteBuffer.allocateDirect(4096));
    private final AtomicLong woken = new AtomicLong();
    private final AtomicLong ended = new AtomicLong();
    private final List<Thread> threads = new ArrayList<>();

    @Test
    void whatWakesReportIsWhatWaitsReport() throws Exception {
        long operations = Long.getLong("jfutex.conservation.operations", 100_000);
        List<Running<Void>> running = new ArrayList<>();
        synchronized (threads) {
            for (int i = 0; i < THREADS; i++) {
                int seed = i;
                Running<Void> r = Threads.start(() -> new Party(seed).play(operations / THREADS));
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
        assertEquals(List.of(), table.dump());
        for (Bucket b : table.buckets.all) {
            assertTrue(b.isEmpty(), "a counter is left over");
        }
        assertEquals(woken.get(), ended.get());
        assertTrue(woken.get() > operations / 20, () -> "hardly anybody was woken: " + woken);
        System.out.println("conservation: " + operations + " operations, " + woken + " wakes, none lost");
    }

    /** One thread, and the waits that it has left open. */
    private final class Party {

        private final Random random;
        private final ArrayDeque<PreparedWait> open = new ArrayDeque<>();
        private final ArrayDeque<PreparedWait> called = new ArrayDeque<>();
        private final ArrayDeque<FutexFd> fds = new ArrayDeque<>();
        private final FutexFd.Options counting = new FutexFd.Options(1, (fd, s) -> count(WaitResult.WOKEN), false);

        Party(int seed) {
            random = new Random(seed);
        }

        Void play(long operations) {
            for (long i = 0; i < operations; i++) {
                step();
                while (open.size() + fds.size() > 8) {
                    close();
                }
            }
            while (!open.isEmpty() || !fds.isEmpty() || !called.isEmpty()) {
                close();
            }
            Thread.interrupted();
            return null;
        }

        private void step() {
            Scope scope = random.nextInt(4) == 0 ? Scope.SHARED : Scope.PRIVATE;
            long word = word();
            switch (random.nextInt(12)) {
                case 0, 1 -> await(word, scope, random.nextInt(200_000));
                case 2 -> await(word, scope, 0);
                case 3 -> open.add(table.prepare(memory, word, scope, 0));
                case 4 -> fds.add(FutexFd.open(table, memory, word, scope, counting));
                case 5 -> {
                    PreparedWait wait = table.prepare(memory, word, scope, 0);
                    wait.onEnd(this::count);
                    if (random.nextBoolean()) {
                        wait.cancel();
                    } else {
                        called.add(wait);
                    }
                }
                case 6 -> any(scope);
                case 7, 8 -> woken.addAndGet(table.wake(memory, word, scope, 1 + random.nextInt(3)));
                case 9 ->
                    woken.addAndGet(table.requeue(memory, word, word(), scope, random.nextInt(2), random.nextInt(9))
                            .woken());
                case 10 -> woken.addAndGet(table.wakeOp(memory, word, word(), scope, 1, 1, NOTHING));
                default -> interruptSomebody();
            }
            while (called.size() > 4) {
                called.remove().cancel();
            }
        }

        private void await(long word, Scope scope, long nanos) {
            try {
                count(table.await(memory, word, scope, 0, Deadline.after(nanos)));
            } catch (InterruptedException e) {
                return; // no wake came first
            }
        }

        private void any(Scope scope) {
            PreparedWait any = table.prepareAny(
                    memory, List.of(new WaitWord(word(), scope, 0), new WaitWord(word(), scope, 0)), 0);
            try {
                any.await(Deadline.after(random.nextInt(100_000)));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            any.cancel();
            for (Waiter entry : ((VectorWait) any).entries) {
                count(entry.ended());
            }
        }

        private void close() {
            PreparedWait wait = open.poll();
            if (wait != null) {
                count(wait.cancel());
            }
            FutexFd fd = fds.poll();
            if (fd != null) {
                fd.close();
            }
            if (!called.isEmpty()) {
                called.remove().cancel();
            }
        }

        private void count(@Nullable WaitResult result) {
            if (result == WaitResult.WOKEN) {
                ended.incrementAndGet();
            }
        }

        private void interruptSomebody() {
            synchronized (threads) {
                if (!threads.isEmpty()) {
                    threads.get(random.nextInt(threads.size())).interrupt();
                }
            }
        }

        private long word() {
            return 64L * (1 + random.nextInt(WORDS));
        }
    }

    private static final WakeOp NOTHING = new WakeOp(WakeOp.Operation.ADD, 0, false, WakeOp.Comparison.EQ, 0);
}
