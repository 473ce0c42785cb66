package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.LockSupport;
import org.jfutex.Threads.Running;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.WordSize;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.ClockId;
import org.jfutex.time.Deadline;
import org.jfutex.time.FutexClock;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Waits and wakes, mostly on one thread, because a prepared wait can be checked without a second thread. */
class FutexTableTest {

    private static final long A = 64;
    private static final long B = 128;
    private static final long C = 192;

    private final VirtualClock clock = new VirtualClock();
    private final FutexTable table = FutexTable.builder().clock(clock).build();
    private final FlatMemory memory = FlatMemory.shared(ByteBuffer.allocateDirect(4096));

    private PreparedWait queue(long address, Scope scope) {
        return table.prepare(memory, address, scope, 0);
    }

    private List<PreparedWait> queue(long address, Scope scope, int count) {
        List<PreparedWait> waits = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            waits.add(queue(address, scope));
        }
        return waits;
    }

    private static String fates(List<PreparedWait> waits) {
        var s = new StringBuilder();
        waits.forEach(w -> s.append(w.poll() == null ? '.' : w.poll().name().charAt(0)));
        return s.toString();
    }

    @ParameterizedTest
    @EnumSource
    void await_differentValue_queuesNoWaiter(Scope scope) throws Exception {
        assertEquals(WaitResult.VALUE_DIFFERS, table.await(memory, A, scope, 1));
        assertEquals(
                WaitResult.VALUE_DIFFERS, table.prepare(memory, A, scope, 1).poll());
        assertEquals(0, table.wake(memory, A, scope, 1));
        assertEquals(List.of(), table.waiters());
    }

    @ParameterizedTest
    @EnumSource
    void wake_goesInOrderOfArrivalAndReturnsCount(Scope scope) {
        List<PreparedWait> waits = queue(A, scope, 5);
        assertEquals(0, table.wake(memory, A, scope, 0));
        assertEquals(2, table.wake(memory, A, scope, 2));
        assertEquals("WW...", fates(waits));
        assertEquals(3, table.wake(memory, A, scope, Integer.MAX_VALUE));
        assertEquals("WWWWW", fates(waits));
    }

    @Test
    void privateAndSharedOperations_neverMatch() {
        PreparedWait alone = queue(A, Scope.PRIVATE);
        assertEquals(0, table.wake(memory, A, Scope.SHARED, 1));
        assertEquals(1, table.wake(memory, A, Scope.PRIVATE, 1));
        assertEquals(WaitResult.WOKEN, alone.poll());
    }

    @Test
    void illegalArguments_areRejectedBeforeAnyChange() {
        queue(A, Scope.PRIVATE);
        for (Scope scope : Scope.values()) {
            assertThrows(IllegalArgumentException.class, () -> table.wake(memory, A + 2, scope, 1));
            assertThrows(IllegalArgumentException.class, () -> table.wake(memory, A, scope, -1));
            assertThrows(IllegalArgumentException.class, () -> table.prepare(memory, A + 1, scope, 0));
            assertThrows(IllegalArgumentException.class, () -> table.requeue(memory, A, B + 2, scope, 1, 1));
            assertThrows(IllegalArgumentException.class, () -> table.requeue(memory, A, B, scope, -1, 1));
            assertThrows(MemoryFaultException.class, () -> table.prepare(memory, 1 << 20, scope, 0));
            assertThrows(IllegalArgumentException.class, () -> table.prepareAny(memory, List.of(), 0));
        }
        var e = assertThrows(IllegalArgumentException.class, () -> table.wake(memory, 0x1002, Scope.PRIVATE, 1));
        assertEquals("address 0x1002 is not a multiple of 4", e.getMessage());
        assertEquals(1, table.waiterCount(memory, A, Scope.PRIVATE));
    }

    @Test
    @SuppressWarnings("NullAway") // on purpose
    void nullDeadlineAndCallback_areRejected() {
        assertThrows(NullPointerException.class, () -> Deadline.at(null, 1));
        PreparedWait wait = table.prepare(memory, A, Scope.PRIVATE, 0);
        assertThrows(NullPointerException.class, () -> wait.onEnd(null));
    }

    @ParameterizedTest
    @EnumSource
    void wake_bitset_selectsAndCountsMatchingWaiters(Scope scope) {
        var one = table.prepare(memory, A, scope, 0L, WaitOptions.DEFAULT.bitset(1));
        var two = table.prepare(memory, A, scope, 0L, WaitOptions.DEFAULT.bitset(2));
        assertEquals(1, table.wake(memory, A, scope, 1, WaitOptions.DEFAULT.bitset(6)));
        assertNull(one.poll());
        assertEquals(WaitResult.WOKEN, two.poll());
        assertThrows(IllegalArgumentException.class, () -> WaitOptions.DEFAULT.bitset(0));
    }

    @ParameterizedTest
    @EnumSource
    void await_bitsetAndOtherSizes_sleeps(Scope scope) throws Exception {
        WaitOptions narrow = WaitOptions.DEFAULT.size(WordSize.U16).bitset(2);
        assertThrows(
                IllegalArgumentException.class, () -> table.await(memory, A, scope, 0x1_0000, narrow, Deadline.NEVER));
        assertEquals(WaitResult.VALUE_DIFFERS, table.await(memory, A, scope, 1, narrow, Deadline.NEVER));
        Running<WaitResult> sleeper = Threads.start(() -> table.await(memory, A, scope, 0, narrow, Deadline.NEVER));
        Threads.awaitAsleep(sleeper.thread());
        assertEquals(0, table.wake(memory, A, scope, 1, narrow.bitset(5)));
        assertEquals(1, table.wake(memory, A, scope, 1, narrow.bitset(6)));
        assertEquals(WaitResult.WOKEN, sleeper.get());
    }

    @Test
    void await_everySize_comparesWholeWord() {
        memory.store(A, WordSize.U64, 0x1122_3344_5566_7788L);
        assertNull(wait(A, 0x1122_3344_5566_7788L, WordSize.U64).poll());
        assertEquals(
                WaitResult.VALUE_DIFFERS, wait(A, 0x5566_7788L, WordSize.U64).poll());
        assertNull(wait(A + 2, 0x5566L, WordSize.U16).poll());
        assertNull(wait(A + 7, 0x11L, WordSize.U8).poll());
        assertEquals(1, table.wake(memory, A + 7, Scope.PRIVATE, 9, WaitOptions.DEFAULT.size(WordSize.U8)));
        assertEquals(1, table.wake(memory, A, Scope.PRIVATE, 9), "keyed by address, whatever the size");
        assertThrows(IllegalArgumentException.class, () -> wait(A, 0x100, WordSize.U8));
    }

    private PreparedWait wait(long address, long expected, WordSize size) {
        return table.prepare(memory, address, Scope.PRIVATE, expected, WaitOptions.DEFAULT.size(size));
    }

    // ---- requeue

    @ParameterizedTest
    @EnumSource
    void requeue_allWaiters_keepsOrderBehindTargetsWaiters(Scope scope) {
        List<PreparedWait> there = queue(B, scope, 2);
        List<PreparedWait> moved = queue(A, scope, 3);
        assertEquals(new RequeueResult(false, 1, 2), table.requeue(memory, A, B, scope, 1, 9));
        assertEquals("W..", fates(moved));
        assertEquals(0, table.wake(memory, A, scope, 9));
        assertEquals(3, table.wake(memory, B, scope, 3));
        assertEquals("WW", fates(there));
        assertEquals("WW.", fates(moved));
    }

    @ParameterizedTest
    @EnumSource
    void requeue_someWaiters_leavesOthers(Scope scope) {
        List<PreparedWait> waits = queue(A, scope, 4);
        assertEquals(new RequeueResult(false, 0, 2), table.requeue(memory, A, B, scope, 0, 2));
        assertEquals(2, table.wake(memory, B, scope, 9));
        assertEquals("WW..", fates(waits));
        assertEquals(2, table.waiterCount(memory, A, scope));
    }

    @ParameterizedTest
    @EnumSource
    void requeue_toSameWord_countsButMovesNoWaiter(Scope scope) {
        List<PreparedWait> waits = queue(A, scope, 4);
        assertEquals(3, table.requeue(memory, A, A, scope, 1, 2).total());
        assertEquals("W...", fates(waits));
        assertEquals(3, table.waiterCount(memory, A, scope));
    }

    @ParameterizedTest
    @EnumSource
    void requeueIfEquals_wordDiffers_doesNothing(Scope scope) {
        List<PreparedWait> waits = queue(A, scope, 2);
        RequeueResult r = table.compareAndRequeue(memory, A, B, scope, WordSize.U32, 1, 1, 5);
        assertTrue(r.valueDiffered());
        assertEquals("..", fates(waits));
        assertEquals(2, table.waiterCount(memory, A, scope));
    }

    @ParameterizedTest
    @EnumSource
    void requeueIfEquals_32Bits_comparesWholeWord(Scope scope) {
        memory.store(A, -1);
        List<PreparedWait> waits = List.of(table.prepare(memory, A, scope, -1), table.prepare(memory, A, scope, -1));
        assertTrue(table.compareAndRequeue(memory, A, B, scope, 1, 1, 1).valueDiffered());
        assertEquals(new RequeueResult(false, 1, 1), table.compareAndRequeue(memory, A, B, scope, 1, 1, -1));
        assertEquals("W.", fates(waits));
        assertEquals(1, table.waiterCount(memory, B, scope));
    }

    @ParameterizedTest
    @EnumSource
    void wake_waiterMovedTwice_findsIt(Scope scope) {
        List<PreparedWait> waits = queue(A, scope, 3);
        queue(B, scope, 1);
        table.requeue(memory, A, B, scope, 0, 9);
        table.requeue(memory, B, C, scope, 0, 9);
        assertEquals(4, table.waiterCount(memory, C, scope));
        assertEquals(WaitResult.CANCELLED, waits.get(1).cancel());
        assertEquals(3, table.waiterCount(memory, C, scope));
        table.requeue(memory, C, A, scope, 0, 2);
        assertEquals(2, table.wake(memory, A, scope, 9));
        assertEquals(1, table.wake(memory, C, scope, 9));
        assertEquals("WCW", fates(waits));
        assertEquals(List.of(), table.waiters());
    }

    @Test
    void wake_higherPrioritiesFirst_alsoAfterRequeue() {
        PreparedWait low = prioritized(A, 0);
        PreparedWait high = prioritized(A, 50);
        PreparedWait middle = prioritized(B, 10);
        table.requeue(memory, A, B, Scope.PRIVATE, 0, 9);
        List<PreparedWait> order = List.of(high, middle, low);
        for (int i = 0; i < 3; i++) {
            assertEquals(1, table.wake(memory, B, Scope.PRIVATE, 1));
            assertEquals("WWW".substring(0, i + 1) + "...".substring(i + 1), fates(order));
        }
    }

    private PreparedWait prioritized(long address, int priority) {
        return table.prepare(memory, address, Scope.PRIVATE, 0L, WaitOptions.DEFAULT.priority(priority));
    }

    // ---- many words

    @ParameterizedTest
    @EnumSource
    void waitOnManyWords_severalWoken_endsWithHighestIndex(Scope scope) {
        PreparedWait any = any(scope, A, B, C);
        var op = new WakeOp(WakeOp.Operation.ADD, 0, false, WakeOp.Comparison.EQ, 0);
        assertEquals(2, table.wakeOp(memory, A, C, scope, 1, 1, op));
        assertEquals(WaitResult.WOKEN, any.poll());
        assertEquals(2, any.index());
        assertEquals(0, table.waiterCount(memory, B, scope), "it has left all queues");
    }

    @Test
    void wokenIndex_notWoken_isRejected() {
        PreparedWait any = any(Scope.PRIVATE, A, B, C);
        assertEquals(
                "still waiting",
                assertThrows(IllegalStateException.class, any::index).getMessage());
        any.cancel();
        assertEquals(
                "not woken: CANCELLED",
                assertThrows(IllegalStateException.class, any::index).getMessage());
    }

    @ParameterizedTest
    @EnumSource
    void wakeOp_notifiesWaitersOfBothWords(Scope scope) {
        List<WaitResult> told = new ArrayList<>();
        queue(A, scope, 2).forEach(w -> w.onEnd(told::add));
        queue(B, scope, 2).forEach(w -> w.onEnd(told::add));
        var op = new WakeOp(WakeOp.Operation.SET, 1, false, WakeOp.Comparison.EQ, 0);
        assertEquals(4, table.wakeOp(memory, A, B, scope, 9, 9, op));
        assertEquals(Collections.nCopies(4, WaitResult.WOKEN), told);
    }

    @ParameterizedTest
    @EnumSource
    void waitOnManyWords_everyEntryCounts(Scope scope) {
        PreparedWait any = any(scope, A, A, A);
        assertEquals(3, table.wake(memory, A, scope, 10));
        assertEquals(2, any.index());
    }

    @Test
    void waitOnManyWords_differentValue_leavesNoWaiter() {
        memory.store(B, 7);
        assertEquals(WaitResult.VALUE_DIFFERS, any(Scope.PRIVATE, A, B).poll());
        assertEquals(List.of(), table.waiters());
    }

    @Test
    void waitOnManyWords_movedEntry_reportsItsIndex() {
        PreparedWait any = any(Scope.PRIVATE, A, B);
        table.requeue(memory, B, C, Scope.PRIVATE, 0, 1);
        assertEquals(1, table.wake(memory, C, Scope.PRIVATE, 1));
        assertEquals(1, any.index());
    }

    private PreparedWait any(Scope scope, long... addresses) {
        List<WaitWord> words = new ArrayList<>();
        for (long address : addresses) {
            words.add(new WaitWord(address, scope, 0));
        }
        return table.prepareAny(memory, words, 0);
    }

    // ---- threads

    @ParameterizedTest
    @EnumSource
    void sleepingThread_isWokenAndBlockerDescribesKey(Scope scope) throws Exception {
        Running<WaitResult> sleeper = Threads.start(() -> table.await(memory, A, scope, 0));
        Threads.awaitAsleep(sleeper.thread());
        String blocker = String.valueOf(LockSupport.getBlocker(sleeper.thread()));
        assertTrue(blocker.contains(scope == Scope.PRIVATE ? "private 0x40" : "offset 0x40"), blocker);
        assertEquals(1, table.wake(memory, A, scope, 1));
        assertEquals(WaitResult.WOKEN, sleeper.get());
    }

    @Test
    void timeout_usesOnlyTheTablesClock() throws Exception {
        Running<WaitResult> sleeper =
                Threads.start(() -> table.await(memory, A, Scope.PRIVATE, 0, Deadline.after(3_600_000_000_000L)));
        while (clock.sleepers() == 0) {
            Thread.onSpinWait();
        }
        clock.advance(3_599_999_999_999L);
        while (clock.sleepers() == 0) {
            Thread.onSpinWait();
        }
        assertEquals(1, table.waiterCount(memory, A, Scope.PRIVATE), "not early by a nanosecond");
        clock.advance(1);
        assertEquals(WaitResult.TIMED_OUT, sleeper.get());
        assertEquals(List.of(), table.waiters());
    }

    @Test
    void realtimeDeadline_clockIsSet_passes() throws Exception {
        Running<WaitResult> sleeper =
                Threads.start(() -> table.await(memory, A, Scope.PRIVATE, 0, Deadline.at(ClockId.REALTIME, 1_000)));
        while (clock.sleepers() == 0) {
            Thread.onSpinWait();
        }
        clock.setRealtime(1_000);
        assertEquals(WaitResult.TIMED_OUT, sleeper.get());
    }

    @Test
    void passedDeadline_timesOutAfterComparison() throws Exception {
        assertEquals(WaitResult.TIMED_OUT, table.await(memory, A, Scope.PRIVATE, 0, Deadline.after(0)));
        assertEquals(WaitResult.VALUE_DIFFERS, table.await(memory, A, Scope.PRIVATE, 1, Deadline.after(0)));
    }

    @Test
    void interrupt_endsWait_isThrownAndCleared() {
        for (Deadline deadline : List.of(Deadline.NEVER, Deadline.after(3_600_000_000_000L))) {
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> table.await(memory, A, Scope.PRIVATE, 0, deadline));
            assertFalse(Thread.interrupted());
        }
        assertEquals(List.of(), table.waiters());
    }

    @Test
    void timeout_startsBeforeQueueingAndOnlyIfNeeded() throws Exception {
        List<Integer> waiters = new ArrayList<>(); // at each read of the clock, which takes a nanosecond
        FutexTable[] own = {null};
        own[0] = FutexTable.builder()
                .clock(new FutexClock() {
                    @Override
                    public long nanos(ClockId clockId) {
                        waiters.add(own[0].waiterCount(memory, A, Scope.PRIVATE));
                        return waiters.size();
                    }

                    @Override
                    public void park(Object blocker, ClockId clockId, long now, long deadline) {
                        throw new AssertionError("asleep at " + now);
                    }
                })
                .build();
        assertEquals(WaitResult.VALUE_DIFFERS, own[0].await(memory, A, Scope.PRIVATE, 1, Deadline.after(1)));
        assertEquals(WaitResult.TIMED_OUT, own[0].await(memory, A, Scope.PRIVATE, 0, Deadline.after(1)));
        assertEquals(List.of(0, 1), waiters);
        WaitOptions some = WaitOptions.DEFAULT.bitset(2);
        assertEquals(WaitResult.VALUE_DIFFERS, own[0].await(memory, A, Scope.PRIVATE, 1, some, Deadline.after(1)));
        assertEquals(WaitResult.TIMED_OUT, own[0].await(memory, A, Scope.PRIVATE, 0, some, Deadline.after(1)));
        assertEquals(List.of(0, 1, 0, 1), waiters);
    }

    @Test
    void interrupt_endsWaitAndLeavesNoWaiter() throws Exception {
        Running<Boolean> sleeper = Threads.start(() -> {
            try {
                table.await(memory, A, Scope.PRIVATE, 0);
                return false;
            } catch (InterruptedException e) {
                return !Thread.currentThread().isInterrupted();
            }
        });
        Threads.awaitAsleep(sleeper.thread());
        sleeper.thread().interrupt();
        assertTrue(sleeper.get());
        assertEquals(0, table.wake(memory, A, Scope.PRIVATE, 1));
    }

    @Test
    void interrupt_uninterruptibleWait_staysPending() throws Exception {
        for (boolean woken : new boolean[] {true, false}) {
            PreparedWait wait = queue(A, Scope.PRIVATE);
            Running<WaitResult> sleeper = Threads.start(() -> {
                WaitResult result = wait.awaitUninterruptibly();
                assertTrue(Thread.interrupted());
                return result;
            });
            Threads.awaitAsleep(sleeper.thread());
            sleeper.thread().interrupt();
            while (sleeper.thread().isInterrupted()) {
                Thread.onSpinWait();
            }
            Threads.awaitAsleep(sleeper.thread());
            if (woken) {
                assertEquals(1, table.wake(memory, A, Scope.PRIVATE, 1));
            } else {
                wait.cancel();
            }
            assertEquals(woken ? WaitResult.WOKEN : WaitResult.CANCELLED, sleeper.get());
        }
        Thread.currentThread().interrupt();
        PreparedWait over = queue(A, Scope.PRIVATE);
        over.cancel();
        assertEquals(WaitResult.CANCELLED, over.awaitUninterruptibly());
        assertTrue(Thread.interrupted());
    }

    @Test
    void wakeBeforeInterrupt_countsAndInterruptStaysPending() throws Exception {
        PreparedWait wait = queue(A, Scope.PRIVATE);
        assertEquals(1, table.wake(memory, A, Scope.PRIVATE, 1));
        Thread.currentThread().interrupt();
        assertEquals(WaitResult.WOKEN, wait.await());
        assertTrue(Thread.interrupted());
    }

    @Test
    void strayUnparksAndLeftoverPermits_areNoWakes() throws Exception {
        Running<WaitResult> sleeper = Threads.start(() -> {
            LockSupport.unpark(Thread.currentThread());
            return table.await(memory, A, Scope.PRIVATE, 0);
        });
        for (int i = 0; i < 1_000; i++) {
            LockSupport.unpark(sleeper.thread());
        }
        Threads.awaitAsleep(sleeper.thread());
        assertFalse(sleeper.answer().isDone());
        assertEquals(1, table.wake(memory, A, Scope.PRIVATE, 1));
        assertEquals(WaitResult.WOKEN, sleeper.get());
    }

    // ---- callbacks and diagnostics

    @Test
    void callback_isCalledOnceAndMayUseTheTable() {
        PreparedWait first = queue(A, Scope.PRIVATE);
        PreparedWait second = queue(A, Scope.PRIVATE);
        List<WaitResult> told = new ArrayList<>();
        first.onEnd(r -> {
            told.add(r);
            table.wake(memory, A, Scope.PRIVATE, 1);
        });
        assertEquals(1, table.wake(memory, A, Scope.PRIVATE, 1));
        assertEquals(List.of(WaitResult.WOKEN), told);
        assertEquals(WaitResult.WOKEN, second.poll());
        second.onEnd(told::add);
        assertEquals(2, told.size(), "it had ended already");
    }

    @Test
    void cancel_wokenWait_wakeCanBeForwarded() {
        List<PreparedWait> waits = queue(A, Scope.PRIVATE, 2);
        table.wake(memory, A, Scope.PRIVATE, 1);
        assertEquals(WaitResult.WOKEN, waits.get(0).cancel(), "the wake came first");
        assertEquals(1, waits.get(0).forwardWake());
        assertEquals("WW", fates(waits));
    }

    @Test
    void forwardWake_othersRequeued_goesToOriginalWord() {
        for (int count : new int[] {1, 2}) { // alone, or with its whole queue
            List<PreparedWait> waits = queue(A, Scope.PRIVATE, 2);
            table.requeue(memory, A, B, Scope.PRIVATE, 0, 2);
            assertEquals(count, table.wake(memory, B, Scope.PRIVATE, count));
            table.requeue(memory, B, C, Scope.PRIVATE, 0, 2);
            PreparedWait here = queue(B, Scope.PRIVATE);
            queue(A, Scope.PRIVATE);
            assertEquals(1, waits.get(0).forwardWake());
            assertEquals(WaitResult.WOKEN, here.poll());
            assertEquals(1, table.waiterCount(memory, A, Scope.PRIVATE));
            assertEquals(2 - count, table.waiterCount(memory, C, Scope.PRIVATE));
            assertEquals(3 - count, table.cancel(key -> true));
        }
    }

    @Test
    void waiters_wordChangedWithoutWake_isReported() {
        queue(A, Scope.PRIVATE);
        queue(B, Scope.PRIVATE);
        queue(C, Scope.PRIVATE);
        table.requeue(memory, C, C + 64, Scope.PRIVATE, 0, 1);
        memory.store(A, 9);
        memory.store(C + 64, 9);
        List<WaiterInfo> dump = table.waiters();
        assertEquals(3, dump.size());
        assertEquals(1, dump.stream().filter(WaiterInfo::changedButNotWoken).count());
        WaiterInfo stuck =
                dump.stream().filter(WaiterInfo::changedButNotWoken).findFirst().orElseThrow();
        assertEquals(9, stuck.actual().getAsLong());
        assertTrue(stuck.toString().contains("changed but not woken"), stuck.toString());
    }

    @Test
    void manyKeysInOneBucket_areFoundAndRemoved() {
        var small = FutexTable.builder().buckets(2).build();
        var large = FlatMemory.of(ByteBuffer.allocateDirect(4 * 100_000));
        for (int i = 0; i < 100_000; i++) {
            small.prepare(large, 4L * i, Scope.PRIVATE, 0);
        }
        for (int i = 0; i < 100_000; i++) {
            assertEquals(1, small.wake(large, 4L * i, Scope.PRIVATE, 1));
        }
        assertEquals(List.of(), small.waiters());
    }

    @Test
    void preciseDeadline_isNeverEarlyAndIgnoredByOtherClocks() throws InterruptedException {
        for (int i = 0; i < 20; i++) {
            long start = System.nanoTime();
            assertEquals(
                    WaitResult.TIMED_OUT,
                    new FutexTable()
                            .await(
                                    memory,
                                    0,
                                    Scope.PRIVATE,
                                    0,
                                    Deadline.after(500_000).precise()));
            assertTrue(System.nanoTime() - start >= 500_000);
        }
        assertEquals("after 5 ns, precisely", Deadline.after(5).precise().toString());
        assertSame(Deadline.NEVER, Deadline.NEVER.precise());
        PreparedWait wait = table.prepare(memory, 0, Scope.PRIVATE, 0);
        CompletionStage<WaitResult> stage = wait.asStage(Deadline.after(5).precise());
        clock.advance(5);
        assertEquals(WaitResult.TIMED_OUT, stage.toCompletableFuture().getNow(null));
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void requeue_severalPrioritiesToIdleWord_keepsOrder(Scope scope) {
        PreparedWait low = prepared(A, scope, 10);
        PreparedWait high = prepared(A, scope, 30);
        assertEquals(2, table.requeue(memory, A, B, scope, 0, Integer.MAX_VALUE).moved());
        PreparedWait middle = prepared(B, scope, 20);
        for (PreparedWait next : List.of(high, middle, low)) {
            assertNull(next.poll());
            assertEquals(1, table.wake(memory, B, scope, 1));
            assertEquals(WaitResult.WOKEN, next.poll());
        }
    }

    private PreparedWait prepared(long address, Scope scope, int priority) {
        return table.prepare(memory, address, scope, 0, WaitOptions.DEFAULT.priority(priority));
    }

    @Test
    void buckets_areAPowerOfTwoInRange() {
        for (int count : new int[] {Integer.MIN_VALUE, 0, 1, 3, 65537, 131072}) {
            assertThrows(
                    IllegalArgumentException.class, () -> FutexTable.builder().buckets(count), () -> "" + count);
        }
        assertEquals(0, FutexTable.builder().buckets(2).build().wake(memory, 0, Scope.PRIVATE, 1));
    }
}
