package org.jfutex.conformance;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.WaitResult;
import org.jfutex.conformance.FutexConformance.Place;
import org.jfutex.key.FutexMemory;
import org.jfutex.time.Deadline;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests for reported faults of asynchronous waits. Each test cites its reports. */
@Timeout(120)
interface StageBugs extends Subject {

    private static WaitResult end(CompletionStage<WaitResult> stage) throws Exception {
        return stage.toCompletableFuture().get(60, SECONDS);
    }

    /** nodejs/node 61941, oven-sh/bun 34911: a notified promise is never resolved. */
    @ParameterizedTest
    @EnumSource
    default void wakeOfStageIsNeverLost(Scope scope) throws Exception {
        FutexTable table = new FutexTable();
        int rounds = 5_000;
        AtomicInteger round = new AtomicInteger();
        FutureTask<Integer> waker = new FutureTask<>(() -> {
            int woken = 0;
            for (int i = 1; i <= rounds; i++) {
                FutexConformance.spinUntil(round, i);
                woken += table.wake(memory(), base(), scope, 1);
            }
            return woken;
        });
        FutexConformance.start(waker);
        for (int i = 1; i <= rounds; i++) {
            PreparedWait wait = FutexConformance.wait(table, new Place(memory(), base()), scope);
            round.set(i);
            assertEquals(WaitResult.WOKEN, end(wait.asStage(Deadline.after(Duration.ofDays(1)))));
        }
        assertEquals(rounds, waker.get(60, SECONDS));
    }

    /** nodejs/node 44409, denoland/deno 14786: without other activity, a promise with a timeout is never resolved. */
    @ParameterizedTest
    @EnumSource
    default void stageTimesOutWithoutOtherActivity(Scope scope) throws Exception {
        PreparedWait wait = FutexConformance.wait(new FutexTable(), new Place(memory(), base()), scope);
        long start = System.nanoTime();
        assertEquals(WaitResult.TIMED_OUT, end(wait.asStage(Deadline.after(2_000_000))));
        assertEquals(0, Math.min(0, System.nanoTime() - start - 2_000_000), "ended too early");
    }

    /** whatwg/html 8276: the order in which waits end if their agent is terminated, and the waits of other agents. */
    @ParameterizedTest
    @EnumSource
    default void closingMemoryEndsItsStagesInOrder(Scope scope) {
        VirtualClock clock = new VirtualClock();
        FutexTable table = FutexTable.builder().clock(clock).build();
        FutexMemory other = another();
        List<String> ends = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            int me = i;
            FutexConformance.wait(table, new Place(memory(), base()), scope)
                    .asStage(Deadline.after(Duration.ofDays(1)))
                    .thenAccept(end -> ends.add(me + " " + end));
            FutexConformance.wait(table, new Place(other, base()), scope)
                    .asStage(Deadline.after(Duration.ofDays(1)))
                    .thenAccept(end -> ends.add("other " + end));
        }
        assertEquals(5, table.cancel(memory()));
        assertEquals(List.of("0 CANCELLED", "1 CANCELLED", "2 CANCELLED", "3 CANCELLED", "4 CANCELLED"), ends);
        assertEquals(5, clock.sleepers());
        assertEquals(5, table.wake(other, base(), scope, 9));
        assertEquals(10, ends.size());
        assertEquals(0, clock.sleepers());
    }
}
