package org.jfutex;

import static org.jfutex.PiWorld.W;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jfutex.time.Deadline;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The effective priorities of owners, along chains of owners. */
class PiInheritanceTest {

    private final PiWorld w = new PiWorld();
    private final PiTask low = w.task(1);
    private final PiTask middle = w.task(2);
    private final PiTask high = w.task(3, 30);

    private void assertEffective(int expectedLow, int expectedMiddle, int expectedHigh) {
        assertEquals(
                List.of(expectedLow, expectedMiddle, expectedHigh),
                Stream.of(low, middle, high).map(PiTask::effectivePriority).toList());
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void chain_highPriorityWaiter_ownerInheritsUntilHandOff(Scope scope) {
        w.lock(low, 64, scope);
        w.lock(middle, 128, scope);
        PiWait middles = w.block(middle, 64, scope);
        PiWait highs = w.block(high, 128, scope);
        assertEffective(30, 30, 30);
        low.unlock(64, scope);
        assertEquals(PiResult.LOCKED, middles.poll());
        assertEffective(0, 30, 30);
        middle.unlock(128, scope);
        assertEquals(PiResult.LOCKED, highs.poll());
        assertEffective(0, 0, 30);
        middle.unlock(64, scope);
        high.unlock(128, scope);
        w.assertQuiet();
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void chain_builtFromItsEnd_inherits(Scope scope) {
        w.lock(low, 64, scope);
        w.lock(middle, 128, scope);
        w.block(high, 128, scope);
        assertEffective(0, 30, 30);
        w.block(middle, 64, scope);
        assertEffective(30, 30, 30);
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void inheritedPriority_timeoutOrCancel_isRestored(Scope scope) throws InterruptedException {
        w.lock(low, 64, scope);
        w.lock(middle, 128, scope);
        PiWait middles = w.block(middle, 64, scope);
        for (int i = 0; i < 3; i++) {
            PiWait highs = w.block(high, 128, scope);
            assertEffective(30, 30, 30);
            if (i == 0) {
                assertEquals(PiResult.TIMED_OUT, highs.await(Deadline.after(0)));
            } else if (i == 1) {
                assertEquals(PiResult.CANCELLED, highs.cancel());
            } else {
                assertEquals(2, w.table.cancel(key -> true));
                assertEquals(PiResult.CANCELLED, highs.poll());
                assertEquals(PiResult.CANCELLED, middles.poll());
            }
            assertEffective(0, 0, 30);
            assertEquals(2 | W, w.word(128));
        }
        w.assertQuiet();
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void ownerOfManyLocks_hasHighestWaiterPriority(Scope scope) {
        w.lock(low, 64, scope);
        w.lock(low, 128, scope);
        PiWait a = w.block(w.task(11, 5), 64, scope);
        PiWait b = w.block(w.task(12, 40), 128, scope);
        PiWait c = w.block(w.task(13, 20), 128, scope);
        assertEquals(40, low.effectivePriority());
        b.cancel();
        assertEquals(20, low.effectivePriority());
        c.cancel();
        assertEquals(5, low.effectivePriority());
        low.setPriority(7);
        assertEquals(7, low.effectivePriority());
        low.setPriority(0);
        a.cancel();
        assertEquals(0, low.effectivePriority());
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void setPriority_blockedTask_propagatesAlongChain(Scope scope) {
        w.lock(low, 64, scope);
        w.lock(middle, 128, scope);
        w.block(middle, 64, scope);
        w.block(high, 128, scope);
        high.setPriority(60);
        assertEffective(60, 60, 60);
        high.setPriority(0);
        assertEffective(0, 0, 0);
        middle.setPriority(3);
        assertEffective(3, 3, 0);
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void inheritedPriority_nextLock_ordersItsWaiters(Scope scope) {
        PiTask rival = w.task(4, 10);
        w.lock(low, 64, scope);
        w.lock(middle, 128, scope);
        PiWait rivals = w.block(rival, 64, scope);
        PiWait middles = w.block(middle, 64, scope);
        PiWait highs = w.block(high, 128, scope);
        low.unlock(64, scope);
        assertEquals(PiResult.LOCKED, middles.poll(), "it has the priority of its own waiter");
        assertNull(rivals.poll());
        assertNull(highs.poll());
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void futexQueue_inheritedPriority_isIgnored(Scope scope) {
        // middle is boosted to 30 when it queues, but a plain waiter of rank 10 is queued before it
        w.lock(middle, 128, scope);
        w.block(high, 128, scope);
        w.lock(low, 64, scope);
        w.block(middle, 64, scope);
        w.table.prepare(w.memory, 64, scope, Integer.toUnsignedLong(1 | W), WaitOptions.DEFAULT.priority(10));
        assertEquals(PiResult.INCONSISTENT, low.unlock(64, scope));
    }

    // ---- cycles

    @ParameterizedTest
    @EnumSource(Scope.class)
    void waitThatClosesCycle_isRejected(Scope scope) {
        w.lock(low, 64, scope);
        w.lock(middle, 128, scope);
        PiWait lows = w.block(low, 128, scope);
        assertEquals(PiResult.DEADLOCK, middle.prepareLock(64, scope).poll());
        assertEquals(1 | W, w.word(64));
        lows.cancel();

        w.lock(high, 192, scope);
        w.block(low, 128, scope);
        w.block(middle, 192, scope);
        assertEquals(PiResult.DEADLOCK, high.prepareLock(64, scope).poll());
        assertEquals(PiResult.WOULD_BLOCK, high.tryLock(64, scope), "a try does not wait, so it closes nothing");
        assertEffective(0, 0, 30);
        high.unlock(192, scope);
        middle.unlock(192, scope);
        middle.unlock(128, scope);
        low.unlock(128, scope);
        low.unlock(64, scope);
        w.assertQuiet();
    }

    @Test
    void chainOfMoreThan1024Owners_isRejected() {
        int longest = PiInheritance.MAX_CHAIN + 1;
        for (int i = 0; i <= longest + 1; i++) {
            PiTask task = w.task(1000 + i, i == longest ? 50 : 0);
            w.lock(task, 4L * i, Scope.PRIVATE);
            if (i > longest) {
                assertEquals(
                        PiResult.DEADLOCK,
                        task.prepareLock(4L * (i - 1), Scope.PRIVATE).poll());
            } else if (i > 0) {
                w.block(task, 4L * (i - 1), Scope.PRIVATE);
            }
        }
        for (int i = 0; i <= longest; i++) {
            assertEquals(50, w.known(1000 + i).effectivePriority());
        }
        assertEquals(0, w.known(1000 + longest + 1).effectivePriority());
    }

    // ---- listeners

    private PiTask listened(int tid, PriorityListener listener) {
        return w.add(PiTask.listened(w.table, tid, w.memory, listener), 0);
    }

    @Test
    void listener_receivesEveryChangeAndMayUseTheTable() throws InterruptedException {
        List<String> heard = new ArrayList<>();
        PiTask owner = listened(50, (task, priority) -> {
            heard.add(task + " " + priority);
            task.tryLock(512, Scope.PRIVATE);
        });
        w.lock(owner, 64, Scope.PRIVATE);
        PiWait wait = w.block(high, 64, Scope.PRIVATE);
        assertEquals(List.of("task 50 30"), heard);
        high.setPriority(40);
        wait.cancel();
        assertEquals(List.of("task 50 30", "task 50 40", "task 50 0"), heard);
        owner.setPriority(0);
        owner.setPriority(2);
        assertEquals("task 50 2", heard.remove(3));
        assertEquals(PiResult.TIMED_OUT, high.lock(64, Scope.PRIVATE, Deadline.after(0)));
        assertEquals(List.of("task 50 40", "task 50 2"), heard.subList(3, 5));
        owner.unlock(64, Scope.PRIVATE);
        assertEquals(50, w.word(512));
    }

    @Test
    void suspendPriorityEvents_nested_lastsUntilLastResume() {
        List<Integer> told = new ArrayList<>();
        PiTask task = listened(9, (t, priority) -> told.add(priority));
        w.table.suspendPriorityEvents();
        w.table.suspendPriorityEvents();
        task.setPriority(10);
        w.table.resumePriorityEvents();
        assertEquals(List.of(), told);
        task.setPriority(20);
        w.table.resumePriorityEvents();
        assertEquals(List.of(20), told);
        w.table.resumePriorityEvents();
        task.setPriority(30);
        assertEquals(List.of(20, 30), told);
    }

    /** Requests collections until the thread is collected. If the table held it, this would run into the time limit. */
    @Test
    @Timeout(60)
    @SuppressWarnings("ThreadPriorityCheck") // there is no event to wait for
    void suspendPriorityEvents_deadThread_isCollected() throws InterruptedException {
        List<Integer> told = new ArrayList<>();
        PiTask task = listened(9, (t, priority) -> told.add(priority));
        WeakReference<Thread> dead = suspendAndDie(task);
        while (dead.get() != null) {
            System.gc();
            Thread.yield();
        }
        assertEquals(List.of(), told);
        task.setPriority(11);
        assertEquals(List.of(11), told);
    }

    private WeakReference<Thread> suspendAndDie(PiTask task) throws InterruptedException {
        Thread thread = new Thread(() -> {
            w.table.suspendPriorityEvents();
            task.setPriority(10);
        });
        thread.start();
        thread.join();
        return new WeakReference<>(thread);
    }

    @Test
    void listener_changeByItself_isReportedAfterReturn() {
        List<Integer> heard = new ArrayList<>();
        PiTask task = listened(50, (t, priority) -> {
            int depth = heard.size();
            heard.add(priority);
            if (priority == 5) {
                t.setPriority(6);
                assertEquals(depth + 1, heard.size());
            }
        });
        task.setPriority(5);
        assertEquals(List.of(5, 6), heard);
    }

    @Test
    void listener_changeOfOtherTask_isReported() {
        List<Integer> heard = new ArrayList<>();
        PiTask other = listened(52, (t, priority) -> heard.add(priority));
        PiTask first = listened(50, (t, priority) -> other.setPriority(priority - 1));
        PiTask second = listened(51, (t, priority) -> {});
        w.table.suspendPriorityEvents();
        first.setPriority(1); // and so is before the second in the list of pending notifications
        second.setPriority(1);
        w.table.resumePriorityEvents();
        first.setPriority(5);
        assertEquals(List.of(4), heard);
    }

    @Test
    void listener_changeWhileBusy_isReportedBySameThread() throws InterruptedException {
        List<String> heard = new CopyOnWriteArrayList<>();
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        PiTask task = listened(50, (t, priority) -> {
            heard.add(Thread.currentThread().getName() + " " + priority);
            busy.countDown();
            if (priority == 5) {
                awaitUninterrupted(done);
            }
        });
        Thread first = new Thread(() -> task.setPriority(5), "first");
        first.start();
        awaitUninterrupted(busy);
        task.setPriority(6);
        task.setPriority(7);
        assertEquals(List.of("first 5"), heard);
        done.countDown();
        first.join();
        assertEquals(List.of("first 5", "first 7"), heard);
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            assertTrue(latch.await(60, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The interrupt ends the wait, so the owner's priority falls. The listener is called in the interrupted thread. */
    @Test
    void listener_cannotConsumeInterruptThatEndsWait() {
        List<Boolean> heard = new ArrayList<>();
        PiTask owner = listened(50, (task, priority) -> heard.add(Thread.interrupted()));
        w.lock(owner, 64, Scope.PRIVATE);
        for (Deadline deadline : List.of(Deadline.NEVER, Deadline.after(1_000_000_000))) {
            heard.clear();
            PiWait wait = w.block(high, 64, Scope.PRIVATE);
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> wait.await(deadline));
            assertEquals(List.of(false, false), heard);
        }
    }

    @Test
    void listenerThatThrows_affectsNoOperation() {
        List<String> caught = new ArrayList<>();
        PiTask owner = listened(50, (t, priority) -> {
            throw new IllegalStateException("of the listener");
        });
        List<Integer> heard = new ArrayList<>();
        PiTask next = listened(51, (t, priority) -> heard.add(priority));
        w.lock(owner, 64, Scope.PRIVATE);
        w.lock(next, 128, Scope.PRIVATE);
        w.block(owner, 128, Scope.PRIVATE);
        Thread me = Thread.currentThread();
        var before = me.getUncaughtExceptionHandler();
        me.setUncaughtExceptionHandler((t, e) -> caught.add(String.valueOf(e.getMessage())));
        try {
            w.block(high, 64, Scope.PRIVATE);
        } finally {
            me.setUncaughtExceptionHandler(before);
        }
        assertEquals(List.of("of the listener"), caught);
        assertEquals(List.of(30), heard);
    }

    @Test
    void threadListener_mapsPrioritiesToJava() {
        Thread thread = new Thread(() -> {});
        PriorityListener listener = PriorityListener.of(thread);
        int[][] map = {{0, 5}, {1, 6}, {19, 6}, {20, 6}, {50, 8}, {98, 10}, {99, 10}, {0, 5}};
        for (int[] row : map) {
            listener.priorityChanged(low, row[0]);
            assertEquals(row[1], thread.getPriority(), "priority " + row[0]);
            assertEquals(row[1], PriorityListener.javaPriority(row[0]));
        }
        for (int none : new int[] {-1, 100}) {
            assertThrows(IllegalArgumentException.class, () -> PriorityListener.javaPriority(none));
        }
    }
}
