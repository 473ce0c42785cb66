package org.jfutex.sync;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jfutex.FutexTable;
import org.jfutex.FutexTableBuilder;
import org.jfutex.PiTask;
import org.jfutex.TooManyWaitersException;
import org.jfutex.WaiterInfo;
import org.jfutex.sync.Threads.Action;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/**
 * Tests that a wait that fails, at any point and for any reason, leaves no trace: no waiter stays counted, no thread
 * sleeps for ever, and the next thread gets the lock.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@SuppressWarnings({"LockNotBeforeTry", "WaitNotInLoop"}) // a failed test may leave the lock as it is
class FailingWaitTest {

    private static final int READERS = FutexReadWriteLock.MAX_READERS;
    private static final int ELSEWHERE = 100;

    /**
     * The operations of one lock.
     *
     * @param hold puts the lock into a state in which a thread has to wait
     * @param await waits for at most a second, and releases what it acquires
     * @param other waits without limit, and releases what it acquires
     * @param free ends the waits, in their order where that matters
     * @param check checks the state afterwards
     */
    private record Scene(Action hold, Action await, Action other, Action free, Action check) {}

    /** The locks, and what their threads wait for. */
    private enum Situation {
        MUTEX(false, FailingWaitTest::mutex),
        SEMAPHORE(false, (s, f) -> semaphore(s, f, 1)),
        SEMAPHORE_THAT_GETS_SEVERAL(false, (s, f) -> semaphore(s, f, 2)),
        READER_BEHIND_A_WRITER(true, (s, f) -> readWrite(s, f, write(s), read(s), read(s))),
        READER_BEHIND_A_WRITER_WHO_WAITS(true, FailingWaitTest::behindAWaitingWriter),
        WRITER_BEHIND_A_READER(true, (s, f) -> readWrite(s, f, read(s), write(s), write(s))),
        WRITER_BETWEEN_READERS(true, (s, f) -> readWrite(s, f, read(s), write(s), read(s))),
        WRITER_BEHIND_A_WRITER(true, (s, f) -> readWrite(s, f, write(s), write(s), write(s))),
        READER_OF_A_FULL_HOUSE(true, (s, f) -> fullHouse(s, f, READERS)),
        READER_WHO_CANNOT_REGISTER(true, (s, f) -> fullHouse(s, f, READERS << 15 | READERS)),
        BARRIER(true, FailingWaitTest::barrier),
        LATCH(true, FailingWaitTest::latch),
        ONCE(false, FailingWaitTest::once),
        CONDITION(false, (s, f) -> condition(s, f, FutexCondition::signal, false)),
        CONDITION_THAT_IS_SIGNALLED_TOO_LATE(false, (s, f) -> condition(s, f, FutexCondition::signal, true)),
        CONDITION_WHERE_ALL_ARE_SIGNALLED(false, (s, f) -> condition(s, f, FutexCondition::signalAll, false)),
        PI_MUTEX(false, FailingWaitTest::piMutex),
        PI_CONDITION(false, FailingWaitTest::piCondition);

        /** Whether the words count the waiters. */
        private final boolean counts;

        @SuppressWarnings("ImmutableEnumChecker") // they have no state
        private final BiFunction<WordPlacement.Side, Faults, Scene> scene;

        Situation(boolean counts, BiFunction<WordPlacement.Side, Faults, Scene> scene) {
            this.counts = counts;
            this.scene = scene;
        }
    }

    private static Scene mutex(WordPlacement.Side s, Faults f) {
        FutexMutex m = s.mutex(0);
        return new Scene(m::lock, () -> timed(m, f), () -> held(m), m::unlock, () -> assertFalse(m.isLocked()));
    }

    private static Scene semaphore(WordPlacement.Side s, Faults f, int permits) {
        FutexSemaphore p = s.semaphore(0);
        return new Scene(
                () -> {},
                () -> {
                    if (p.tryAcquire(1, TimeUnit.SECONDS)) {
                        f.work();
                        p.release();
                    }
                },
                () -> {
                    p.acquireUninterruptibly();
                    p.release();
                },
                () -> p.release(permits),
                () -> assertEquals(permits, p.availablePermits()));
    }

    private static Lock read(WordPlacement.Side s) {
        return s.readWriteLock(0).readLock();
    }

    private static Lock write(WordPlacement.Side s) {
        return s.readWriteLock(0).writeLock();
    }

    private static Scene readWrite(WordPlacement.Side s, Faults f, Lock holder, Lock waiter, Lock other) {
        return new Scene(holder::lock, () -> timed(waiter, f), () -> held(other), holder::unlock, () -> isFree(s));
    }

    private static Scene behindAWaitingWriter(WordPlacement.Side s, Faults f) {
        Lock read = read(s);
        return new Scene(
                () -> {
                    read.lock();
                    s.store(1, 1);
                },
                () -> timed(read, f),
                () -> held(read),
                () -> {
                    s.store(1, 0); // it gives up
                    read.unlock();
                },
                () -> isFree(s));
    }

    private static Scene fullHouse(WordPlacement.Side s, Faults f, int house) {
        Lock read = read(s);
        return new Scene(() -> s.store(0, house), () -> timed(read, f), () -> held(read), read::unlock, () -> {
            assertEquals(house - 1, s.load(0));
            s.store(0, 0);
            isFree(s);
        });
    }

    private static Scene barrier(WordPlacement.Side s, Faults f) {
        FutexBarrier b = s.barrier(0, 3);
        return new Scene(
                () -> {},
                () -> {
                    boolean passed = false;
                    try {
                        b.await(1, TimeUnit.SECONDS);
                        passed = true;
                    } catch (TimeoutException e) {
                        return;
                    } finally {
                        f.work();
                        assertEquals(passed, s.load(0) >>> 16 == 1, "who gets an exception has not come");
                    }
                },
                b::await,
                () -> {
                    while (b.getNumberWaiting() < 2) {
                        int before = waiting(s);
                        settled(s, Threads.PLATFORM.start(b::await), before + 1);
                    }
                    b.await();
                },
                () -> assertEquals(1 << 16, s.load(0)));
    }

    private static Scene latch(WordPlacement.Side s, Faults f) {
        FutexLatch l = s.latch(0);
        return new Scene(
                () -> l.arm(1),
                () -> l.await(1, TimeUnit.SECONDS),
                l::await,
                l::countDown,
                () -> assertEquals(0, l.getCount()));
    }

    private static Scene once(WordPlacement.Side s, Faults f) {
        FutexOnce o = s.once(0);
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Runnable another = () -> fail("it is done by another");
        return new Scene(
                () -> {
                    Threads.PLATFORM.start(() -> o.run(() -> {
                        begun.countDown();
                        Threads.until(() -> end.getCount() == 0);
                    }));
                    begun.await();
                },
                () -> o.run(another, 1, TimeUnit.SECONDS),
                () -> o.run(another),
                () -> {
                    end.countDown();
                    Threads.until(o::isDone);
                },
                () -> assertTrue(o.isDone()));
    }

    /** The wait times out if the time passes after the signal and before the mutex is free. */
    private static Scene condition(WordPlacement.Side s, Faults f, Consumer<FutexCondition> signal, boolean late) {
        FutexMutex m = s.mutex(0);
        FutexCondition c = m.newCondition(s.address(1));
        return new Scene(
                m::lock,
                () -> {
                    boolean done = false;
                    try {
                        if (late) {
                            c.await(1, TimeUnit.SECONDS);
                        } else {
                            c.awaitNanos(TimeUnit.SECONDS.toNanos(1));
                        }
                        done = true;
                    } finally {
                        f.work();
                        if (done) {
                            c.signal(); // it may have received a signal
                        }
                        m.unlock(); // fails if the mutex is not held
                    }
                },
                () -> {
                    m.lock();
                    c.await();
                    m.unlock();
                },
                () -> {
                    m.lock();
                    signal.accept(c);
                    Action unlock = () -> {
                        Threads.until(() -> !late || waiting(s) == 1 || s.somebodyHasLooked(0));
                        m.unlock();
                    };
                    if (late) {
                        Threads.PLATFORM.start(unlock);
                    } else {
                        unlock.run();
                    }
                },
                () -> Threads.until(() -> !m.isLocked()));
    }

    private static Scene piMutex(WordPlacement.Side s, Faults f) {
        PiMutex m = s.piMutex(0);
        PiTask owner = s.task();
        PiTask me = s.task();
        PiTask another = s.task();
        return new Scene(
                () -> m.lock(owner),
                () -> {
                    if (m.tryLock(me, 1, TimeUnit.SECONDS).isLocked()) {
                        f.work();
                        m.unlock(me);
                    }
                },
                () -> {
                    m.lock(another);
                    m.unlock(another);
                },
                () -> m.unlock(owner),
                () -> {
                    assertEquals(0, s.load(0));
                    assertTrue(m.isRecoverable());
                });
    }

    private static Scene piCondition(WordPlacement.Side s, Faults f) {
        PiMutex m = s.piMutex(0);
        PiCondition c = m.newCondition(s.address(2));
        PiTask me = s.task();
        PiTask another = s.task();
        PiTask signaller = s.task();
        return new Scene(
                () -> m.lock(me),
                () -> {
                    try {
                        if (c.await(me, 1, TimeUnit.SECONDS) == AwaitResult.SIGNALLED) {
                            f.work();
                            c.signal(me);
                        }
                    } catch (StackOverflowError | OutOfMemoryError e) {
                        assertTrue(m.isHeldBy(me));
                        throw e;
                    } finally {
                        f.work();
                        if (m.isHeldBy(me)) { // otherwise the memory has prevented that
                            m.unlock(me);
                        }
                    }
                },
                () -> {
                    m.lock(another);
                    c.await(another);
                    m.unlock(another);
                },
                () -> {
                    m.lock(signaller);
                    c.signal(signaller);
                    m.unlock(signaller);
                },
                () -> assertEquals(0, s.load(0)));
    }

    private static void timed(Lock lock, Faults f) throws InterruptedException {
        if (lock.tryLock(1, TimeUnit.SECONDS)) {
            f.work();
            lock.unlock();
        }
    }

    private static void held(Lock lock) {
        lock.lock();
        lock.unlock();
    }

    private static void isFree(WordPlacement.Side s) {
        assertEquals(0, s.load(0) & ~(1 << 30), "but for the turn");
        assertEquals(0, s.load(1));
    }

    private static int waiting(WordPlacement.Side s) {
        return s.table().waiters().size();
    }

    /** Waits until a thread sleeps or has ended, and this number of threads sleeps. */
    private static void settled(WordPlacement.Side s, Threads.Running thread, int count) {
        Threads.until(() -> thread.isOver() || waiting(s) == count);
    }

    /** One run of a situation. */
    private static final class Run {

        private final Situation situation;
        private final Faults faults = new Faults();
        private final WordPlacement.Side words;
        private final Scene scene;

        Run(Situation situation, FutexTableBuilder settings) {
            this.situation = situation;
            words = WordPlacement.privateWords(settings.clock(faults.clock), faults.memory);
            scene = situation.scene.apply(words, faults);
        }

        private List<Integer> state() {
            return IntStream.range(0, 4).mapToObj(words::load).toList();
        }

        /** A wait without other waiters fails. */
        void failThenServeAnother(Action wait) throws Exception {
            scene.hold.run();
            List<Integer> before = state();
            wait.run();
            if (situation.counts) {
                assertEquals(before, state());
            }
            assertEquals(0, waiting(words));
            Threads.Running other = Threads.PLATFORM.start(scene.other);
            settled(words, other, 1);
            scene.free.run();
            over(other);
        }

        /**
         * A wait behind another one fails. The other waiter must not lose its position or its wake to the failed
         * waiter.
         */
        void failBehindAnother(int call, Supplier<Throwable> failure) throws Exception {
            scene.hold.run();
            Threads.Running other = Threads.PLATFORM.start(scene.other);
            settled(words, other, 1);
            faults.failAt(call, failure);
            await(failure);
            Threads.until(() -> other.isOver() || sleepsAlone(other.thread));
            scene.free.run();
            over(other);
        }

        private boolean sleepsAlone(Thread thread) {
            List<WaiterInfo> waiters = words.table().waiters();
            return waiters.size() == 1 && waiters.get(0).thread() == thread;
        }

        /** The wait fails at some call after it was woken, moved or admitted, and another thread waits behind it. */
        void failAfterTheWake(int call, Supplier<Throwable> failure) throws Exception {
            scene.hold.run();
            Threads.Running[] other = new Threads.Running[1];
            faults.whenAsleep(() -> {
                other[0] = Threads.PLATFORM.start(scene.other);
                settled(words, other[0], 2);
                assertFalse(other[0].isOver());
                scene.free.run();
                faults.failAt(call, failure);
            });
            await(failure);
            over(requireNonNull(other[0]));
        }

        /** The wait is interrupted, and fails at some call after that. */
        void failAfterAnInterrupt(int call, Supplier<Throwable> failure) throws Exception {
            failThenServeAnother(() -> {
                faults.whenAsleep(() -> {
                    Thread.currentThread().interrupt();
                    faults.failAt(call, failure);
                });
                boolean thrown = false;
                try {
                    scene.await.run();
                } catch (InterruptedException e) {
                    thrown = true;
                } catch (AssertionError e) {
                    throw e;
                } catch (Throwable t) {
                    assertSame(failure.get().getClass(), t.getClass());
                }
                faults.work();
                assertTrue(thrown != Thread.interrupted(), "an interrupt is thrown or pending");
            });
        }

        /** Waits. Any exception other than the planted failure is thrown. */
        void await(Supplier<Throwable> failure) {
            try {
                scene.await.run();
            } catch (AssertionError e) {
                throw e;
            } catch (Throwable t) {
                assertSame(failure.get().getClass(), t.getClass());
            }
            faults.work();
        }

        private void over(Threads.Running other) throws Exception {
            other.join();
            scene.check.run();
            assertEquals(0, waiting(words));
        }
    }

    private interface Attempt {
        void run(Run run, int call, Supplier<Throwable> failure) throws Exception;
    }

    /**
     * Repeats the scenario with a failure at the first call, at the second, and so on, until the wait makes no more
     * calls.
     */
    private static void atEveryCall(Situation situation, Attempt attempt) {
        for (Supplier<Throwable> failure : Faults.FAILURES) {
            int calls = 0;
            boolean failed = true;
            while (failed) {
                Run run = new Run(situation, FutexTable.builder());
                try {
                    attempt.run(run, calls, failure);
                } catch (Throwable t) {
                    throw new AssertionError("call " + calls + ", " + failure.get() + ": " + t, t);
                }
                failed = run.faults.haveComeTrue();
                calls++;
            }
            assertTrue(calls > 1, "nothing was called");
        }
    }

    @ParameterizedTest
    @EnumSource
    void memoryOrClockFault_atAnyCall_losesNothing(Situation situation) {
        atEveryCall(
                situation,
                (run, call, failure) -> run.failThenServeAnother(() -> {
                    run.faults.failAt(call, failure);
                    run.await(failure);
                }));
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "CONDITION_THAT_IS_SIGNALLED_TOO_LATE") // it keeps the signal
    void faultAtAnyCallBehindAnother(Situation situation) {
        atEveryCall(situation, Run::failBehindAnother);
    }

    @ParameterizedTest
    @EnumSource
    void faultAtAnyCallAfterAWake(Situation situation) {
        atEveryCall(situation, Run::failAfterTheWake);
    }

    @ParameterizedTest
    @EnumSource
    void faultAtAnyCallAfterAnInterrupt(Situation situation) {
        atEveryCall(situation, Run::failAfterAnInterrupt);
    }

    @ParameterizedTest
    @EnumSource
    void refusalByALimit(Situation situation) throws Exception {
        Run run = new Run(situation, FutexTable.builder().waiterLimit(2));
        WordPlacement.Side s = run.words;
        for (int i = 0; i < 2; i++) {
            s.table().prepare(s.memory(), s.address(ELSEWHERE), s.scope(), 0);
        }
        run.failThenServeAnother(() -> {
            assertThrows(TooManyWaitersException.class, run.scene.await::run);
            assertEquals(2, s.table().wake(s.memory(), s.address(ELSEWHERE), s.scope(), 2));
        });
    }
}
