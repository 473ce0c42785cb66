package org.jfutex.sync;

import static java.util.concurrent.TimeUnit.MICROSECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Lock;
import java.util.stream.IntStream;
import org.jfutex.FutexTable;
import org.jfutex.PiTask;
import org.jfutex.SpinPolicy;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.memory.FlatMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tests the locks with words of any value, and with words that foreign threads rewrite, as in files and guests' memory.
 * Each operation returns, or its wait can be ended, or it throws an exception that contains the value.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@SuppressWarnings("WaitNotInLoop")
class AnyWordTest {

    private static final int WORDS = 1000;

    private static final List<Integer> BOUNDARIES = List.of(
            0,
            1,
            2,
            3,
            4,
            5,
            7,
            -1,
            -2,
            -3,
            0x7FFF,
            0x8000,
            0xFFFF,
            0x10000,
            -0x8000,
            -0x10000,
            1 << 29,
            1 << 30,
            3 << 29,
            Integer.MAX_VALUE,
            Integer.MAX_VALUE - 1,
            Integer.MIN_VALUE,
            Integer.MIN_VALUE + 1,
            0xC000_0000,
            0xBFFF_FFFF);

    /** The calls of the locks. Calls with a timeout get a short one. */
    private enum Call {
        MUTEX_TRY_LOCK(c -> c.side.mutex(0).tryLock()),
        MUTEX_TIMED(c -> c.side.mutex(0).tryLock(5, MICROSECONDS)),
        MUTEX_UNLOCK(c -> c.side.mutex(0).unlock()),
        MUTEX_IS_LOCKED(c -> c.side.mutex(0).isLocked()),
        CONDITION_SIGNAL(c -> c.side.mutex(1).newCondition(c.side.address(0)).signal()),
        CONDITION_SIGNAL_ALL(
                c -> c.side.mutex(1).newCondition(c.side.address(0)).signalAll()),
        CONDITION_OF_A_MUTEX_SIGNAL(
                c -> c.side.mutex(0).newCondition(c.side.address(1)).signal()),
        CONDITION_AWAIT(c -> {
            c.side.store(1, 1);
            c.side.mutex(1).newCondition(c.side.address(0)).await(5, MICROSECONDS);
        }),
        SEMAPHORE_TRY_ACQUIRE(c -> c.side.semaphore(0).tryAcquire()),
        SEMAPHORE_TRY_ACQUIRE_MANY(c -> c.side.semaphore(0).tryAcquire(Integer.MAX_VALUE)),
        SEMAPHORE_TIMED(c -> c.side.semaphore(0).tryAcquire(5, MICROSECONDS)),
        SEMAPHORE_TIMED_MANY(c -> c.side.semaphore(0).tryAcquire(1 << 30, 5, MICROSECONDS)),
        SEMAPHORE_RELEASE(c -> c.side.semaphore(0).release(2)),
        SEMAPHORE_DRAIN(c -> c.side.semaphore(0).drainPermits()),
        SEMAPHORE_AVAILABLE(c -> assertTrue(c.side.semaphore(0).availablePermits() >= 0)),
        READ_TRY_LOCK(c -> c.read().tryLock()),
        READ_TIMED(c -> c.read().tryLock(5, MICROSECONDS)),
        READ_UNLOCK(c -> c.read().unlock()),
        WRITE_TRY_LOCK(c -> c.write().tryLock()),
        WRITE_TIMED(c -> c.write().tryLock(5, MICROSECONDS)),
        WRITE_UNLOCK(c -> c.write().unlock()),
        BARRIER_TIMED(c -> {
            try {
                c.side.barrier(0, 3).await(5, MICROSECONDS);
            } catch (TimeoutException e) {
                return;
            }
        }),
        BARRIER_NUMBER_WAITING(c -> c.side.barrier(0, 3).getNumberWaiting()),
        LATCH_ARM(c -> c.side.latch(0).arm(1)),
        LATCH_COUNT_DOWN(c -> c.side.latch(0).countDown()),
        LATCH_TIMED(c -> c.side.latch(0).await(5, MICROSECONDS)),
        LATCH_COUNT(c -> c.side.latch(0).getCount()),
        ONCE_TIMED(c -> c.side.once(0).run(() -> {}, 5, MICROSECONDS)),
        ONCE_IS_DONE(c -> c.side.once(0).isDone()),
        PI_MUTEX_TRY_LOCK(c -> c.side.piMutex(0).tryLock(c.task)),
        PI_MUTEX_TIMED(c -> c.side.piMutex(0).tryLock(c.task, 5, MICROSECONDS)),
        PI_MUTEX_UNLOCK(c -> c.side.piMutex(0).unlock(c.task)),
        PI_MUTEX_RECOVER(c -> c.side.piMutex(0).markConsistent(c.task)),
        PI_MUTEX_IS_HELD(c -> c.side.piMutex(0).isHeldBy(c.task)),
        PI_CONDITION_SIGNAL(
                c -> c.side.piMutex(2).newCondition(c.side.address(0)).signal(c.task)),
        PI_CONDITION_OF_A_MUTEX_SIGNAL(
                c -> c.side.piMutex(0).newCondition(c.side.address(2)).signalAll(c.task)),
        PI_CONDITION_AWAIT(c -> {
            c.side.store(2, c.task.tid());
            c.side.piMutex(2).newCondition(c.side.address(0)).await(c.task, 5, MICROSECONDS);
        });

        @SuppressWarnings("ImmutableEnumChecker") // they have no state
        private final Action action;

        Call(Action action) {
            this.action = action;
        }
    }

    private interface Action {
        void on(Context context) throws Exception;
    }

    /** The words of one test, and a living task. */
    private static final class Context {
        private final WordPlacement.Side side;
        private final PiTask task;
        private final PiTask other;

        Context(WordPlacement.Side side) {
            this.side = side;
            this.task = side.task();
            this.other = side.task();
        }

        Lock read() {
            return side.readWriteLock(0).readLock();
        }

        Lock write() {
            return side.readWriteLock(0).writeLock();
        }

        /** Makes a call. The call may reject the word. */
        void make(Action action) throws Exception {
            try {
                action.on(this);
            } catch (IllegalStateException | IllegalMonitorStateException refused) {
                assertTrue(refused.getMessage() != null, () -> refused + " has no message");
            }
        }
    }

    private static int[] words(int tid, int more) {
        Random random = new Random(42);
        return IntStream.concat(
                        IntStream.concat(
                                BOUNDARIES.stream().mapToInt(w -> w),
                                IntStream.of(tid, tid | 1 << 30, tid | 1 << 31, tid | 3 << 30)),
                        IntStream.range(0, more)
                                .map(i -> i % 2 == 0 ? random.nextInt() : random.nextInt(4 << i / 2 % 28)))
                .toArray();
    }

    @ParameterizedTest
    @EnumSource
    void callOnAnyWord_endsOrRefuses(Call call) throws Exception {
        Context c = new Context(WordPlacement.privateWords());
        Random random = new Random(1);
        for (int word : words(c.task.tid(), WORDS)) {
            for (int second : new int[] {0, 1, c.other.tid(), random.nextInt()}) {
                c.side.store(0, word);
                c.side.store(1, second);
                c.side.store(2, c.task.tid());
                c.make(call.action);
                assertEquals(0, c.side.waiters(0), "nothing is left in the queue");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void callOnAWordThatIsRewrittenAllTheTime_endsOrRefuses(Call call) throws Exception {
        for (int seed = 0; seed < 3; seed++) {
            RestlessMemory memory = new RestlessMemory(seed);
            Context c =
                    new Context(WordPlacement.privateWords(FutexTable.builder().spinPolicy(SpinPolicy.NONE), memory));
            memory.tids = new int[] {c.task.tid(), c.other.tid()};
            c.make(call.action);
        }
    }

    /** The uninterruptible calls without a timeout. */
    private enum Patient {
        MUTEX(c -> c.side.mutex(0).lock(), 0),
        SEMAPHORE(c -> c.side.semaphore(0).acquireUninterruptibly(), 1),
        SEMAPHORE_MANY(c -> c.side.semaphore(0).acquireUninterruptibly(1 << 30), 1 << 30),
        READ(c -> c.read().lock(), 0),
        WRITE(c -> c.write().lock(), 0),
        ONCE(c -> c.side.once(0).run(() -> {}), 3),
        MUTEX_INTERRUPTIBLY(c -> c.side.mutex(0).lockInterruptibly(), 0),
        SEMAPHORE_INTERRUPTIBLY(c -> c.side.semaphore(0).acquire(), 1),
        READ_INTERRUPTIBLY(c -> c.read().lockInterruptibly(), 0),
        WRITE_INTERRUPTIBLY(c -> c.write().lockInterruptibly(), 0),
        BARRIER(c -> c.side.barrier(0, 3).await(), 0x5555_0000),
        LATCH(c -> c.side.latch(0).await(), 0),
        ONCE_INTERRUPTIBLY(c -> c.side.once(0).runInterruptibly(() -> {}), 3);

        @SuppressWarnings("ImmutableEnumChecker") // they have no state
        private final Action action;

        private final int end;

        Patient(Action action, int end) {
            this.action = action;
            this.end = end;
        }

        private boolean isInterruptible() {
            return compareTo(MUTEX_INTERRUPTIBLY) >= 0;
        }
    }

    @ParameterizedTest
    @EnumSource
    void waitOnAnyWord_canBeEnded(Patient patient) throws Exception {
        Context c = new Context(WordPlacement.privateWords(FutexTable.builder().spinPolicy(SpinPolicy.NONE), memory()));
        int[] words = words(c.task.tid(), 60);
        AtomicInteger begun = new AtomicInteger();
        AtomicInteger over = new AtomicInteger();
        Threads.Running worker = Threads.PLATFORM.start(() -> {
            for (int word : words) {
                c.side.store(1, 0);
                c.side.store(0, word);
                begun.incrementAndGet();
                try {
                    c.make(patient.action);
                } catch (InterruptedException e) {
                    assertTrue(patient.isInterruptible());
                }
                over.incrementAndGet();
                Threads.until(() -> begun.get() == over.get() && c.side.waiters(0) == 0);
            }
        });
        for (int i = 1; i <= words.length; i++) {
            int number = i;
            Threads.until(() -> over.get() >= number || c.side.waiters(0) == 1 || worker.isOver());
            if (patient.isInterruptible() && i % 2 == 0) {
                worker.thread.interrupt();
            }
            Threads.until(() -> {
                if (over.get() < number && c.side.waiters(0) == 1 && !(patient.isInterruptible() && number % 2 == 0)) {
                    c.side.store(0, patient.end);
                    c.side.table().wake(c.side.memory(), c.side.address(0), c.side.scope(), 1);
                }
                return over.get() >= number || worker.isOver();
            });
        }
        worker.join();
    }

    private static FutexMemory memory() {
        return FlatMemory.of(ByteBuffer.allocateDirect(WordPlacement.SIZE));
    }

    @ParameterizedTest
    @EnumSource
    void waitOnAWordThatIsRewrittenAllTheTime_endsOrRefuses(Patient patient) throws Exception {
        Context c = new Context(
                WordPlacement.privateWords(FutexTable.builder().spinPolicy(SpinPolicy.NONE), new RestlessMemory(1)));
        c.make(patient.action);
    }

    @Test
    void wordRewrittenContinuously_interrupt_endsWait() {
        RestlessMemory memory = new RestlessMemory(2);
        memory.allowed = new int[] {2, 7};
        memory.interrupts = 1000;
        FutexMutex mutex = WordPlacement.privateWords(FutexTable.builder().spinPolicy(SpinPolicy.NONE), memory)
                .mutex(0);
        assertThrows(InterruptedException.class, mutex::lockInterruptibly);
        assertTrue(memory.accesses < FutexWord.MAX_FAILURES, "it ended by the interrupt");
    }

    @ParameterizedTest
    @ValueSource(ints = {4, -1, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void onceOutsideItsStates_namesTheValueAndDoesNothing(int word) throws Exception {
        Context c = new Context(WordPlacement.privateWords());
        c.side.store(0, word);
        List<String> done = new ArrayList<>();
        FutexOnce once = c.side.once(0);
        String why = assertThrows(IllegalStateException.class, () -> once.run(() -> done.add("action")))
                .getMessage();
        assertTrue(String.valueOf(why).contains(" " + word + ","), why);
        assertThrows(IllegalStateException.class, () -> once.run(() -> done.add("action"), 5, MICROSECONDS));
        assertEquals(List.of(), done);
        assertEquals(word, c.side.load(0));
    }

    @Test
    void negativeLatch_isRefusedByItsCountDown() {
        Context c = new Context(WordPlacement.privateWords());
        c.side.store(0, -5);
        String why = assertThrows(IllegalStateException.class, c.side.latch(0)::countDown)
                .getMessage();
        assertTrue(String.valueOf(why).contains("-5"), why);
        assertEquals(-5, c.side.load(0));
    }

    /** A memory whose words change between any two accesses, so that a compare-and-exchange succeeds only by chance. */
    private static final class RestlessMemory implements FutexMemory {

        private final FlatMemory keys = FlatMemory.of(ByteBuffer.allocateDirect(WordPlacement.SIZE));
        private final Random random;
        private int last;
        private int accesses;
        private int[] tids = {};
        private int[] allowed = {};
        private int interrupts = Integer.MAX_VALUE;

        RestlessMemory(long seed) {
            random = new Random(seed);
        }

        private int next() {
            if (accesses++ == interrupts) {
                Thread.currentThread().interrupt();
            }
            int before = last;
            do {
                last = any();
            } while (last == before);
            return last;
        }

        private int any() {
            if (allowed.length > 0) {
                return allowed[random.nextInt(allowed.length)];
            }
            return switch (random.nextInt(4)) {
                case 0 -> random.nextInt();
                case 1 -> random.nextInt(5) - 1;
                case 2 -> random.nextInt(1 << 30);
                default -> tids.length == 0 ? 2 : tids[random.nextInt(tids.length)] | random.nextInt(4) << 30;
            };
        }

        @Override
        public int load(long address) {
            return next();
        }

        @Override
        public int compareAndExchange(long address, int expected, int desired) {
            int now = next();
            return now == expected ? now + 1 : now;
        }

        @Override
        public int getAndSet(long address, int value) {
            return next();
        }

        @Override
        public FutexKey sharedKey(long address, Access access) {
            return keys.sharedKey(address, access);
        }
    }
}
