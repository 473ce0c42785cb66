package org.jfutex;

import static org.jfutex.Scope.PRIVATE;
import static org.jfutex.Scope.SHARED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.SharedKey;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.ClockId;
import org.jfutex.time.Deadline;
import org.jfutex.time.FutexClock;
import org.jfutex.time.TimerAccess;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Waits without a blocked thread: stages, deadlines, cancellation. */
@Timeout(60)
class AsyncWaitTest {

    private static final long HOUR = Duration.ofHours(1).toNanos();

    private static final InheritableThreadLocal<Object> INHERITED = new InheritableThreadLocal<>();

    private final VirtualClock clock = new VirtualClock();
    private final FutexTable table = FutexTable.builder().clock(clock).build();
    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(4096));
    private final List<WaitResult> ends = new ArrayList<>();

    private PreparedWait prepare(long address) {
        return table.prepare(memory, address, PRIVATE, 0);
    }

    private PreparedWait stage(long address, Deadline deadline) {
        PreparedWait wait = prepare(address);
        CompletionStage<WaitResult> stage = wait.asStage(deadline);
        stage.thenAccept(ends::add);
        return wait;
    }

    @Test
    void wake_completesStageOnWakerThreadAndCancelsDeadline() {
        stage(0, Deadline.after(HOUR));
        assertEquals(1, clock.sleepers());
        assertEquals(1, table.wake(memory, 0, PRIVATE, 1));
        assertEquals(List.of(WaitResult.WOKEN), ends);
        assertEquals(0, clock.sleepers());
    }

    @Test
    void schedule_dueTask_runsAtOnce() {
        clock.advance(5);
        AtomicInteger runs = new AtomicInteger();
        clock.schedule(ClockId.MONOTONIC, 5, runs::incrementAndGet);
        clock.schedule(ClockId.REALTIME, 4, runs::incrementAndGet);
        assertEquals(2, runs.get());
        assertEquals(0, clock.sleepers());
    }

    @Test
    void stage_deadlineHasPassed_completesAsTimedOut() {
        stage(0, Deadline.after(HOUR));
        clock.advance(HOUR - 1);
        assertEquals(List.of(), ends);
        clock.advance(1);
        assertEquals(List.of(WaitResult.TIMED_OUT), ends);
        assertEquals(0, table.wake(memory, 0, PRIVATE, 1));
        assertEquals(0, clock.sleepers());
    }

    @Test
    void realtimeDeadline_clockIsSet_isMet() {
        stage(0, Deadline.at(Instant.ofEpochSecond(100)));
        stage(4, Deadline.after(Duration.ofSeconds(100)));
        clock.setRealtime(Duration.ofSeconds(200).toNanos());
        assertEquals(List.of(WaitResult.TIMED_OUT), ends);
        assertEquals(1, table.waiterCount(memory, 4, PRIVATE));
    }

    @Test
    void clockThatFailsOnce_isReadAgain() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        FutexClock shaky = new FutexClock() {
            @Override
            public long nanos(ClockId clockId) {
                if (asked.incrementAndGet() == 2) {
                    throw new IllegalStateException("planned, thrown on the timer thread");
                }
                return System.nanoTime();
            }

            @Override
            public void park(Object blocker, ClockId clockId, long now, long deadline) {}
        };
        CompletionStage<WaitResult> stage = FutexTable.builder()
                .clock(shaky)
                .build()
                .prepare(memory, 0, PRIVATE, 0)
                .asStage(Deadline.at(ClockId.MONOTONIC, System.nanoTime() + 1));
        assertEquals(WaitResult.TIMED_OUT, stage.toCompletableFuture().get(20, TimeUnit.SECONDS));
        assertEquals(3, asked.get());
    }

    @Test
    void clockThatFailsToCancel_hidesNoWake() throws Exception {
        FutexClock shaky = new FutexClock() {
            @Override
            public long nanos(ClockId clockId) {
                return 0;
            }

            @Override
            public void park(Object blocker, ClockId clockId, long now, long deadline) {}

            @Override
            public Runnable schedule(ClockId clockId, long deadline, Runnable task) {
                return () -> {
                    throw new IllegalStateException("planned, thrown on the waking thread");
                };
            }
        };
        FutexTable broken = FutexTable.builder().clock(shaky).build();
        CompletionStage<WaitResult> stage =
                broken.prepare(memory, 0, PRIVATE, 0).asStage(Deadline.after(HOUR));
        List<String> said = new ArrayList<>();
        int woken = Threads.start(() -> {
                    Thread.currentThread().setUncaughtExceptionHandler((thread, e) -> said.add(e.getMessage()));
                    return broken.wake(memory, 0, PRIVATE, 1);
                })
                .get();
        assertEquals(1, woken);
        assertEquals(List.of("planned, thrown on the waking thread"), said);
        assertEquals(WaitResult.WOKEN, stage.toCompletableFuture().get(20, TimeUnit.SECONDS));
    }

    @Test
    void deadlineBeforeStartOfClock_hasPassed() throws Exception {
        CompletionStage<WaitResult> stage = new FutexTable()
                .prepare(memory, 0, PRIVATE, 0)
                .asStage(Deadline.at(ClockId.MONOTONIC, Long.MIN_VALUE + 1));
        assertEquals(WaitResult.TIMED_OUT, stage.toCompletableFuture().get(20, TimeUnit.SECONDS));
    }

    @Test
    void deadlineBeyondLongRange_isNotCheckedRepeatedly() throws Exception {
        AtomicInteger looks = new AtomicInteger();
        FutexClock early = new FutexClock() {
            @Override
            public long nanos(ClockId clockId) {
                looks.incrementAndGet();
                return -2;
            }

            @Override
            public void park(Object blocker, ClockId clockId, long now, long deadline) {}
        };
        PreparedWait wait = FutexTable.builder().clock(early).build().prepare(memory, 0, PRIVATE, 0);
        CompletionStage<WaitResult> stage = wait.asStage(Deadline.at(ClockId.MONOTONIC, Long.MAX_VALUE));
        TimerAccess.awaitDueTasks();
        assertEquals(1, looks.get());
        wait.cancel();
        assertEquals(WaitResult.CANCELLED, stage.toCompletableFuture().get(20, TimeUnit.SECONDS));
    }

    @Test
    void advance_zero_passesNoDeadline() {
        stage(0, Deadline.after(HOUR));
        clock.advance(0);
        assertEquals(0, clock.nanos(ClockId.MONOTONIC));
        assertEquals(0, clock.nanos(ClockId.REALTIME));
        assertEquals(List.of(), ends);
    }

    @Test
    void clockAtMaximum_stopsAndAllDeadlinesHavePassed() {
        clock.advance(1);
        stage(0, Deadline.after(HOUR));
        stage(4, Deadline.at(ClockId.REALTIME, Long.MAX_VALUE));
        clock.advance(Long.MAX_VALUE);
        assertEquals(List.of(WaitResult.TIMED_OUT, WaitResult.TIMED_OUT), ends);
        assertEquals(Long.MAX_VALUE, clock.nanos(ClockId.MONOTONIC));
    }

    @Test
    void passedDeadlineAndDifferentValue_completeAtOnce() {
        stage(0, Deadline.after(0));
        table.prepare(memory, 0, PRIVATE, 7).asStage(Deadline.after(HOUR)).thenAccept(ends::add);
        assertEquals(List.of(WaitResult.TIMED_OUT, WaitResult.VALUE_DIFFERS), ends);
        assertEquals(0, clock.sleepers());
    }

    @Test
    void deadlinesOfOneAdvance_completeInOrder() {
        List<Integer> order = new ArrayList<>();
        for (int i : new int[] {3, 1, 2}) {
            prepare(0).asStage(Deadline.after(i)).thenAccept(r -> order.add(i));
        }
        clock.advance(3);
        assertEquals(List.of(1, 2, 3), order);
    }

    @Test
    void taskThatThrows_delaysNoOtherTask() {
        stage(0, Deadline.after(2));
        clock.schedule(ClockId.MONOTONIC, 1, () -> {
            throw new IllegalStateException("planned");
        });
        assertThrows(IllegalStateException.class, () -> clock.advance(2));
        assertEquals(List.of(WaitResult.TIMED_OUT), ends);
        assertEquals(0, clock.sleepers());
    }

    @Test
    void cancel_wokenWait_returnsWokenAndWakeCanBeForwarded() {
        PreparedWait first = stage(0, Deadline.NEVER);
        PreparedWait second = stage(0, Deadline.NEVER);
        PreparedWait third = stage(0, Deadline.NEVER);
        assertEquals(1, table.wake(memory, 0, PRIVATE, 1));
        assertEquals(WaitResult.WOKEN, first.cancel());
        assertEquals(WaitResult.CANCELLED, second.cancel());
        assertEquals(1, first.forwardWake());
        assertEquals(WaitResult.WOKEN, third.poll());
        assertEquals(List.of(WaitResult.WOKEN, WaitResult.CANCELLED, WaitResult.WOKEN), ends);
    }

    @Test
    void waitOnManyWords_isAStage() {
        PreparedWait wait =
                table.prepareAny(memory, List.of(new WaitWord(0, PRIVATE, 0), new WaitWord(4, PRIVATE, 0)), 0);
        wait.asStage(Deadline.after(HOUR)).thenAccept(ends::add);
        assertEquals(1, table.wake(memory, 4, PRIVATE, 1));
        assertEquals(1, wait.index());
        assertEquals(List.of(WaitResult.WOKEN), ends);
        assertEquals(0, clock.sleepers());
        assertEquals(List.of(), table.waiters());
    }

    @Test
    void secondListener_isRejected() {
        PreparedWait wait = stage(0, Deadline.NEVER);
        assertThrows(IllegalStateException.class, () -> wait.asStage(Deadline.NEVER));
        assertThrows(IllegalStateException.class, wait::await);
    }

    @Test
    void await_secondThread_isRefusedUntilWaitEnds() throws Exception {
        for (SpinPolicy polling : SpinPolicy.values()) {
            PreparedWait wait = prepare(0);
            Threads.Running<WaitResult> first = Threads.start(() -> wait.await(Deadline.NEVER, polling));
            Threads.awaitAsleep(first.thread());
            assertThrows(IllegalStateException.class, () -> wait.await(Deadline.NEVER, polling));
            assertThrows(IllegalStateException.class, wait::awaitUninterruptibly);
            assertThrows(IllegalStateException.class, () -> wait.onEnd(ends::add));
            assertEquals(1, table.wake(memory, 0, PRIVATE, 1));
            assertEquals(WaitResult.WOKEN, first.get());
            assertEquals(WaitResult.WOKEN, wait.await(Deadline.NEVER, polling));
            wait.onEnd(ends::add);
            wait.onEnd(ends::add);
        }
        assertEquals(2 * SpinPolicy.values().length, ends.size());
    }

    /** Of two threads that watch a wait instead of sleeping, the second is refused all the same. */
    @Test
    void await_twoThreadsAtOnce_oneIsRefused() throws Exception {
        for (int i = 0; i < 100; i++) {
            PreparedWait wait = prepare(0);
            List<Threads.Running<WaitResult>> both = List.of(
                    Threads.start(() -> wait.await(Deadline.NEVER, SpinPolicy.ADAPTIVE)),
                    Threads.start(() -> wait.await(Deadline.NEVER, SpinPolicy.ADAPTIVE)));
            while (both.stream().noneMatch(r -> r.answer().isDone())) {
                Thread.onSpinWait();
            }
            assertEquals(1, table.wake(memory, 0, PRIVATE, 1));
            int refused = 0;
            for (Threads.Running<WaitResult> one : both) {
                try {
                    assertEquals(WaitResult.WOKEN, one.get());
                } catch (java.util.concurrent.ExecutionException e) {
                    assertInstanceOf(IllegalStateException.class, e.getCause());
                    refused++;
                }
            }
            assertEquals(1, refused);
        }
    }

    @Test
    @SuppressWarnings("NullAway")
    void nullListener_isRejectedAndAnotherIsAccepted() {
        PreparedWait wait = prepare(0);
        assertThrows(NullPointerException.class, () -> wait.onEnd(null));
        wait.onEnd(ends::add);
        assertEquals(1, table.wake(memory, 0, PRIVATE, 1));
        assertEquals(List.of(WaitResult.WOKEN), ends);
    }

    @Test
    void systemClock_timesOutAndKeepsNoEndedWait() throws Exception {
        FutexTable real = new FutexTable();
        long start = System.nanoTime();
        WaitResult end = real.prepare(memory, 0, PRIVATE, 0)
                .asStage(Deadline.after(2_000_000))
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
        assertEquals(WaitResult.TIMED_OUT, end);
        assertEquals(true, System.nanoTime() - start >= 2_000_000);
        int before = TimerAccess.pending();
        PreparedWait wait = real.prepare(memory, 0, PRIVATE, 0);
        wait.asStage(Deadline.after(HOUR));
        assertEquals(before + 1, TimerAccess.pending());
        wait.cancel();
        assertEquals(before, TimerAccess.pending());
    }

    @Test
    void systemClock_endedRealtimeWait_isNotKept() {
        int before = TimerAccess.pending();
        FutexClock system = FutexClock.system();
        PreparedWait wait = new FutexTable().prepare(memory, 0, PRIVATE, 0);
        wait.asStage(Deadline.at(Instant.now().plusSeconds(3600)));
        assertEquals(1, TimerAccess.waitersForChange(system));
        assertEquals(before + 2, TimerAccess.pending()); // the second one polls whether the clock has been set
        wait.cancel();
        assertEquals(0, TimerAccess.waitersForChange(system));
        assertEquals(before + 1, TimerAccess.pending());
        while (TimerAccess.pending() > before) {
            Thread.onSpinWait(); // until the poller sees that there are no waiters
        }
    }

    @Test
    void timerThread_inheritsNothingFromItsFirstCaller() throws Exception {
        BlockingQueue<Object> seen = new LinkedBlockingQueue<>();
        Thread first = new Thread(() -> {
            INHERITED.set("mine");
            FutexClock.system().schedule(ClockId.MONOTONIC, 0, () -> {
                seen.add(INHERITED.get() == null);
                seen.add(Thread.currentThread().getContextClassLoader() == ClassLoader.getSystemClassLoader());
            });
        });
        first.setContextClassLoader(new ClassLoader() {});
        first.start();
        assertEquals(true, seen.poll(20, TimeUnit.SECONDS));
        assertEquals(true, seen.poll(20, TimeUnit.SECONDS));
    }

    @Test
    void realtimeDeadlineOfSystemClock_passes() throws Exception {
        WaitResult end = new FutexTable()
                .prepare(memory, 0, PRIVATE, 0)
                .asStage(Deadline.at(Instant.now().plusMillis(300)))
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
        assertEquals(WaitResult.TIMED_OUT, end);
    }

    @Test
    void cancel_oneMemory_endsOnlyItsWaits() {
        FlatMemory other = FlatMemory.of(ByteBuffer.allocateDirect(64));
        stage(0, Deadline.after(HOUR));
        table.prepare(memory, 0, SHARED, 0).asStage(Deadline.NEVER).thenAccept(ends::add);
        PreparedWait stays = table.prepare(other, 0, PRIVATE, 0);
        assertEquals(2, table.cancel(FutexKey.in(memory)));
        assertEquals(List.of(WaitResult.CANCELLED, WaitResult.CANCELLED), ends);
        assertEquals(null, stays.poll());
        assertEquals(0, clock.sleepers());
    }

    @Test
    void cancel_range_sparesNeighbours() {
        PreparedWait below = prepare(60);
        PreparedWait first = prepare(64);
        PreparedWait last = prepare(124);
        PreparedWait above = prepare(128);
        assertEquals(2, table.cancel(FutexKey.within(memory, 64, 64)));
        assertEquals(null, below.poll());
        assertEquals(WaitResult.CANCELLED, first.poll());
        assertEquals(WaitResult.CANCELLED, last.poll());
        assertEquals(null, above.poll());
    }

    @Test
    void cancel_object_endsWaitsThroughAllMappings() {
        FlatMemory shared = FlatMemory.shared(ByteBuffer.allocateDirect(8192));
        PreparedWait low = table.prepare(shared, 0, SHARED, 0);
        PreparedWait high = table.prepare(shared, 4096, SHARED, 0);
        PreparedWait byAddress = table.prepare(shared, 4096, PRIVATE, 0);
        SharedKey key = (SharedKey) shared.sharedKey(0, Access.READ);
        assertEquals(1, table.cancel(FutexKey.of(key.object(), 4096, 4096)));
        assertEquals(WaitResult.CANCELLED, high.poll());
        assertEquals(1, table.cancel(FutexKey.of(key.object())));
        assertEquals(WaitResult.CANCELLED, low.poll());
        assertEquals(null, byAddress.poll());
    }
}
