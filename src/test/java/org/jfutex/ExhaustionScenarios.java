package org.jfutex;

import static java.util.Objects.requireNonNull;
import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappingListener;
import org.jfutex.key.PrivateKey;
import org.jfutex.key.WordSize;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.MapRequest;
import org.jfutex.sync.FutexBarrier;
import org.jfutex.sync.FutexCondition;
import org.jfutex.sync.FutexLatch;
import org.jfutex.sync.FutexMutex;
import org.jfutex.sync.FutexSemaphore;
import org.jfutex.sync.PiCondition;
import org.jfutex.sync.PiMutex;
import org.jfutex.time.ClockId;
import org.jfutex.time.Deadline;
import org.jfutex.time.FutexClock;
import org.jfutex.time.TimerAccess;
import org.jspecify.annotations.Nullable;

/**
 * Every operation of a table once, with checks for both outcomes: done or not done. Used by tests in which the JVM runs
 * out of stack or heap.
 */
final class ExhaustionScenarios {

    private static final long A = 64;
    private static final long B = 128;
    private static final WakeOp ADD = new WakeOp(WakeOp.Operation.ADD, 1, false, WakeOp.Comparison.EQ, 0);

    private ExhaustionScenarios() {}

    /** One operation on its own table and memory. */
    abstract static class Situation {

        final PiWorld pi = new PiWorld();
        final FutexTable table;
        final List<PreparedWait> waits = new ArrayList<>();
        final List<WaitResult> told = new ArrayList<>(16);
        FutexMemory memory = pi.memory;

        Situation() {
            table = pi.table;
        }

        Situation(FutexTable table) {
            this.table = table;
        }

        /** Three waiters, each with a callback. */
        final void crowd() {
            for (int i = 0; i < 3; i++) {
                PreparedWait w = table.prepare(memory, A, PRIVATE, 0);
                w.onEnd(told::add);
                waits.add(w);
            }
        }

        final long ended() {
            return waits.stream().filter(w -> w.poll() != null).count();
        }

        /** Checks that this many waiters were woken and notified, and that the others still wait. */
        final void assertWoken(int count) {
            for (int i = 0; i < waits.size(); i++) {
                assertEquals(i < count ? WaitResult.WOKEN : null, waits.get(i).poll());
            }
            assertEquals(count, told.size(), "notified waiters");
        }

        /** Runs the operation, near the end of the stack or of the heap. */
        abstract void run() throws Exception;

        /** Checks the state afterwards. */
        abstract void check(boolean done);
    }

    /** A release of a lock, which must wake one of the lock's sleepers if it released anything. */
    abstract static class Release extends Situation {

        private final int held;

        Release(int held) {
            this.held = held;
            memory.getAndSet(A, held);
            waits.add(table.prepare(memory, A, PRIVATE, held));
        }

        @Override
        void check(boolean done) {
            assertEquals(done, memory.load(A) != held);
            assertEquals(done ? WaitResult.WOKEN : null, waits.get(0).poll());
        }
    }

    private static final class UnlockMutex extends Release {
        private final FutexMutex mutex = new FutexMutex(table, memory, A, PRIVATE);

        UnlockMutex() {
            super(2);
        }

        @Override
        void run() {
            mutex.unlock();
        }
    }

    private static final class ReleasePermit extends Release {
        private final FutexSemaphore semaphore = new FutexSemaphore(table, memory, A, PRIVATE);

        ReleasePermit() {
            super(-1);
        }

        @Override
        void run() {
            semaphore.release();
        }
    }

    private static final class OpenLatch extends Release {
        private final FutexLatch latch = new FutexLatch(table, memory, A, PRIVATE);

        OpenLatch() {
            super(1);
        }

        @Override
        void run() {
            latch.countDown();
        }
    }

    private static final class OpenBarrier extends Release {
        private final FutexBarrier barrier = new FutexBarrier(table, memory, A, PRIVATE, 2);

        OpenBarrier() {
            super(1);
        }

        @Override
        void run() throws Exception {
            barrier.await();
        }
    }

    /** The scenarios that wait for memory if an allocation fails: releases of locks, and the move of waiters. */
    static List<Supplier<Situation>> releases() {
        return List.of(UnlockMutex::new, ReleasePermit::new, OpenLatch::new, OpenBarrier::new, Move::new);
    }

    private static final class Wake extends Situation {
        private int count = -1;

        Wake() {
            crowd();
        }

        @Override
        void run() {
            count = table.wake(memory, A, PRIVATE, 2);
        }

        @Override
        void check(boolean done) {
            assertEquals(done ? 2 : -1, count);
            assertWoken(done ? 2 : 0);
        }
    }

    /** A wake that waits for its bucket's lock, which needs stack, and heap on some JDKs. */
    private static final class WakeInLine extends Situation {
        private volatile boolean held;
        private volatile boolean wanted;

        WakeInLine() {
            crowd();
            Bucket bucket = table.bucket(table.hash(new PrivateKey(memory, A)));
            Thread holder = new Thread(() -> {
                bucket.lock();
                held = true;
                while (!wanted) {
                    Thread.onSpinWait();
                }
                LockSupport.parkNanos(1_000_000);
                bucket.unlock();
            });
            holder.setDaemon(true);
            holder.start();
            while (!held) {
                Thread.onSpinWait();
            }
        }

        @Override
        void run() {
            wanted = true;
            table.wake(memory, A, PRIVATE, 1);
        }

        @Override
        void check(boolean done) {
            wanted = true;
            assertWoken(done ? 1 : 0);
        }
    }

    private static final class WakeThoseWhoListen extends Situation {
        WakeThoseWhoListen() {
            crowd();
        }

        @Override
        void run() {
            table.wake(memory, A, PRIVATE, 1, WaitOptions.DEFAULT.bitset(2));
        }

        @Override
        void check(boolean done) {
            assertWoken(done ? 1 : 0);
        }
    }

    private static final class WakeWithOperation extends Situation {
        WakeWithOperation() {
            crowd();
        }

        @Override
        void run() {
            table.wakeOp(memory, A, B, PRIVATE, 1, 1, ADD);
        }

        @Override
        void check(boolean done) {
            assertWoken(done ? 1 : 0);
            assertEquals(done ? 1 : 0, memory.load(B));
        }
    }

    private static class RequeueAll extends Situation {
        RequeueAll() {
            crowd();
        }

        @Override
        void run() {
            table.requeue(memory, A, B, PRIVATE, 1, Integer.MAX_VALUE);
        }

        @Override
        void check(boolean done) {
            assertWoken(done ? 1 : 0);
            assertEquals(done ? 0 : 3, table.waiterCount(memory, A, PRIVATE));
            assertEquals(done ? 2 : 0, table.waiterCount(memory, B, PRIVATE));
        }
    }

    private static final class RequeueOne extends RequeueAll {
        @Override
        void run() {
            table.compareAndRequeue(memory, A, B, PRIVATE, WordSize.U32, 0, 1, 0);
        }

        @Override
        void check(boolean done) {
            assertWoken(0);
            assertEquals(done ? 1 : 0, table.waiterCount(memory, B, PRIVATE));
        }
    }

    private static class Prepare extends Situation {
        @Nullable
        PreparedWait wait;

        @Override
        void run() {
            wait = table.prepare(memory, A, PRIVATE, 0);
        }

        @Override
        final void check(boolean done) {
            assertEquals(done ? 1 : 0, table.waiterCount(memory, A, PRIVATE));
            if (done) {
                assertNull(requireNonNull(wait).poll());
            }
        }
    }

    private static final class PrepareOnPages extends Prepare {
        PrepareOnPages() {
            AddressSpace space = new AddressSpace();
            space.map(MapRequest.anonymous(4096).at(0));
            space.swapOut(0, 4096);
            memory = space;
        }
    }

    private static class Await extends Situation {
        private @Nullable WaitResult result;
        Deadline deadline = Deadline.after(0);

        Await() {}

        Await(FutexTable table) {
            super(table);
        }

        @Override
        final void run() throws InterruptedException {
            result = table.await(memory, A, PRIVATE, 0, deadline);
        }

        @Override
        final void check(boolean done) {
            assertEquals(done ? WaitResult.TIMED_OUT : null, result);
            assertEquals(0, table.waiterCount(memory, A, PRIVATE));
            assertFalse(Thread.interrupted());
        }
    }

    /** A sleep on a clock that advances with each read. */
    private static final class AwaitAWhile extends Await {
        AwaitAWhile() {
            super(FutexTable.builder()
                    .clock(new FutexClock() {
                        private long now;

                        @Override
                        public long nanos(ClockId clockId) {
                            return now++;
                        }

                        @Override
                        public void park(Object blocker, ClockId clockId, long now, long deadline) {
                            LockSupport.parkNanos(blocker, 1000);
                        }
                    })
                    .build());
            deadline = Deadline.at(ClockId.MONOTONIC, 5);
        }
    }

    private static final class AwaitAny extends Situation {
        @Override
        void run() {
            table.prepareAny(
                    memory,
                    List.of(new WaitWord(A, PRIVATE, 0), new WaitWord(B, PRIVATE, 0), new WaitWord(A, PRIVATE, 0)),
                    0);
        }

        @Override
        void check(boolean done) {
            assertEquals(done ? 2 : 0, table.waiterCount(memory, A, PRIVATE));
            assertEquals(done ? 1 : 0, table.waiterCount(memory, B, PRIVATE));
        }
    }

    private static final class CancelOne extends Situation {
        CancelOne() {
            crowd();
        }

        @Override
        void run() {
            waits.get(0).cancel();
        }

        @Override
        void check(boolean done) {
            assertEquals(done ? 1 : 0, ended());
            assertEquals(ended(), told.size());
        }
    }

    private static final class PollAny extends Situation {
        private final PreparedWait any =
                table.prepareAny(memory, List.of(new WaitWord(A, PRIVATE, 0), new WaitWord(B, PRIVATE, 0)), 0);
        private @Nullable WaitResult result;

        PollAny() {
            table.wake(memory, A, PRIVATE, 1);
        }

        @Override
        void run() {
            result = any.poll();
        }

        @Override
        void check(boolean done) {
            assertEquals(done ? WaitResult.WOKEN : null, result);
            assertEquals(WaitResult.WOKEN, any.poll());
            assertEquals(0, any.index());
        }
    }

    /** A wake of a wait on many words with a callback: the callback is called, and the wait leaves its other queue. */
    private static final class WakeOneOfMany extends Situation {
        WakeOneOfMany() {
            PreparedWait any =
                    table.prepareAny(memory, List.of(new WaitWord(A, PRIVATE, 0), new WaitWord(B, PRIVATE, 0)), 0);
            any.onEnd(told::add);
            waits.add(any);
        }

        @Override
        void run() {
            table.wake(memory, A, PRIVATE, 1);
        }

        @Override
        void check(boolean done) {
            assertWoken(done ? 1 : 0);
            assertEquals(done ? 0 : 1, table.waiterCount(memory, B, PRIVATE));
        }
    }

    /** A callback is added to a wait that has already ended. */
    private static final class Listen extends Situation {
        private final PreparedWait wait = table.prepare(memory, A, PRIVATE, 0);

        Listen() {
            table.wake(memory, A, PRIVATE, 1);
        }

        @Override
        void run() {
            wait.onEnd(told::add);
        }

        @Override
        void check(boolean done) {
            if (!done) {
                wait.onEnd(told::add);
            }
            assertEquals(List.of(WaitResult.WOKEN), told);
        }
    }

    private static final class Stage extends Situation {
        private final PreparedWait wait = table.prepare(memory, A, PRIVATE, 0);

        @Override
        void run() {
            wait.asStage(Deadline.after(100));
        }

        @Override
        void check(boolean done) {
            pi.clock.advance(100);
            WaitResult end = wait.poll();
            assertTrue(done ? end == WaitResult.TIMED_OUT : end != WaitResult.TIMED_OUT, () -> "ended: " + end);
        }
    }

    private static final class RealtimeStage extends Situation {
        private final PreparedWait wait = new FutexTable().prepare(memory, A, PRIVATE, 0);

        @Override
        void run() {
            wait.asStage(Deadline.at(ClockId.REALTIME, Long.MAX_VALUE));
        }

        @Override
        void check(boolean done) {
            wait.cancel();
            assertEquals(WaitResult.CANCELLED, wait.poll());
            assertEquals(0, TimerAccess.waitersForChange(FutexClock.system()));
        }
    }

    private static final class CancelEverybody extends Situation {
        CancelEverybody() {
            crowd();
        }

        @Override
        void run() {
            table.cancel(key -> true);
        }

        @Override
        void check(boolean done) {
            assertEquals(done ? 3 : 0, ended());
            assertEquals(ended(), told.size());
        }
    }

    private static final class Move extends Situation {
        private final MappingListener follower = table.mappingListener();

        Move() {
            crowd();
        }

        @Override
        void run() {
            follower.moved(memory, A, 4, B);
        }

        @Override
        void check(boolean done) {
            assertEquals(done ? 0 : 3, table.waiterCount(memory, A, PRIVATE));
            assertEquals(done ? 3 : 0, table.waiterCount(memory, B, PRIVATE));
        }
    }

    private static final class Descriptor extends Situation {
        @Override
        void run() {
            FutexFd.openIfEquals(table, memory, A, PRIVATE, 0, FutexFd.Options.SILENT);
        }

        @Override
        void check(boolean done) {
            assertEquals(done ? 1 : 0, table.waiterCount(memory, A, PRIVATE));
        }
    }

    /** A descriptor forwards its wake, now or when it is closed again. */
    private static final class CloseDescriptor extends Situation {
        private final FutexFd fd =
                FutexFd.open(table, memory, A, PRIVATE, new FutexFd.Options(0, (it, signal) -> {}, true));

        CloseDescriptor() {
            table.wake(memory, A, PRIVATE, 1);
            crowd();
        }

        @Override
        void run() {
            fd.close();
        }

        @Override
        void check(boolean done) {
            if (!done) {
                fd.close();
            }
            assertWoken(1);
        }
    }

    /** A lock with an owner and waiters. */
    private static class Lock extends Situation {
        final PiTask owner = pi.task(1);
        final PiTask first = pi.task(2, 10);
        final PiTask second = pi.task(3, 20);

        Lock() {
            pi.lock(owner, A, PRIVATE);
        }

        @Override
        void run() {
            first.prepareLock(A, PRIVATE);
        }

        @Override
        void check(boolean done) {
            assertEquals(done ? 1 : 0, table.waiterCount(memory, A, PRIVATE));
            assertEquals(done ? 10 : 0, owner.effectivePriority());
            assertEquals(1, pi.word(A) & PiWord.TID_MASK);
            PiAudit.check(table, pi.tasks.values(), true);
        }
    }

    private static final class Unlock extends Lock {
        Unlock() {
            pi.block(first, A, PRIVATE);
            pi.block(second, A, PRIVATE);
        }

        @Override
        void run() {
            owner.unlock(A, PRIVATE);
        }

        @Override
        void check(boolean done) {
            assertEquals(done ? 3 : 1, pi.word(A) & PiWord.TID_MASK);
            assertEquals(done ? 1 : 2, table.waiterCount(memory, A, PRIVATE));
            PiAudit.check(table, pi.tasks.values(), true);
        }
    }

    private static final class GiveUpTheLock extends Lock {
        private final PiWait wait = pi.block(first, A, PRIVATE);

        @Override
        void run() {
            wait.cancel();
        }

        @Override
        void check(boolean done) {
            assertEquals(done ? 0 : 1, table.waiterCount(memory, A, PRIVATE));
            assertEquals(done ? 0 : 10, owner.effectivePriority());
            PiAudit.check(table, pi.tasks.values(), true);
        }
    }

    private static final class Rise extends Lock {
        Rise() {
            pi.block(first, A, PRIVATE);
        }

        @Override
        void run() {
            first.setPriority(50);
        }

        @Override
        void check(boolean done) {
            assertEquals(done ? 50 : 10, owner.effectivePriority());
            PiAudit.check(table, pi.tasks.values(), true);
        }
    }

    private static final class RequeueToTheLock extends Lock {
        RequeueToTheLock() {
            pi.blockRequeue(first, B, A, PRIVATE);
            pi.blockRequeue(second, B, A, PRIVATE);
        }

        @Override
        void run() {
            table.compareAndRequeuePi(memory, B, A, PRIVATE, 9, 0);
        }

        @Override
        void check(boolean done) {
            assertEquals(done ? 2 : 0, table.waiterCount(memory, A, PRIVATE));
            assertEquals(done ? 0 : 2, table.waiterCount(memory, B, PRIVATE));
            assertEquals(done ? 20 : 0, owner.effectivePriority());
            PiAudit.check(table, pi.tasks.values(), true);
        }
    }

    private static final class WaitForARequeue extends Lock {
        @Override
        void run() {
            first.prepareWaitRequeue(B, 0, A, PRIVATE);
        }

        @Override
        void check(boolean done) {
            assertEquals(done ? 1 : 0, table.waiterCount(memory, B, PRIVATE));
            PiAudit.check(table, pi.tasks.values(), true);
        }
    }

    private static final class Exit extends Lock {
        Exit() {
            pi.lock(owner, B, PRIVATE);
            pi.block(first, A, PRIVATE);
            pi.block(second, B, PRIVATE);
            owner.addRobust(A);
        }

        @Override
        void run() {
            owner.exit();
        }

        @Override
        void check(boolean done) {
            assertEquals(done, owner.isDead());
            assertEquals(done ? 2 : 1, pi.word(A) & PiWord.TID_MASK);
            assertEquals(done ? 3 : 1, pi.word(B) & PiWord.TID_MASK);
            assertEquals(done ? 0 : 2, table.waiterCount(memory, A, PRIVATE) + table.waiterCount(memory, B, PRIVATE));
            PiAudit.check(table, pi.tasks.values(), true);
        }
    }

    /** A wait on a condition that times out at once. The mutex is held afterwards, even if the wait throws. */
    private static final class AwaitCondition extends Situation {
        private final FutexMutex mutex = new FutexMutex(table, memory, A, PRIVATE);
        private final FutexCondition condition = mutex.newCondition(B);

        AwaitCondition() {
            mutex.lock();
        }

        @Override
        @SuppressWarnings("WaitNotInLoop")
        void run() throws Exception {
            condition.awaitNanos(0);
        }

        @Override
        void check(boolean done) {
            assertTrue(mutex.isLocked());
            assertEquals(0, table.waiterCount(memory, B, PRIVATE));
        }
    }

    private static final class AwaitPiCondition extends Situation {
        private final PiTask owner = pi.task(1);
        private final PiMutex mutex = new PiMutex(table, memory, A, PRIVATE);
        private final PiCondition condition = mutex.newCondition(B);

        AwaitPiCondition() {
            mutex.lock(owner);
        }

        @Override
        void run() throws Exception {
            condition.await(owner, 0, TimeUnit.SECONDS);
        }

        @Override
        void check(boolean done) {
            assertTrue(mutex.isHeldBy(owner));
            assertEquals(0, table.waiterCount(memory, B, PRIVATE));
        }
    }

    /** The scenarios of conditions, which lock the mutex again even if they must wait long for memory. */
    static List<Supplier<Situation>> conditions() {
        return List.of(AwaitCondition::new, AwaitPiCondition::new);
    }

    static List<Supplier<Situation>> all() {
        return List.of(
                Wake::new,
                WakeInLine::new,
                WakeThoseWhoListen::new,
                WakeWithOperation::new,
                RequeueAll::new,
                RequeueOne::new,
                Prepare::new,
                PrepareOnPages::new,
                Await::new,
                AwaitAWhile::new,
                AwaitAny::new,
                CancelOne::new,
                PollAny::new,
                WakeOneOfMany::new,
                Listen::new,
                Stage::new,
                RealtimeStage::new,
                CancelEverybody::new,
                Descriptor::new,
                CloseDescriptor::new,
                Lock::new,
                Unlock::new,
                GiveUpTheLock::new,
                Rise::new,
                RequeueToTheLock::new,
                WaitForARequeue::new,
                Exit::new);
    }
}
