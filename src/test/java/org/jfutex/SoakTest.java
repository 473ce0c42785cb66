package org.jfutex;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.ClockId;
import org.jfutex.time.FutexClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs {@link Soak} for a few seconds, and checks that it detects broken laws, a lost wake, and a memory leak. */
@Timeout(120)
class SoakTest {

    private final PrintStream out = new PrintStream(new ByteArrayOutputStream(), true);

    @Test
    void shortSoak_passes() throws Exception {
        Soak soak = new Soak(System.out);
        soak.run(Duration.ofSeconds(4), Duration.ofMillis(500));
        assertTrue(soak.law.wakes() > 1000, () -> "too few waiters were woken: " + soak.law.wakes());
    }

    @Test
    void inventedWake_isDetected() {
        Soak soak = new Soak(out);
        Thread forger = new Thread(() -> {
            while (!WaiterCorruptor.strike(soak.table, (q, w) -> w.endLocked(q, WaitResult.WOKEN))) {
                Thread.onSpinWait();
            }
        });
        forger.setDaemon(true);
        forger.start();
        AssertionError e =
                assertThrows(AssertionError.class, () -> soak.run(Duration.ofSeconds(1), Duration.ofMillis(500)));
        assertTrue(requireNonNull(e.getMessage()).contains("waits that ended as woken"), e.getMessage());
    }

    /**
     * A memory in which one change in a hundred is seen too late, as if a waiter compared the word before it was queued
     * and not again.
     */
    private static final class Stale implements FutexMemory {

        private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(4096));
        private final AtomicIntegerArray late = new AtomicIntegerArray(1024);
        private final AtomicInteger changes = new AtomicInteger();

        @Override
        public int load(long address) {
            int now = memory.load(address);
            return late.getAndUpdate((int) address / 4, n -> Math.max(n - 1, 0)) > 0 ? now - 1 : now;
        }

        @Override
        public int compareAndExchange(long address, int expected, int desired) {
            int before = memory.compareAndExchange(address, expected, desired);
            if (before == expected && changes.incrementAndGet() % 100 == 0) {
                late.set((int) address / 4, 3);
            }
            return before;
        }

        @Override
        public FutexKey sharedKey(long address, Access access) {
            return memory.sharedKey(address, access);
        }
    }

    @Test
    void lostWake_isDetectedWithItsSleeper() {
        Soak soak = new Soak(out, Duration.ofSeconds(2), new Stale(), FutexClock.system(), DeliveryPair.Flaw.NONE);
        AssertionError e =
                assertThrows(AssertionError.class, () -> soak.run(Duration.ofSeconds(30), Duration.ofSeconds(30)));
        String said = requireNonNull(e.getMessage());
        assertTrue(said.startsWith("ring "), said);
        assertTrue(said.contains("changed but not woken: [private"), said);
        soak.table.cancel(key -> true);
    }

    /** A clock that consumes the permits of wakes, and then sleeps until the deadline. */
    private static final class Thief implements FutexClock {

        @Override
        public long nanos(ClockId clockId) {
            return FutexClock.system().nanos(clockId);
        }

        @Override
        public void park(Object blocker, ClockId clockId, long now, long deadline) {
            LockSupport.parkNanos(blocker, 1_000_000);
            FutexClock.system().park(blocker, clockId, now, deadline);
        }
    }

    @Test
    void stolenPermits_areDetected() {
        Soak soak = soak(new Thief(), DeliveryPair.Flaw.NONE);
        AssertionError e =
                assertThrows(AssertionError.class, () -> soak.run(Duration.ofSeconds(1), Duration.ofMillis(500)));
        assertTrue(requireNonNull(e.getMessage()).startsWith("a wake arrived too late"), e.getMessage());
    }

    @Test
    void droppedCallback_isDetected() {
        Soak soak = soak(FutexClock.system(), DeliveryPair.Flaw.DROPPED_CALLBACK);
        AssertionError e =
                assertThrows(AssertionError.class, () -> soak.run(Duration.ofSeconds(60), Duration.ofSeconds(30)));
        assertTrue(requireNonNull(e.getMessage()).contains("a callback was not called"), e.getMessage());
    }

    private Soak soak(FutexClock clock, DeliveryPair.Flaw flaw) {
        return new Soak(out, Duration.ofSeconds(30), FlatMemory.of(ByteBuffer.allocateDirect(4096)), clock, flaw);
    }

    @Test
    void growingHeap_isDetectedButNoiseIsNot() {
        assertTrue(LeastSquaresSlope.of(LongStream.range(0, 10)
                        .mapToObj(i -> 10_000_000 + 100_000 * i)
                        .toList())
                .rises());
        List<Long> shaking = LongStream.range(0, 10)
                .mapToObj(i -> 10_000_000 + 400_000 * (i * 7 % 5))
                .toList();
        assertFalse(
                LeastSquaresSlope.of(shaking).rises(),
                () -> LeastSquaresSlope.of(shaking).toString());
        LeastSquaresSlope line = LeastSquaresSlope.of(List.of(9L, 10L, 12L, 14L, 16L));
        assertEquals(2, line.slope(), 1e-9);
        assertEquals(0, line.noise(), 1e-9);
        assertEquals(13, line.mean(), 1e-9);
    }

    private static final class Kept {}

    @Test
    void growingHeap_classIsNamed() {
        LiveHeap before = LiveHeap.look();
        Object[] kept = Stream.generate(Kept::new).limit(100_000).toArray();
        String grown = LiveHeap.look().grownSince(before);
        assertTrue(grown.startsWith(Kept.class.getName() + " +1,600,000"), grown);
        assertTrue(kept[0] instanceof Kept); // keeps the objects reachable until here
    }
}
