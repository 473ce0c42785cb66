package org.jfutex.time;

import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.security.ProtectionDomain;
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
import org.jfutex.FutexTable;
import org.jfutex.PendingWait;
import org.jfutex.PreparedWait;
import org.jfutex.Threads;
import org.jfutex.WaitResult;
import org.jfutex.memory.FlatMemory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Waits until a point of a realtime clock, with and without a change of the clock during the wait. */
@Timeout(60)
class ClockChangeNotifierTest {

    private static final long HOUR = Duration.ofHours(1).toNanos();
    private static final FutexClock SYSTEM = FutexClock.system();

    /** A clock that can be set, and that counts its reads. */
    private static final class SetClock implements FutexClock {

        private final AtomicLong ahead = new AtomicLong();
        private final AtomicLong looks = new AtomicLong();
        private volatile boolean broken;

        @Override
        public long nanos(ClockId clockId) {
            if (clockId == ClockId.MONOTONIC) {
                return SYSTEM.nanos(clockId);
            }
            if (broken) {
                throw new IllegalStateException("the clock is broken, as planned");
            }
            looks.incrementAndGet();
            return SYSTEM.nanos(clockId) + ahead.get();
        }

        @Override
        public void park(Object blocker, ClockId clockId, long now, long deadline) {
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
        return wait.asStage(Deadline.at(ClockId.REALTIME, clock.nanos(ClockId.REALTIME) + nanos));
    }

    private static void await(BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(40)) {
                throw new AssertionError("the condition never became true");
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** Waits for a time that is counted in polls: a poller that reads four times a second has made this many reads. */
    private static void pass(int looks) {
        long end = System.nanoTime() + looks * ClockChangeNotifier.SLICE;
        await(() -> System.nanoTime() - end > 0);
    }

    private static boolean isOver(CompletionStage<WaitResult> stage) {
        return stage.toCompletableFuture().isDone();
    }

    private static WaitResult end(CompletionStage<WaitResult> stage) throws Exception {
        return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @Test
    void thousandWaiters_causeOnePoller() {
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
    void clockSetBeyondDeadline_endsWait() throws Exception {
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
    void clockSetBack_postponesDeadline() throws Exception {
        var stage = stage(2 * ClockChangeNotifier.SLICE);
        clock.ahead.set(-HOUR);
        pass(4);
        assertFalse(isOver(stage));
        clock.ahead.set(0);
        assertEquals(WaitResult.TIMED_OUT, end(stage));
    }

    @Test
    void deadlineOfUnchangedClock_isMetInTime() throws Exception {
        long start = System.nanoTime();
        assertEquals(WaitResult.TIMED_OUT, end(stage(300_000_000)));
        assertTrue(System.nanoTime() - start >= 299_000_000);
    }

    @Test
    void clockWithoutWaiters_isNotKept() throws Exception {
        var steps = ClockChangeNotifier.of(clock);
        var stage = stage(HOUR);
        stage(HOUR);
        stage(1);
        assertEquals(WaitResult.TIMED_OUT, end(stage(2)));
        await(() -> steps.waiting() == 2);
        assertSame(steps, ClockChangeNotifier.of(clock));
        waits.get(1).cancel();
        table.wake(memory, 0, PRIVATE, 1);
        assertEquals(WaitResult.WOKEN, end(stage));
        assertEquals(0, steps.waiting());
        pass(3);
        assertNotSame(steps, ClockChangeNotifier.of(clock));
    }

    @Test
    void waiterOfRemovedClock_isNotified() throws Exception {
        var old = ClockChangeNotifier.of(clock);
        stage(HOUR);
        waits.get(0).cancel();
        await(() -> ClockChangeNotifier.of(clock) != old);
        var told = new CompletableFuture<WaitResult>();
        ClockChangeNotifier.Listener waiter = new ClockChangeNotifier.Listener() {
            @Override
            void clockWasSet() {
                told.complete(WaitResult.TIMED_OUT);
            }
        };
        old.add(waiter); // was polled before the clock was removed
        clock.ahead.set(HOUR);
        assertEquals(WaitResult.TIMED_OUT, end(told));
        old.remove(waiter);
    }

    @Test
    void clockThatFailsDuringPoll_isPolledAgain() throws Exception {
        var stage = stage(HOUR);
        clock.broken = true;
        pass(3);
        assertFalse(isOver(stage));
        clock.ahead.set(2 * HOUR);
        clock.broken = false;
        assertEquals(WaitResult.TIMED_OUT, end(stage));
    }

    @Test
    void waiterRejectedByClock_isNotKept() {
        var steps = ClockChangeNotifier.of(clock);
        clock.broken = true;
        PreparedWait wait = table.prepare(memory, 0, PRIVATE, 0);
        assertThrows(
                IllegalStateException.class,
                () -> wait.asStage(Deadline.at(Instant.now().plusSeconds(3600))));
        assertEquals(0, steps.waiting());
        assertEquals(WaitResult.CANCELLED, wait.poll());
    }

    @Test
    void timerWithoutThread_isNotKept() {
        var pool = Timers.THREAD;
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
            assertEquals(0, Timers.pending());
        } finally {
            pool.setThreadFactory(factory);
            pool.setKeepAliveTime(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void sleepingThread_systemClockIsSet_wakes() throws Exception {
        var steps = ClockChangeNotifier.of(SYSTEM);
        int before = steps.waiting();
        var sleeper = Threads.start(() -> {
            long now = SYSTEM.nanos(ClockId.REALTIME);
            while (ClockChangeNotifier.watching(SYSTEM) == null) {
                // returns, because it starts the poller of the clock
                SYSTEM.park(this, ClockId.REALTIME, now, now + HOUR);
            }
            SYSTEM.park(this, ClockId.REALTIME, now, now + HOUR);
            return true;
        });
        await(() -> steps.waiting() > before);
        pass(3);
        assertTrue(sleeper.thread().isAlive());
        steps.notifyAllListeners();
        assertTrue(sleeper.get());
        assertEquals(before, steps.waiting());
    }

    /** Two clocks are equal, and one of them is set. */
    private record EqualClock(String name, AtomicLong ahead) implements FutexClock {

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof EqualClock c && c.name.equals(name);
        }

        @Override
        public int hashCode() {
            return name.hashCode();
        }

        @Override
        public long nanos(ClockId clockId) {
            return SYSTEM.nanos(clockId) + (clockId == ClockId.REALTIME ? ahead.get() : 0);
        }

        @Override
        public void park(Object blocker, ClockId clockId, long now, long deadline) {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void equalClocks_eachIsWatchedForItself() throws Exception {
        EqualClock still = new EqualClock("clock", new AtomicLong());
        EqualClock set = new EqualClock("clock", new AtomicLong());
        List<CompletableFuture<Boolean>> rung = new ArrayList<>();
        List<Runnable> cancels = new ArrayList<>();
        for (EqualClock c : List.of(still, set)) {
            CompletableFuture<Boolean> ring = new CompletableFuture<>();
            rung.add(ring);
            cancels.add(c.schedule(ClockId.REALTIME, c.nanos(ClockId.REALTIME) + HOUR, () -> ring.complete(true)));
        }
        set.ahead.set(2 * HOUR);
        assertTrue(rung.get(1).get(30, TimeUnit.SECONDS));
        assertFalse(rung.get(0).isDone());
        cancels.forEach(Runnable::run);
    }

    @Test
    void clockThatAlwaysFails_isReportedAndReadLessAndLessOften() {
        List<Throwable> reports = new ArrayList<>();
        Thread me = Thread.currentThread();
        var handler = me.getUncaughtExceptionHandler();
        me.setUncaughtExceptionHandler((thread, e) -> reports.add(e));
        try {
            Backoff backoff = new Backoff(10);
            List<Long> pauses = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                pauses.add(backoff.failed(new IllegalStateException("planned")));
            }
            assertEquals(List.of(10L, 20L, 40L, 80L, 160L, 320L, 320L), pauses.subList(0, 7));
            assertEquals(320, pauses.get(999));
            assertEquals(10, reports.size());
            backoff.succeeded();
            assertEquals(10, backoff.failed(new IllegalStateException("planned")));
            assertEquals(11, reports.size());
        } finally {
            me.setUncaughtExceptionHandler(handler);
        }
    }

    /** Checks the properties that the timer thread could inherit from the first caller's thread. */
    @SuppressWarnings("ThreadPriorityCheck") // a priority that must not be inherited
    @Test
    void timerThread_inheritsNothingFromItsFirstUser() throws Exception {
        var pool = Timers.THREAD;
        pool.setKeepAliveTime(1, TimeUnit.MILLISECONDS);
        try {
            await(() -> pool.getPoolSize() == 0);
            ThreadGroup group = new ThreadGroup("guests");
            CompletableFuture<Thread> timer = new CompletableFuture<>();
            Runnable alarm = () -> timer.complete(Thread.currentThread());
            Thread first = new Thread(
                    group, () -> assertFalse(Timers.schedule(alarm, 1).isCancelled()));
            first.setPriority(Thread.MIN_PRIORITY);
            first.start();
            Thread t = timer.get(30, TimeUnit.SECONDS);
            assertEquals(Thread.NORM_PRIORITY, t.getPriority());
            first.join();
            var threads = new Thread[100];
            assertEquals(0, group.enumerate(threads));
        } finally {
            pool.setKeepAliveTime(10, TimeUnit.SECONDS);
        }
    }

    /** A caller whose class is loaded by a separate class loader. */
    public static final class Caller implements Runnable {

        private final Runnable called;

        /** Calls this. */
        public Caller(Runnable called) {
            this.called = called;
        }

        @Override
        public void run() {
            called.run();
        }
    }

    @Test
    void timerThread_keepsNoClassLoaderOfItsFirstCaller() throws Exception {
        var pool = Timers.THREAD;
        pool.setKeepAliveTime(1, TimeUnit.MILLISECONDS);
        await(() -> pool.getPoolSize() == 0);
        pool.setKeepAliveTime(1, TimeUnit.HOURS);
        try {
            var loader = new WeakReference<>(runInLoaderOfItsOwn());
            await(() -> {
                System.gc();
                return loader.get() == null;
            });
            assertEquals(1, pool.getPoolSize());
        } finally {
            pool.setKeepAliveTime(10, TimeUnit.SECONDS);
        }
    }

    private static ClassLoader runInLoaderOfItsOwn() throws Exception {
        byte[] code;
        try (var in = ClockChangeNotifierTest.class.getResourceAsStream("ClockChangeNotifierTest$Caller.class")) {
            code = in.readAllBytes();
        }
        ClassLoader loader = new ClassLoader(ClockChangeNotifierTest.class.getClassLoader()) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                return name.equals(Caller.class.getName())
                        ? defineClass(name, code, 0, code.length, new ProtectionDomain(null, null, this, null))
                        : super.loadClass(name, resolve);
            }
        };
        Class<?> caller = loader.loadClass(Caller.class.getName());
        Runnable alarm = () -> assertFalse(Timers.schedule(() -> {}, 1).isCancelled());
        ((Runnable) caller.getConstructor(Runnable.class).newInstance(alarm)).run();
        return loader;
    }
}
