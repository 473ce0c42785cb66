package org.jfutex.conformance;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.WaitResult;
import org.jfutex.conformance.FutexConformance.Place;
import org.jfutex.conformance.FutexConformance.Remappable;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappingListener;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests of waiters that follow moved words, and end at an unmap, if a memory reports changes of its mappings. */
@Timeout(120)
@SuppressWarnings("ThreadPriorityCheck") // yields while it waits for another thread
interface MappingRules extends Subject {

    /** The length of the range that moves, and the distance of the move. The target is not mapped. */
    long LENGTH = 4096;

    /** The distance from {@link #base} to the first of two free ranges, and from that to the second. */
    long STEP = 1 << 20;

    @ParameterizedTest
    @EnumSource
    default void waiterFollowsMoveAndEndsAtUnmap(Scope scope) {
        FutexTable table = new FutexTable();
        Remappable subject = remappable(table.mappingListener());
        assumeTrue(subject != null, "memories report no changes of mappings");
        if (subject != null) {
            PreparedWait wait = FutexConformance.wait(table, new Place(subject.memory(), base()), scope);
            subject.move(base(), LENGTH, base() + STEP);
            assertEquals(1, table.waiterCount(subject.memory(), base() + STEP, scope));
            subject.unmap(base() + STEP, LENGTH);
            assertEquals(WaitResult.UNMAPPED, wait.poll());
        }
    }

    /** The report of a first change is held up while a second thread changes the same range. */
    @ParameterizedTest
    @EnumSource
    default void moveDuringHeldReportMovesWaiter(Scope scope) throws Exception {
        FutexTable table = new FutexTable();
        HeldUp listener = new HeldUp(table.mappingListener());
        Remappable subject = remappable(listener);
        assumeTrue(subject != null, "memories report no changes of mappings");
        if (subject != null) {
            PreparedWait wait = FutexConformance.wait(table, new Place(subject.memory(), base()), scope);
            listener.during(
                    () -> subject.move(base(), LENGTH, base() + STEP),
                    () -> subject.move(base() + STEP, LENGTH, base() + 2 * STEP));
            assertEquals(1, table.wake(subject.memory(), base() + 2 * STEP, scope, 1));
            assertEquals(WaitResult.WOKEN, wait.poll());
        }
    }

    /** The report of a move is held up while a second thread unmaps the range at its new address. */
    @ParameterizedTest
    @EnumSource
    default void unmapDuringHeldReportEndsWait(Scope scope) throws Exception {
        FutexTable table = new FutexTable();
        HeldUp listener = new HeldUp(table.mappingListener());
        Remappable subject = remappable(listener);
        assumeTrue(subject != null, "memories report no changes of mappings");
        if (subject != null) {
            PreparedWait wait = FutexConformance.wait(table, new Place(subject.memory(), base()), scope);
            listener.during(
                    () -> subject.move(base(), LENGTH, base() + STEP), () -> subject.unmap(base() + STEP, LENGTH));
            assertEquals(WaitResult.UNMAPPED, wait.poll());
        }
    }

    /** A listener whose first report waits until it is released. */
    final class HeldUp implements MappingListener {

        private final MappingListener follower;
        private final AtomicBoolean held = new AtomicBoolean();
        private final CountDownLatch entered = new CountDownLatch(1);
        private final CountDownLatch release = new CountDownLatch(1);

        HeldUp(MappingListener follower) {
            this.follower = follower;
        }

        /**
         * Runs a first change, and a second one while the report of the first is held up; returns when both have
         * returned.
         */
        private void during(Runnable first, Runnable second) throws Exception {
            FutureTask<Boolean> one = new FutureTask<>(first, true);
            FutexConformance.start(one);
            assertTrue(entered.await(60, SECONDS), "the first change is not reported");
            FutureTask<Boolean> two = new FutureTask<>(second, true);
            Thread thread = FutexConformance.start(two);
            for (int still = 0; still < 1000; still = isRunning(thread) ? 0 : still + 1) {
                Thread.yield(); // it may be waiting for something else for a moment, such as a class initialization
            }
            release.countDown();
            assertTrue(one.get(60, SECONDS));
            assertTrue(two.get(60, SECONDS));
        }

        private static boolean isRunning(Thread thread) {
            return thread.getState() == Thread.State.RUNNABLE || thread.getState() == Thread.State.NEW;
        }

        private void hold() {
            if (held.getAndSet(true)) {
                return; // holds only the first report
            }
            entered.countDown();
            try {
                assertTrue(release.await(60, SECONDS));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void moved(FutexMemory memory, long from, long length, long to) {
            hold();
            follower.moved(memory, from, length, to);
        }

        @Override
        public void unmapped(FutexMemory memory, long from, long length) {
            hold();
            follower.unmapped(memory, from, length);
        }
    }
}
