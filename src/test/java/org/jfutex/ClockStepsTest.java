package org.jfutex;

import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jfutex.memory.FlatMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Waits for a point of a realtime clock that somebody sets meanwhile, or nobody. */
@Timeout(60)
class ClockStepsTest {

    private static final long HOUR = Duration.ofHours(1).toNanos();
    private static final FutexClock SYSTEM = FutexClock.system();

    /** A clock that can be set, and counts who looks at it. */
    private static final class SetClock implements FutexClock {

        private final AtomicLong ahead = new AtomicLong();
        private final AtomicLong looks = new AtomicLong();
        private volatile boolean broken;

        @Override
        public long nanos(Timeline timeline) {
            if (timeline == Timeline.MONOTONIC) {
                return SYSTEM.nanos(timeline);
            }
            if (broken) {
                throw new IllegalStateException("the clock is broken, as planned");
            }
            looks.incrementAndGet();
            return SYSTEM.nanos(timeline) + ahead.get();
        }

        @Override
        public void park(Object blocker, Timeline timeline, long now, long deadline) {
            throw new UnsupportedOperationException();
        }
    }

    private final SetClock clock = new SetClock();
    private final FutexTable table = FutexTable.builder().clock(clock).build();
    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(4096));
    private final List<PreparedWait> waits = new ArrayList<>();

    private CompletionStage<WaitResult> stage(long nanos) {
        PreparedWait wait = table.prepare(memory, 0, PRIVATE, 0);
        waits.add(wait);
        return wait.asStage(Deadline.at(Timeline.REALTIME, clock.nanos(Timeline.REALTIME) + nanos));
    }

    private static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** Lets a time pass that is counted in looks: who looks four times a second has done so this often by then. */
    private static void pass(int looks) {
        long end = System.nanoTime() + looks * ClockSteps.SLICE;
        await(() -> System.nanoTime() - end > 0);
    }

    private static boolean isOver(CompletionStage<WaitResult> stage) {
        return stage.toCompletableFuture().isDone();
    }

    private static WaitResult end(CompletionStage<WaitResult> stage) throws Exception {
        return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @Test
    void oneLookServesAThousandWhoWait() {
        for (int i = 0; i < 1_000; i++) {
            stage(HOUR);
        }
        long before = clock.looks.get();
        pass(4);
        long looks = clock.looks.get() - before;
        assertTrue(looks > 0 && looks < 100, "looks: " + looks);
        waits.forEach(PendingWait::cancel);
    }

    @Test
    void aClockThatIsSetBeyondADeadlineEndsTheWait() throws Exception {
        var stage = stage(HOUR);
        var later = stage(3 * HOUR);
        pass(2);
        assertFalse(isOver(stage));
        clock.ahead.set(2 * HOUR);
        assertEquals(WaitResult.TIMED_OUT, end(stage));
        assertFalse(isOver(later));
        waits.forEach(PendingWait::cancel);
    }

    @Test
    void aClockThatIsSetBackPutsADeadlineOff() throws Exception {
        var stage = stage(2 * ClockSteps.SLICE);
        clock.ahead.set(-HOUR);
        pass(4);
        assertFalse(isOver(stage));
        clock.ahead.set(0);
        assertEquals(WaitResult.TIMED_OUT, end(stage));
    }

    @Test
    void aDeadlineOfAClockThatNobodySetsIsMetInTime() throws Exception {
        long start = System.nanoTime();
        assertEquals(WaitResult.TIMED_OUT, end(stage(300_000_000)));
        assertTrue(System.nanoTime() - start >= 299_000_000);
    }

    @Test
    void nothingIsKeptOfAClockForWhichNobodyWaits() throws Exception {
        var steps = ClockSteps.of(clock);
        var stage = stage(HOUR);
        stage(HOUR);
        stage(1);
        assertEquals(WaitResult.TIMED_OUT, end(stage(2)));
        await(() -> steps.waiting() == 2);
        assertSame(steps, ClockSteps.of(clock));
        waits.get(1).cancel();
        table.wake(memory, 0, PRIVATE, 1);
        assertEquals(WaitResult.WOKEN, end(stage));
        assertEquals(0, steps.waiting());
        pass(3);
        assertNotSame(steps, ClockSteps.of(clock));
    }

    @Test
    void whoComesToAClockThatWasForgottenIsToldAllTheSame() throws Exception {
        var old = ClockSteps.of(clock);
        stage(HOUR);
        waits.get(0).cancel();
        await(() -> ClockSteps.of(clock) != old);
        var told = new CompletableFuture<WaitResult>();
        Runnable waiter = () -> told.complete(WaitResult.TIMED_OUT);
        old.add(waiter); // who had looked for it before it was forgotten
        clock.ahead.set(HOUR);
        assertEquals(WaitResult.TIMED_OUT, end(told));
        old.remove(waiter);
    }

    @Test
    void aClockThatFailsWhileSomebodyLooksIsLookedAtAgain() throws Exception {
        var stage = stage(HOUR);
        clock.broken = true;
        pass(3);
        assertFalse(isOver(stage));
        clock.ahead.set(2 * HOUR);
        clock.broken = false;
        assertEquals(WaitResult.TIMED_OUT, end(stage));
    }

    @Test
    void whoIsRefusedByTheClockIsNotKept() {
        var steps = ClockSteps.of(clock);
        clock.broken = true;
        PreparedWait wait = table.prepare(memory, 0, PRIVATE, 0);
        assertThrows(
                IllegalStateException.class,
                () -> wait.asStage(Deadline.at(Instant.now().plusSeconds(3600))));
        assertEquals(0, steps.waiting());
        assertEquals(WaitResult.CANCELLED, wait.poll());
    }

    @Test
    void anAlarmForWhichThereIsNoThreadIsNotKept() {
        var pool = Alarms.THREAD;
        var factory = pool.getThreadFactory();
        pool.setKeepAliveTime(1, TimeUnit.MILLISECONDS);
        await(() -> pool.getPoolSize() == 0);
        pool.setThreadFactory(task -> {
            throw new OutOfMemoryError("planned");
        });
        try {
            PreparedWait wait = table.prepare(memory, 0, PRIVATE, 0);
            assertThrows(OutOfMemoryError.class, () -> wait.asStage(Deadline.after(HOUR)));
            assertEquals(WaitResult.CANCELLED, wait.poll());
            assertEquals(0, Alarms.pending());
        } finally {
            pool.setThreadFactory(factory);
            pool.setKeepAliveTime(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void aThreadSleepsOnUntilTheClockOfTheSystemIsSet() throws Exception {
        var steps = ClockSteps.of(SYSTEM);
        int before = steps.waiting();
        var sleeper = Threads.start(() -> {
            long now = SYSTEM.nanos(Timeline.REALTIME);
            SYSTEM.park(this, Timeline.REALTIME, now, now + HOUR);
            return true;
        });
        await(() -> steps.waiting() > before);
        pass(3);
        assertTrue(sleeper.thread().isAlive());
        steps.tellAll();
        assertTrue(sleeper.get());
        assertEquals(before, steps.waiting());
    }
}
