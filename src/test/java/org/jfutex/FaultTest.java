package org.jfutex;

import static java.util.Objects.requireNonNull;
import static org.jfutex.Scope.PRIVATE;
import static org.jfutex.Scope.SHARED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jfutex.Threads.Running;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.WordSize;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.ClockId;
import org.jfutex.time.Deadline;
import org.jfutex.time.FutexClock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Faults of others leave the table consistent: throwing memories, clocks and callbacks, dying threads, foreign permits.
 */
@Timeout(120)
class FaultTest {

    private static final long A = 64;
    private static final long B = 128;
    private static final WakeOp ADD = new WakeOp(WakeOp.Operation.ADD, 1, false, WakeOp.Comparison.EQ, 0);

    private final PiWorld pi = new PiWorld();
    private FutexTable table = pi.table;
    private final FlatMemory object = pi.object;
    private final FaultyMemory memory = new FaultyMemory(object);

    @AfterEach
    void checkTableIsEmpty() throws Exception {
        table.cancel(k -> true);
        TableEmptyCheck.check(table);
        assertFalse(Thread.interrupted());
    }

    /** A memory that fails at one of the calls to it. */
    private static final class FaultyMemory extends PiWorld.Space {

        private int callsLeft = Integer.MAX_VALUE;
        private @Nullable Supplier<Throwable> failure;

        FaultyMemory(FlatMemory object) {
            super(object, 0);
        }

        void failAt(int call, Supplier<Throwable> how) {
            callsLeft = call;
            failure = how;
        }

        void work() {
            callsLeft = Integer.MAX_VALUE;
        }

        private void call() {
            if (callsLeft != Integer.MAX_VALUE && callsLeft-- == 0) {
                callsLeft = Integer.MAX_VALUE;
                Threads.throwAnyway(requireNonNull(failure).get());
            }
        }

        @Override
        public int load(long address) {
            call();
            return super.load(address);
        }

        @Override
        public int compareAndExchange(long address, int expected, int desired) {
            call();
            return super.compareAndExchange(address, expected, desired);
        }

        @Override
        public FutexKey sharedKey(long address, Access access) {
            call();
            return super.sharedKey(address, access);
        }
    }

    private static final List<Supplier<Throwable>> FAILURES = List.of(
            () -> new MemoryFaultException(A, Access.READ),
            () -> new IllegalStateException("planned"),
            () -> new OutOfMemoryError("planned"),
            () -> new StackOverflowError("planned"),
            () -> new java.io.IOException("planned"));

    private interface Operation {
        void run() throws Exception;
    }

    /**
     * Runs an operation with a failure at its first call of the memory, then at its second, and so on for all its
     * calls.
     */
    private void failEverywhere(String what, Operation setUp, Operation operation, Operation check) throws Exception {
        for (Supplier<Throwable> failure : FAILURES) {
            for (int call = 0; ; call++) {
                setUp.run();
                memory.failAt(call, failure);
                boolean done = false;
                try {
                    operation.run();
                    done = true;
                } catch (Throwable t) {
                    assertSame(failure.get().getClass(), t.getClass(), what);
                }
                memory.work();
                if (!done) {
                    String where = what + ", call " + call + ", " + failure.get();
                    try {
                        check.run();
                    } catch (Throwable t) {
                        throw new AssertionError(where + ": " + t.getMessage(), t);
                    }
                }
                for (PiTask t : pi.tasks.values()) {
                    PiWaiter w = t.pending;
                    if (w != null) {
                        w.wait.cancel();
                    }
                }
                table.cancel(k -> true);
                TableEmptyCheck.check(table);
                if (done) {
                    assertTrue(call > 0 || what.startsWith("wake private"), () -> what + " does not read the memory");
                    break;
                }
            }
        }
    }

    @Test
    void memoryThatThrows_atAnyCall_leavesTableAsItWas() throws Exception {
        List<PreparedWait> waits = new ArrayList<>();
        for (Scope scope : Scope.values()) {
            Operation noPreparation = waits::clear;
            Operation crowd = () -> {
                waits.clear();
                object.store(B, 0);
                for (int i = 0; i < 3; i++) {
                    waits.add(table.prepare(memory, A, scope, 0));
                }
            };
            Operation noWaiterQueued = () -> assertEquals(0, table.waiters().size());
            Operation allStillWait = () -> {
                assertEquals(3, table.waiterCount(memory, A, scope));
                assertEquals(0, object.load(B));
            };
            failEverywhere(
                    "await", noPreparation, () -> table.await(memory, A, scope, 0, Deadline.after(0)), noWaiterQueued);
            failEverywhere("prepare", noPreparation, () -> table.prepare(memory, A, scope, 0), noWaiterQueued);
            failEverywhere(
                    "prepareAny",
                    noPreparation,
                    () -> table.prepareAny(memory, List.of(new WaitWord(A, scope, 0), new WaitWord(B, scope, 0)), 0),
                    noWaiterQueued);
            failEverywhere(
                    "descriptor",
                    noPreparation,
                    () -> FutexFd.openIfEquals(table, memory, A, scope, 0, FutexFd.Options.SILENT),
                    noWaiterQueued);
            failEverywhere(
                    scope == PRIVATE ? "wake private" : "wake",
                    crowd,
                    () -> table.wake(memory, A, scope, 1),
                    allStillWait);
            failEverywhere("wakeOp", crowd, () -> table.wakeOp(memory, A, B, scope, 1, 1, ADD), allStillWait);
            failEverywhere(
                    "requeue",
                    crowd,
                    () -> table.compareAndRequeue(memory, A, B, scope, WordSize.U32, 1, 1, 0),
                    allStillWait);
        }
    }

    @Test
    void memoryThatThrows_inPiOperation_leavesTableAsItWas() throws Exception {
        for (Scope scope : Scope.values()) {
            Operation locked = () -> {
                pi.tasks.clear();
                for (int tid = 1; tid <= 3; tid++) {
                    pi.add(new PiTask(table, tid, memory), 10 * tid);
                }
                object.store(A, 1);
                object.store(B, 0);
            };
            Operation waitedFor = () -> {
                locked.run();
                pi.block(pi.known(2), A, scope);
            };
            Operation onCondition = () -> {
                locked.run();
                pi.known(2).prepareWaitRequeue(B, 0, A, scope);
                pi.known(3).prepareWaitRequeue(B, 0, A, scope);
            };
            Operation audit = () -> PiAudit.check(table, pi.tasks.values(), false);
            failEverywhere("lock", locked, () -> pi.known(2).prepareLock(A, scope), () -> {
                audit.run();
                assertEquals(10, pi.known(1).effectivePriority());
                assertEquals(1, object.load(A) & PiWord.TID_MASK);
            });
            failEverywhere("try", locked, () -> pi.known(2).tryLock(A, scope), audit);
            failEverywhere("unlock", waitedFor, () -> pi.known(1).unlock(A, scope), () -> {
                audit.run();
                assertEquals(20, pi.known(1).effectivePriority());
            });
            failEverywhere("wait", locked, () -> pi.known(2).prepareWaitRequeue(B, 0, A, scope), audit);
            failEverywhere("requeue", onCondition, () -> table.compareAndRequeuePi(memory, B, A, scope, 9, 0), audit);
        }
    }

    /** A task with two contended locks and one lock without waiters exits while its memory fails. */
    @Test
    void exit_memoryThrows_completesAllSteps() throws Exception {
        for (Scope scope : Scope.values()) {
            for (Supplier<Throwable> failure : FAILURES) {
                int call = 0;
                while (exitFails(scope, failure, call)) {
                    call++;
                }
                assertTrue(call > 6, "three words are marked, two are given away: " + call);
            }
        }
    }

    private boolean exitFails(Scope scope, Supplier<Throwable> failure, int call) throws Exception {
        long[] locks = {A, B, B + 64};
        pi.tasks.clear();
        for (int tid = 1; tid <= 4; tid++) {
            pi.add(new PiTask(table, tid, memory), 10 * tid);
        }
        PiTask dying = pi.known(1);
        for (long lock : locks) {
            object.store(lock, 1);
            dying.addRobust(lock);
        }
        PiWait top = pi.block(pi.known(3), A, scope);
        PiWait behind = pi.block(pi.known(2), A, scope);
        PiWait other = pi.block(pi.known(4), B, scope);
        memory.failAt(call, failure);
        Class<?> thrown = null;
        try {
            dying.exit();
        } catch (Throwable t) {
            thrown = t.getClass();
        }
        boolean failed = memory.callsLeft == Integer.MAX_VALUE;
        memory.work();
        String where = scope + ", call " + call + ", " + failure.get();
        Class<?> expected = failure.get().getClass();
        assertEquals(failed && expected != MemoryFaultException.class ? expected : null, thrown, where);
        assertTrue(dying.dead && dying.owned.isEmpty(), where);
        assertThrows(IllegalStateException.class, dying::exit);
        int faults = 0;
        for (PiWait heir : List.of(top, behind, other)) {
            PiResult how = heir.poll();
            faults += how == PiResult.FAULT ? 1 : 0;
            assertEquals(how == null || how == PiResult.FAULT, owner(heir.task()) == null, where);
        }
        assertEquals(top.poll() == PiResult.LOCKED, behind.poll() == null, where);
        int notMarked = 0;
        for (long lock : locks) {
            notMarked += (object.load(lock) & PiWord.TID_MASK) == 1 ? 1 : 0;
        }
        assertTrue(faults + notMarked <= (failed ? 1 : 0), () -> where + ": one failure is one harm");
        PiAudit.check(table, List.of(pi.known(2), pi.known(3), pi.known(4)), true);
        behind.cancel();
        TableEmptyCheck.check(table);
        return failed;
    }

    /** Returns the lock of a task, or null if it has none. */
    private @Nullable Long owner(PiTask task) {
        for (long lock : new long[] {A, B}) {
            if ((object.load(lock) & PiWord.TID_MASK) == task.tid()) {
                return lock;
            }
        }
        return null;
    }

    @Test
    void wakeBeforeFaultOfLaterWord_counts() {
        FutexMemory waking = new PiWorld.Space(object, 0) {
            @Override
            public int load(long address) {
                if (address == B) {
                    assertTrue(Threads.inAnother(() -> table.wake(this, A, PRIVATE, 1) == 1));
                    throw new MemoryFaultException(B, Access.READ);
                }
                return super.load(address);
            }
        };
        table = FutexTable.builder().buckets(65536).build(); // so that the waker does not need this bucket
        PreparedWait any =
                table.prepareAny(waking, List.of(new WaitWord(A, PRIVATE, 0), new WaitWord(B, PRIVATE, 0)), 0);
        assertEquals(WaitResult.WOKEN, any.poll());
        assertEquals(0, any.index());
    }

    // ---- clocks

    /** A clock that tests make wrong. */
    private static final class FaultyClock implements FutexClock {
        volatile long now = 1_000_000;
        volatile @Nullable RuntimeException failure;
        final AtomicInteger parks = new AtomicInteger();

        @Override
        public long nanos(ClockId clockId) {
            return now;
        }

        @Override
        public void park(Object blocker, ClockId clockId, long now, long deadline) {
            parks.incrementAndGet();
            RuntimeException e = failure;
            if (e != null) {
                throw e;
            }
            LockSupport.parkNanos(blocker, TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    @Test
    void clockThatJumpsBack_makesNoTimeoutEarly() throws Exception {
        FaultyClock clock = new FaultyClock();
        table = FutexTable.builder().clock(clock).build();
        Running<WaitResult> sleeper = Threads.start(() -> table.await(object, A, PRIVATE, 0, Deadline.after(1000)));
        Threads.awaitAsleep(sleeper.thread());
        for (long jump : new long[] {0, Long.MIN_VALUE + 1, -5, 1_000_999}) {
            clock.now = jump;
            int seen = clock.parks.get();
            while (clock.parks.get() < seen + 3) {
                Thread.onSpinWait();
            }
            assertTrue(sleeper.thread().isAlive());
        }
        clock.now = 1_001_000;
        assertEquals(WaitResult.TIMED_OUT, sleeper.get());
    }

    @Test
    void clockThatThrows_dequeuesWaiterAndForwardsWake() throws Exception {
        FaultyClock clock = new FaultyClock();
        table = FutexTable.builder().clock(clock).build();
        Running<WaitResult> sleeper = Threads.start(() -> table.await(object, A, PRIVATE, 0, Deadline.after(1000)));
        Threads.awaitAsleep(sleeper.thread());
        clock.failure = new IllegalStateException("the clock is broken");
        ExecutionException e = assertThrows(ExecutionException.class, sleeper::get);
        assertSame(clock.failure, e.getCause());
        assertEquals(0, table.waiterCount(object, A, PRIVATE));
        assertThrows(IllegalStateException.class, () -> table.await(object, A, PRIVATE, 0, Deadline.after(1000)));
        assertEquals(0, table.waiterCount(object, A, PRIVATE));
    }

    @Test
    void wakeOfFailingSleeper_isForwarded() {
        List<PreparedWait> next = new ArrayList<>();
        FutexClock clock = new FixedClock(() -> {
            next.add(table.prepare(object, A, PRIVATE, 0));
            assertEquals(1, table.wake(object, A, PRIVATE, 1)); // wakes the sleeper, which is first in the queue
            throw new IllegalStateException("broken");
        });
        table = FutexTable.builder().clock(clock).build();
        assertThrows(IllegalStateException.class, () -> table.await(object, A, PRIVATE, 0, Deadline.after(1000)));
        assertEquals(WaitResult.WOKEN, next.get(0).poll());
    }

    @Test
    void lockOfFailingSleeper_isReleasedWhenMemoryIsAvailable() {
        List<PiTask> tasks = new ArrayList<>();
        FutexClock clock = new FixedClock(() -> {
            assertEquals(PiResult.UNLOCKED, tasks.get(0).unlock(A, PRIVATE));
            memory.failAt(0, () -> new OutOfMemoryError("planned"));
            throw new IllegalStateException("broken");
        });
        table = FutexTable.builder()
                .clock(clock)
                .tasks(tid -> tasks.get(tid - 1))
                .build();
        tasks.add(new PiTask(table, 1, memory));
        tasks.add(new PiTask(table, 2, memory));
        assertEquals(PiResult.LOCKED, tasks.get(0).tryLock(A, PRIVATE));
        assertThrows(IllegalStateException.class, () -> tasks.get(1).lock(A, PRIVATE, Deadline.after(1000)));
        assertEquals(PiResult.LOCKED, tasks.get(0).tryLock(A, PRIVATE));
    }

    @Test
    void interrupt_clockThrows_staysPending() {
        AtomicInteger looks = new AtomicInteger();
        FutexClock clock = new FixedClock(() -> {
            Thread.currentThread().interrupt();
            if (looks.getAndIncrement() == 0) {
                throw new IllegalStateException("broken");
            }
        });
        table = FutexTable.builder().clock(clock).build();
        assertThrows(IllegalStateException.class, () -> table.await(object, A, PRIVATE, 0, Deadline.after(1000)));
        assertTrue(Thread.interrupted());
        assertThrows(InterruptedException.class, () -> table.await(object, A, PRIVATE, 0, Deadline.after(1000)));
    }

    @Test
    void timerThatCannotStart_endsWait() {
        FutexClock clock = new FutexClock() {
            @Override
            public long nanos(ClockId clockId) {
                return 0;
            }

            @Override
            public void park(Object blocker, ClockId clockId, long now, long deadline) {}

            @Override
            public Runnable schedule(ClockId clockId, long deadline, Runnable task) {
                throw new OutOfMemoryError("unable to create native thread");
            }
        };
        table = FutexTable.builder().clock(clock).build();
        PreparedWait wait = table.prepare(object, A, PRIVATE, 0);
        assertThrows(OutOfMemoryError.class, () -> wait.asStage(Deadline.after(1)));
        assertEquals(WaitResult.CANCELLED, wait.poll());
    }

    // ---- callbacks

    @Test
    void callbackAndHandlerThatThrow_affectNoOtherWait() throws Exception {
        List<Throwable> caught = new ArrayList<>();
        List<WaitResult> told = new ArrayList<>();
        List<PreparedWait> waits = new ArrayList<>();
        for (Throwable failure : List.of(new IllegalStateException("planned"), new OutOfMemoryError("planned"))) {
            for (int i = 0; i < 3; i++) {
                PreparedWait wait = table.prepare(object, A, PRIVATE, 0);
                waits.add(wait);
                int me = i;
                wait.onEnd(result -> {
                    told.add(result);
                    if (me != 1) {
                        Threads.throwAnyway(failure);
                    }
                });
            }
        }
        Running<Integer> waker = Threads.start(() -> {
            Thread.currentThread().setUncaughtExceptionHandler((thread, e) -> {
                caught.add(e);
                throw new IllegalStateException("the handler");
            });
            return table.wake(object, A, PRIVATE, 9);
        });
        assertEquals(6, waker.get());
        assertEquals(6, told.size());
        assertEquals(4, caught.size());
        waits.forEach(w -> assertEquals(WaitResult.WOKEN, w.poll()));
    }

    @Test
    void callbackOfEndedWait_throws_isReportedToHandler() {
        PreparedWait wait = table.prepare(object, A, PRIVATE, 0);
        wait.cancel();
        AtomicReference<@Nullable Throwable> caught = new AtomicReference<>();
        assertTrue(Threads.inAnother(() -> {
            Thread.currentThread().setUncaughtExceptionHandler((thread, e) -> caught.set(e));
            wait.onEnd(result -> {
                throw new IllegalStateException("planned");
            });
            return true;
        }));
        assertEquals("planned", assertNotNullAnd(caught.get()).getMessage());
    }

    @Test
    void callback_mayUseTheTable() {
        List<WaitResult> told = new ArrayList<>();
        PreparedWait first = table.prepare(object, A, PRIVATE, 0);
        PreparedWait second = table.prepare(object, A, PRIVATE, 0);
        second.onEnd(told::add);
        first.onEnd(result -> {
            told.add(result);
            assertEquals(1, table.requeue(object, A, B, PRIVATE, 0, 9).moved());
            assertEquals(1, table.wake(object, B, PRIVATE, 1));
            assertEquals(
                    WaitResult.CANCELLED, table.prepare(object, A, PRIVATE, 0).cancel());
            assertEquals(0, table.cancel(k -> true));
            assertEquals(List.of(), table.waiters());
        });
        assertEquals(1, table.wake(object, A, PRIVATE, 1));
        assertEquals(List.of(WaitResult.WOKEN, WaitResult.WOKEN), told);
    }

    @Test
    void callbackChain_ofHundredThousandWakes_ends() throws Exception {
        int most = 100_000;
        AtomicInteger called = new AtomicInteger();
        for (int i = 0; i < most; i++) {
            table.prepare(object, A, PRIVATE, 0).onEnd(result -> {
                called.incrementAndGet();
                table.wake(object, A, PRIVATE, 1);
            });
        }
        assertEquals(1, table.wake(object, A, PRIVATE, 1));
        assertEquals(most, called.get());
    }

    @Test
    void callbackThatBlocks_blocksOnlyItsWaker() throws Exception {
        CountDownLatch blocked = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        PreparedWait first = table.prepare(object, A, PRIVATE, 0);
        first.onEnd(result -> {
            blocked.countDown();
            Threads.unchecked(() -> go.await(60, TimeUnit.SECONDS));
        });
        Running<Integer> waker = Threads.start(() -> table.wake(object, A, PRIVATE, 1));
        assertTrue(blocked.await(60, TimeUnit.SECONDS));
        PreparedWait second = table.prepare(object, A, PRIVATE, 0);
        assertEquals(1, table.wake(object, A, PRIVATE, 9));
        assertEquals(WaitResult.WOKEN, second.poll());
        assertTrue(waker.thread().isAlive());
        go.countDown();
        assertEquals(1, waker.get());
    }

    @Test
    void descriptor_mayBeClosedByItsSignal() {
        for (boolean forward : new boolean[] {false, true}) {
            FutexFd.Options closing = new FutexFd.Options(1, (fd, signal) -> fd.close(), forward);
            FutexFd fd = FutexFd.open(table, object, A, PRIVATE, closing);
            PreparedWait next = table.prepare(object, A, PRIVATE, 0);
            assertEquals(1, table.wake(object, A, PRIVATE, 1));
            assertThrows(IllegalStateException.class, fd::poll);
            assertEquals(forward ? WaitResult.WOKEN : null, next.poll());
            next.cancel();
        }
    }

    @Test
    void priorityListenerThatThrows_isCalledNextTime() {
        List<Integer> told = new ArrayList<>();
        PiTask owner = PiTask.listened(table, 1, object, (task, priority) -> {
            told.add(priority);
            throw new IllegalStateException("planned");
        });
        assertTrue(Threads.inAnother(() -> {
            Thread.currentThread().setUncaughtExceptionHandler((t, e) -> {
                throw new IllegalStateException("the handler");
            });
            owner.setPriority(3);
            owner.setPriority(4);
            return true;
        }));
        assertEquals(List.of(3, 4), told);
    }

    // ---- threads

    @Test
    void spuriousUnparks_endNoWaitAndLeaveNoPermit() throws Exception {
        AtomicBoolean parked = new AtomicBoolean();
        Running<Boolean> sleeper = Threads.start(() -> {
            assertEquals(WaitResult.WOKEN, table.await(object, A, PRIVATE, 0));
            parked.set(true);
            long before = System.nanoTime();
            LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(50));
            return System.nanoTime() - before >= TimeUnit.MILLISECONDS.toNanos(50);
        });
        Threads.awaitAsleep(sleeper.thread());
        for (int i = 0; i < 10_000; i++) {
            LockSupport.unpark(sleeper.thread());
            assertFalse(parked.get());
        }
        Threads.awaitAsleep(sleeper.thread());
        assertEquals(1, table.waiterCount(object, A, PRIVATE));
        assertEquals(1, table.wake(object, A, PRIVATE, 1));
        assertTrue(sleeper.get(), "a permit of the table made the caller's own park return");
    }

    @Test
    void leftoverPermit_isNoWake() throws Exception {
        for (int i = 0; i < 2_000; i++) {
            LockSupport.unpark(Thread.currentThread());
            assertEquals(WaitResult.TIMED_OUT, table.await(object, A, PRIVATE, 0, Deadline.at(ClockId.MONOTONIC, 0)));
            LockSupport.unpark(Thread.currentThread());
            PreparedWait wait = table.prepare(object, A, PRIVATE, 0);
            assertEquals(1, table.wake(object, A, PRIVATE, 1));
            assertEquals(WaitResult.WOKEN, wait.await());
        }
        LockSupport.parkNanos(1); // takes the last permit
    }

    @Test
    void threadThatDiesInSleep_isNoLongerQueued() throws Exception {
        FutexClock deadly =
                new FixedClock(() -> Threads.throwAnyway(new ThreadDeath())); // as Thread.stop did until JDK 19
        table = FutexTable.builder().clock(deadly).build();
        Running<WaitResult> sleeper = Threads.start(() -> table.await(object, A, PRIVATE, 0, Deadline.after(1000)));
        assertThrows(ExecutionException.class, sleeper::get);
        assertEquals(0, table.waiterCount(object, A, PRIVATE));
        PreparedWait next = table.prepare(object, A, PRIVATE, 0);
        assertEquals(1, table.wake(object, A, PRIVATE, 1));
        assertEquals(WaitResult.WOKEN, next.poll());
    }

    @Test
    void preparedWaitOfDeadThread_staysUntilEnded() throws Exception {
        Threads.Running<PreparedWait> gone = Threads.start(() -> table.prepare(object, A, SHARED, 0));
        PreparedWait left = gone.get();
        gone.thread().join();
        assertEquals(1, table.waiterCount(object, A, SHARED));
        assertEquals(
                1, table.cancel(FutexKey.of(((org.jfutex.key.SharedKey) object.sharedKey(A, Access.READ)).object())));
        assertEquals(WaitResult.CANCELLED, left.poll());
    }

    private static <T> T assertNotNullAnd(@Nullable T value) {
        assertNotNull(value);
        return value;
    }
}
