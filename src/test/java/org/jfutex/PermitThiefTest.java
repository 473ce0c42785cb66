package org.jfutex;

import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Date;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jfutex.key.WordSize;
import org.jfutex.linux.FutexCalls;
import org.jfutex.linux.Task;
import org.jfutex.linux.TaskTable;
import org.jfutex.memory.FlatMemory;
import org.jfutex.sync.AwaitResult;
import org.jfutex.sync.FutexBarrier;
import org.jfutex.sync.FutexCondition;
import org.jfutex.sync.FutexLatch;
import org.jfutex.sync.FutexMutex;
import org.jfutex.sync.FutexOnce;
import org.jfutex.sync.FutexReadWriteLock;
import org.jfutex.sync.FutexSemaphore;
import org.jfutex.sync.PiCondition;
import org.jfutex.sync.PiMutex;
import org.jfutex.time.ClockId;
import org.jfutex.time.Deadline;
import org.jfutex.time.FutexClock;
import org.jfutex.time.TimerAccess;
import org.jfutex.time.VirtualClock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A wake is not lost if code between queueing and parking parks itself and so consumes the permit of that wake. */
@Isolated("it holds the lock of the timer")
@Timeout(120)
@SuppressWarnings({"JavaUtilDate", "WaitNotInLoop", "LockNotBeforeTry"
}) // Condition has a method with a Date; each wait is woken once
class PermitThiefTest {

    private static final long HOUR = Duration.ofHours(1).toNanos();

    /** A wait that would sleep for an hour, and the wake that ends it. */
    private record Case(World world, Sleep sleep, BooleanSupplier wake) {}

    @FunctionalInterface
    private interface Sleep {
        /** Waits until a point of a clock. */
        void until(ClockId clockId, long end) throws Exception;
    }

    /** A kind of wait. */
    @SuppressWarnings("ImmutableEnumChecker") // the functions have no state
    private enum Kind {
        WORD(w -> w.woken(0, (t, end) -> w.table.await(w.memory, 0, PRIVATE, 0, Deadline.at(t, end)))),
        OPTIONS(w -> w.woken(
                0, (t, end) -> w.table.await(w.memory, 0, PRIVATE, 0L, WaitOptions.DEFAULT, Deadline.at(t, end)))),
        PREPARED(w ->
                w.woken(0, (t, end) -> w.table.prepare(w.memory, 0, PRIVATE, 0).await(Deadline.at(t, end)))),
        VECTOR(w -> w.woken(
                4,
                (t, end) -> w.table
                        .prepareAny(w.memory, List.of(new WaitWord(0, PRIVATE, 0), new WaitWord(4, PRIVATE, 0)), 0)
                        .await(Deadline.at(t, end)))),
        PI_LOCK(w -> {
            w.owner.prepareLock(0, PRIVATE);
            return w.queued(
                    0, (t, end) -> w.task.lock(0, PRIVATE, Deadline.at(t, end)), () -> w.owner.unlock(0, PRIVATE));
        }),
        REQUEUE_PI(w -> w.queued(
                0,
                (t, end) -> w.task.prepareWaitRequeue(0, 0, 4, PRIVATE).await(Deadline.at(t, end)),
                () -> w.table.compareAndRequeuePi(w.memory, 0, 4, PRIVATE, 0, 0))),
        DESCRIPTOR(w -> {
            FutexFd fd = FutexFd.open(w.table, w.memory, 0, PRIVATE, FutexFd.Options.SILENT);
            return new Case(
                    w,
                    (t, end) -> assertEquals(
                            1, FutexFd.poll(List.of(fd), Deadline.at(t, end)).size()),
                    () -> w.wake(0));
        }),
        CALL_WAIT(w -> w.woken(0, (t, end) -> assertEquals(0, w.futex(9, t, end, 0)))),
        CALL_WAITV(w -> {
            w.waitv(0);
            return w.woken(
                    0,
                    (t, end) -> assertEquals(
                            0,
                            w.calls.futexWaitv(
                                    w.guest, World.VECTOR, 1, 0, w.timespec(end), t == ClockId.REALTIME ? 0 : 1)));
        }),
        CALL_LOCK_PI(w -> {
            w.memory.store(0, w.otherGuest.tid());
            return w.queued(
                    0,
                    (t, end) -> assertEquals(0, w.futex(13, t, end, 0)),
                    () -> w.calls.futex(w.otherGuest, 0, 7 | World.PRIVATE_FLAG, 0, 0, 0, 0));
        }),
        CALL_WAIT_REQUEUE_PI(w -> w.queued(
                0,
                (t, end) -> assertEquals(0, w.futex(11, t, end, 4)),
                () -> w.calls.futex(w.otherGuest, 0, 12 | World.PRIVATE_FLAG, 1, 0, 4, 0))),
        MUTEX(w -> {
            FutexMutex mutex = new FutexMutex(w.table, w.memory, 0, PRIVATE);
            mutex.lock();
            return w.lock(0, () -> mutex.tryLock(1, TimeUnit.HOURS), mutex::unlock);
        }),
        SEMAPHORE(w -> {
            FutexSemaphore semaphore = new FutexSemaphore(w.table, w.memory, 0, PRIVATE);
            return w.lock(0, () -> semaphore.tryAcquire(1, TimeUnit.HOURS), semaphore::release);
        }),
        LATCH(w -> {
            FutexLatch latch = new FutexLatch(w.table, w.memory, 0, PRIVATE);
            latch.arm(1);
            return w.lock(0, () -> latch.await(1, TimeUnit.HOURS), latch::countDown);
        }),
        BARRIER(w -> {
            FutexBarrier barrier = new FutexBarrier(w.table, w.memory, 0, PRIVATE, 2);
            return w.lock(0, () -> barrier.await(1, TimeUnit.HOURS) >= 0, () -> Threads.unchecked(barrier::await));
        }),
        ONCE(w -> {
            FutexOnce once = new FutexOnce(w.table, w.memory, 0, PRIVATE);
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch finish = new CountDownLatch(1);
            var first = Threads.start(() -> {
                once.run(() -> {
                    begun.countDown();
                    Threads.unchecked(() -> finish.await(1, TimeUnit.HOURS));
                });
                return true;
            });
            Threads.unchecked(() -> begun.await(1, TimeUnit.HOURS));
            return w.lock(0, () -> once.run(() -> {}, 1, TimeUnit.HOURS) || once.isDone(), () -> {
                finish.countDown();
                Threads.unchecked(first::get);
            });
        }),
        WRITE_LOCK(w -> {
            FutexReadWriteLock lock = new FutexReadWriteLock(w.table, w.memory, 0, PRIVATE);
            lock.writeLock().lock();
            return w.lock(0, () -> lock.writeLock().tryLock(1, TimeUnit.HOURS), lock.writeLock()::unlock);
        }),
        READ_LOCK(w -> {
            FutexReadWriteLock lock = new FutexReadWriteLock(w.table, w.memory, 0, PRIVATE);
            lock.writeLock().lock();
            return w.lock(0, () -> lock.readLock().tryLock(1, TimeUnit.HOURS), lock.writeLock()::unlock);
        }),
        CONDITION(w -> {
            FutexMutex mutex = new FutexMutex(w.table, w.memory, 0, PRIVATE);
            FutexCondition condition = mutex.newCondition(4);
            return w.queued(
                    4,
                    (t, end) -> {
                        mutex.lock();
                        assertTrue(
                                t == ClockId.REALTIME
                                        ? condition.awaitUntil(new Date(TimeUnit.NANOSECONDS.toMillis(end)))
                                        : condition.awaitNanos(HOUR) > 0);
                    },
                    () -> {
                        mutex.lock();
                        condition.signal();
                        mutex.unlock();
                    });
        }),
        PI_MUTEX(w -> {
            PiMutex mutex = new PiMutex(w.table, w.memory, 0, PRIVATE);
            mutex.lock(w.owner);
            return w.lock(0, () -> mutex.tryLock(w.task, 1, TimeUnit.HOURS).isLocked(), () -> mutex.unlock(w.owner));
        }),
        PI_CONDITION(w -> {
            PiMutex mutex = new PiMutex(w.table, w.memory, 0, PRIVATE);
            PiCondition condition = mutex.newCondition(8);
            return w.lock(
                    8,
                    () -> {
                        mutex.lock(w.task);
                        return condition.await(w.task, 1, TimeUnit.HOURS) == AwaitResult.SIGNALLED;
                    },
                    () -> {
                        mutex.lock(w.owner);
                        condition.signal(w.owner);
                        mutex.unlock(w.owner);
                    });
        });

        private static final Set<Kind> MONOTONIC_ONLY =
                EnumSet.of(MUTEX, SEMAPHORE, LATCH, BARRIER, ONCE, WRITE_LOCK, READ_LOCK, PI_MUTEX, PI_CONDITION);

        private final Function<World, Case> preparation;

        Kind(Function<World, Case> preparation) {
            this.preparation = preparation;
        }

        Case in(World w) {
            return preparation.apply(w);
        }

        boolean knows(ClockId clockId) {
            return clockId == ClockId.MONOTONIC || !MONOTONIC_ONLY.contains(this);
        }
    }

    /** A table with all objects on which the kinds wait. */
    private static final class World {

        static final int PRIVATE_FLAG = 0x80;
        static final int REALTIME_FLAG = 0x100;
        static final long VECTOR = 1024;
        private static final long TIMESPEC = 2048;

        final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(4096));
        final Map<Integer, PiTask> known = new ConcurrentHashMap<>();
        final FutexTable table;
        final PiTask owner;
        final PiTask task;
        final TaskTable tasks;
        final FutexCalls calls;
        final Task guest;
        final Task otherGuest;
        private final FutexTable guests;

        World(FutexClock clock) {
            table = FutexTable.builder().clock(clock).tasks(known::get).build();
            owner = newTask(1);
            task = newTask(2);
            tasks = new TaskTable(FutexTable.builder().clock(clock));
            guests = tasks.table();
            calls = new FutexCalls(tasks);
            guest = tasks.spawn(memory);
            otherGuest = guest.newThread();
        }

        private PiTask newTask(int tid) {
            PiTask t = new PiTask(table, tid, memory);
            known.put(tid, t);
            return t;
        }

        private boolean isQueued(long address) {
            return table.waiterCount(memory, address, PRIVATE) + guests.waiterCount(memory, address, PRIVATE) > 0;
        }

        boolean wake(long address) {
            return table.wake(memory, address, PRIVATE, 1) + guests.wake(memory, address, PRIVATE, 1) > 0;
        }

        Case woken(long address, Sleep sleep) {
            return new Case(this, sleep, () -> wake(address));
        }

        /** A wait that does not end by a wake of its word. */
        Case queued(long address, Sleep sleep, Runnable wake) {
            return new Case(this, sleep, () -> {
                boolean queued = isQueued(address);
                if (queued) {
                    wake.run();
                }
                return queued;
            });
        }

        Case lock(long address, Callable<Boolean> lock, Runnable unlock) {
            return queued(address, (t, end) -> assertTrue(lock.call()), unlock);
        }

        long futex(int op, ClockId clockId, long end, long uaddr2) {
            boolean flag = clockId == ClockId.REALTIME;
            return calls.futex(guest, 0, op | PRIVATE_FLAG | (flag ? REALTIME_FLAG : 0), 0, timespec(end), uaddr2, -1);
        }

        long timespec(long end) {
            memory.store(TIMESPEC, WordSize.U64, end / 1_000_000_000);
            memory.store(TIMESPEC + 8, WordSize.U64, end % 1_000_000_000);
            return TIMESPEC;
        }

        void waitv(long address) {
            memory.store(VECTOR, WordSize.U64, 0);
            memory.store(VECTOR + 8, WordSize.U64, address);
            memory.store(VECTOR + 16, WordSize.U64, 2 | PRIVATE_FLAG);
        }
    }

    /**
     * A clock that wakes the thread that reads it, and consumes the permit of that wake, as a lock in the clock could.
     */
    private static final class ThievingClock implements FutexClock {

        private final FutexClock real;
        private int spared; // the number of calls before the theft
        private final boolean inPark;
        private volatile @Nullable Thread victim;
        private volatile @Nullable BooleanSupplier wake;
        private volatile boolean stolen;

        ThievingClock(FutexClock real, int spared, boolean inPark) {
            this.real = real;
            this.spared = spared;
            this.inPark = inPark;
        }

        /** Makes the current thread the victim from now on. */
        void rob(BooleanSupplier planned) {
            wake = planned;
            victim = Thread.currentThread();
        }

        boolean hasStolen() {
            return stolen;
        }

        private boolean steal() {
            BooleanSupplier planned = wake;
            if (planned == null || victim != Thread.currentThread() || spared-- > 0) {
                return false;
            }
            victim = null; // calls by the wake itself are not robbed
            stolen = planned.getAsBoolean();
            if (stolen) {
                LockSupport.parkNanos(1);
            } else {
                victim = Thread.currentThread();
            }
            return stolen;
        }

        @Override
        public long nanos(ClockId clockId) {
            if (!inPark) {
                steal();
            }
            return real.nanos(clockId);
        }

        @Override
        public String toString() {
            return real.getClass().getSimpleName() + ", " + spared + (inPark ? " parks" : " calls") + " spared";
        }

        @Override
        public void park(Object blocker, ClockId clockId, long now, long deadline) {
            if (!inPark || !steal()) { // otherwise it has parked, so it must return
                real.park(blocker, clockId, now, deadline);
            }
        }
    }

    private static Stream<Kind> kinds() {
        return Stream.of(Kind.values());
    }

    private static List<Consumer<Runnable>> starters() {
        List<Consumer<Runnable>> all = new ArrayList<>();
        all.add(task -> {
            Thread t = new Thread(task);
            t.setDaemon(true);
            t.start();
        });
        if (Runtime.version().feature() >= 21) {
            all.add(task -> Threads.unchecked(() ->
                    Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, task)));
        }
        return all;
    }

    private static void await(FutureTask<?> running, String name) throws Exception {
        try {
            running.get(30, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError(name + " sleeps through its wake", e);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void permitConsumedByClock_waitReturns(Kind kind) throws Exception {
        for (var starter : starters()) {
            for (ClockId clockId : ClockId.values()) {
                for (boolean inPark : new boolean[] {false, true}) {
                    for (int spared = 0; kind.knows(clockId) && spared < 3; spared++) {
                        rob(kind, clockId, new ThievingClock(FutexClock.system(), spared, inPark), starter);
                        rob(kind, clockId, new ThievingClock(new VirtualClock(), spared, inPark), starter);
                    }
                }
            }
        }
    }

    private static void rob(Kind kind, ClockId clockId, ThievingClock clock, Consumer<Runnable> starter)
            throws Exception {
        String name = kind + " by " + clockId + " of " + clock;
        boolean stirred = clock.spared > 0;
        Case c = kind.in(new World(clock));
        long end = clock.nanos(clockId) + HOUR;
        FutureTask<?> sleeper = new FutureTask<>(() -> {
            clock.rob(c.wake);
            c.sleep.until(clockId, end);
            return true;
        });
        starter.accept(sleeper);
        while (stirred && !sleeper.isDone() && !clock.hasStolen()) {
            LockSupport.unpark(clock.victim); // a spurious unpark, so that the waiter calls the clock again
            LockSupport.parkNanos(100_000);
        }
        await(sleeper, name);
        assertTrue(clock.hasStolen(), name);
    }

    /** The lock of the timer's queue, which the queue holds while it compares tasks. */
    private static final class TimerLock implements AutoCloseable {

        private final CountDownLatch held = new CountDownLatch(1);
        private final CountDownLatch released = new CountDownLatch(1);
        private final Threads.Running<Boolean> holder;
        private final Future<?> alarm =
                TimerAccess.schedule(() -> {}, HOUR); // so that a new task is compared with this one

        TimerLock() throws InterruptedException {
            Object probe = new Object() {
                @Override
                public boolean equals(@Nullable Object other) {
                    held.countDown();
                    Threads.unchecked(() -> released.await(1, TimeUnit.MINUTES));
                    return false;
                }

                @Override
                public int hashCode() {
                    return 0;
                }
            };
            holder = Threads.start(() -> TimerAccess.queue().contains(probe));
            held.await();
        }

        @Override
        public void close() {
            released.countDown();
            Threads.unchecked(holder::get);
            alarm.cancel(false);
        }
    }

    /**
     * The first wait until a far point of the realtime clock starts the poller of the clock. For that it waits for the
     * timer's lock, which consumes the permit of a wake.
     */
    @SuppressWarnings("try") // the resource is used only to hold the lock
    @ParameterizedTest
    @MethodSource("kinds")
    void permitConsumedByTimerLock_waitReturns(Kind kind) throws Exception {
        for (var starter : kind.knows(ClockId.REALTIME) ? starters() : List.<Consumer<Runnable>>of()) {
            while (TimerAccess.isWatched(FutexClock.system())) {
                LockSupport.parkNanos(1_000_000);
            }
            Case c = kind.in(new World(FutexClock.system()));
            AtomicReference<Thread> sleeper = new AtomicReference<>();
            FutureTask<?> sleep = new FutureTask<>(() -> {
                sleeper.set(Thread.currentThread());
                c.sleep.until(ClockId.REALTIME, FutexClock.system().nanos(ClockId.REALTIME) + HOUR);
                return true;
            });
            try (TimerLock lock = new TimerLock()) {
                starter.accept(sleep);
                while (sleeper.get() == null || sleeper.get().getState() != Thread.State.WAITING) {
                    LockSupport.parkNanos(100_000);
                }
                assertTrue(c.wake.getAsBoolean(), kind::toString);
            }
            await(sleep, kind.toString());
        }
    }

    /** A priority listener runs on the waiting thread after the wait was queued. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void permitConsumedByPriorityListener_waitReturns(boolean timed) throws Exception {
        Map<Integer, PiTask> known = new ConcurrentHashMap<>();
        FutexTable table = FutexTable.builder().tasks(known::get).build();
        FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(64));
        PiTask task = new PiTask(table, 2, memory);
        task.setPriority(7);
        PiTask owner = PiTask.listened(table, 1, memory, (t, now) -> {
            if (now == 7) {
                assertEquals(PiResult.UNLOCKED, t.unlock(0, PRIVATE));
                LockSupport.parkNanos(1);
            }
        });
        known.put(1, owner);
        known.put(2, task);
        assertEquals(PiResult.LOCKED, owner.prepareLock(0, PRIVATE).poll());
        FutureTask<PiResult> sleep =
                new FutureTask<>(() -> task.lock(0, PRIVATE, timed ? Deadline.after(HOUR) : Deadline.NEVER));
        starters().get(0).accept(sleep);
        await(sleep, "a wait for a lock");
        assertEquals(PiResult.LOCKED, sleep.get());
    }

    /**
     * Makes one wait until a far point of the realtime clock, and one signal, as the first operations of a JVM.
     */
    public static final class Program {
        private Program() {}

        /** Fails if the signal does not arrive. */
        public static void main(String[] args) throws Exception {
            FutexTable table = new FutexTable();
            FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(64));
            FutexMutex mutex = new FutexMutex(table, memory, 0, PRIVATE);
            FutexCondition condition = mutex.newCondition(4);
            FutureTask<Boolean> sleep = new FutureTask<>(() -> {
                mutex.lock();
                boolean signalled = condition.awaitUntil(new Date(System.currentTimeMillis() + 3_600_000));
                mutex.unlock();
                return signalled;
            });
            Thread t = new Thread(sleep);
            t.setDaemon(true);
            t.start();
            while (table.waiterCount(memory, 4, PRIVATE) == 0) {
                Thread.onSpinWait();
            }
            mutex.lock();
            condition.signal();
            mutex.unlock();
            sleep.get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void firstRealtimeWaitOfProcess_returnsWhenSignalled() throws Exception {
        for (int i = 0; i < 4; i++) {
            Jvm.run(List.of(), Program.class);
        }
    }
}
