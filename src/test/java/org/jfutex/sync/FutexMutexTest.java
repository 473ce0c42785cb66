package org.jfutex.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jfutex.PiResult;
import org.jfutex.PiWait;
import org.jfutex.Scope;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.time.Deadline;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@SuppressWarnings("LockNotBeforeTry") // a failed test may leave the lock as it is
class FutexMutexTest {

    private final VirtualClock clock = new VirtualClock();
    private final WordPlacement.Side words = WordPlacement.privateWords(clock);
    private final FutexMutex mutex = words.mutex(0);

    static List<Threads> kinds() {
        return Threads.available();
    }

    @Test
    void wordTellsFreeAndLocked() {
        assertFalse(mutex.isLocked());
        mutex.lock();
        assertEquals(1, words.load(0));
        assertTrue(mutex.isLocked());
        assertFalse(mutex.tryLock());
        mutex.unlock();
        assertEquals(0, words.load(0));
        assertTrue(mutex.tryLock());
    }

    @Test
    void twoHandlesOfOneWordAreOneLock() {
        words.mutex(0).lock();
        assertFalse(mutex.tryLock());
        mutex.unlock();
        assertTrue(words.mutex(0).tryLock());
    }

    @Test
    void unlockOfAFreeMutexIsRefused() {
        String reason =
                assertThrows(IllegalMonitorStateException.class, mutex::unlock).getMessage();
        assertEquals("the mutex is not locked", reason);
        assertEquals(0, words.load(0));
    }

    @Test
    void misalignedAddressIsRefused() {
        String reason = assertThrows(
                        IllegalArgumentException.class,
                        () -> new FutexMutex(words.table(), words.memory(), 0x1002, words.scope()))
                .getMessage();
        assertEquals("address 0x1002 is not a multiple of 4", reason);
    }

    @Test
    void missingMemoryFaults() {
        FutexMutex nowhere = new FutexMutex(words.table(), words.memory(), 1 << 20, words.scope());
        assertThrows(MemoryFaultException.class, nowhere::lock);
        assertThrows(MemoryFaultException.class, nowhere::unlock);
    }

    @Test
    void newConditionWithoutAWordIsRefused() {
        assertThrows(UnsupportedOperationException.class, mutex::newCondition);
    }

    @Test
    void tryLock_zeroTime_leavesHeldWordUnchanged() throws Exception {
        mutex.lock();
        assertFalse(mutex.tryLock(0, TimeUnit.SECONDS));
        assertFalse(mutex.tryLock(-1, TimeUnit.SECONDS));
        assertEquals(1, words.load(0));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void unlockWakesASleeper(Threads kind) throws Exception {
        mutex.lock();
        Threads.Running sleeper = kind.start(mutex::lock);
        words.untilWaiters(0, 1);
        assertEquals(2, words.load(0));
        mutex.unlock();
        sleeper.join();
        assertEquals(2, words.load(0), "it cannot know whether others sleep");
    }

    /** A later owner may reuse the memory of the mutex, even as a PI lock. */
    @Test
    void unlockBearsThatTheWordIsAnothersAlready() {
        words.store(0, words.task().tid());
        PiWait wait = words.task().prepareLock(words.address(0), words.scope());
        words.store(0, 2);
        mutex.unlock();
        assertEquals(0, words.load(0));
        assertEquals(PiResult.CANCELLED, wait.cancel());
    }

    @Test
    void unlock_memoryFreedByNextOwner_succeeds() {
        FutexMemory gone = new FutexMemory() {
            @Override
            public int load(long address) {
                return words.memory().load(address);
            }

            @Override
            public int compareAndExchange(long address, int expected, int desired) {
                return words.memory().compareAndExchange(address, expected, desired);
            }

            @Override
            public FutexKey sharedKey(long address, Access access) {
                throw new MemoryFaultException(address, access);
            }
        };
        words.store(0, 2);
        new FutexMutex(words.table(), gone, 0, Scope.SHARED).unlock();
        assertEquals(0, words.load(0));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void tryLock_timePasses_returnsThenAndNotBefore(Threads kind) throws Exception {
        mutex.lock();
        Threads.Running sleeper = kind.start(() -> assertFalse(mutex.tryLock(10, TimeUnit.SECONDS)));
        words.untilWaiters(0, 1);
        clock.advance(TimeUnit.SECONDS.toNanos(10) - 1);
        words.wake(0); // a foreign wake, which must not restart the timeout
        words.untilWaiters(0, 1);
        assertFalse(sleeper.isOver());
        clock.advance(1);
        sleeper.join();
        mutex.unlock();
        assertEquals(0, words.load(0));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void interruptEndsAnInterruptibleLock(Threads kind) throws Exception {
        mutex.lock();
        Threads.Running sleeper = kind.start(() -> assertThrows(InterruptedException.class, mutex::lockInterruptibly));
        words.untilWaiters(0, 1);
        sleeper.thread.interrupt();
        sleeper.join();
        assertEquals(0, words.waiters(0));
    }

    @Test
    void lockInterruptibly_interruptPending_throwsWithoutLock() {
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, mutex::lockInterruptibly);
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> mutex.tryLock(1, TimeUnit.SECONDS));
        assertFalse(Thread.interrupted());
        assertEquals(0, words.load(0));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void interruptStaysPendingOverAnUninterruptibleLock(Threads kind) throws Exception {
        mutex.lock();
        Threads.Running sleeper = kind.start(() -> {
            mutex.lock();
            assertTrue(Thread.interrupted());
        });
        words.untilWaiters(0, 1);
        sleeper.thread.interrupt();
        words.untilWaiters(0, 1);
        mutex.unlock();
        sleeper.join();
    }

    /**
     * The second sleeper is woken although the first one, which the first unlock woke, unlocks without knowing of it.
     */
    @Test
    void sleeperBehindAWokenOneIsNotForgotten() throws Exception {
        mutex.lock();
        List<Threads.Running> sleepers = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            sleepers.add(Threads.PLATFORM.start(() -> {
                mutex.lock();
                mutex.unlock();
            }));
            words.untilWaiters(0, i);
        }
        mutex.unlock();
        for (Threads.Running sleeper : sleepers) {
            sleeper.join();
        }
        assertEquals(0, words.load(0));
    }

    /** Shows the hazard: with the word at 1, the unlock of the woken thread wakes no other. */
    @Test
    void mutantLockingWithOne_secondSleeper_isForgotten() throws Exception {
        FutexWord word = mutex;
        mutex.lock();
        Threads.Running first = Threads.PLATFORM.start(() -> {
            while (!word.compareAndSet(0, 1)) { // the error: 1 instead of 2
                word.compareAndSet(1, 2);
                word.sleep(2, Deadline.NEVER);
            }
            mutex.unlock();
        });
        words.untilWaiters(0, 1);
        Threads.Running second = Threads.PLATFORM.start(mutex::lock);
        words.untilWaiters(0, 2);
        mutex.unlock();
        first.join();
        assertEquals(0, words.load(0), "free");
        assertEquals(1, words.waiters(0), "and a thread sleeps");
        words.wake(0);
        second.join();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void unlock_wokenThreadTimesOut_wakeIsNotLost(Threads kind) throws Exception {
        for (int round = 0; round < 200; round++) {
            mutex.lock();
            Threads.Running hasty = kind.start(() -> {
                if (mutex.tryLock(1, TimeUnit.SECONDS)) {
                    mutex.unlock();
                }
            });
            words.untilWaiters(0, 1);
            Threads.Running patient = kind.start(() -> {
                mutex.lock();
                mutex.unlock();
            });
            words.untilWaiters(0, 2);
            Threads.Running time = kind.start(() -> clock.advance(TimeUnit.SECONDS.toNanos(1)));
            mutex.unlock();
            hasty.join();
            patient.join();
            time.join();
        }
    }

    static List<Object[]> contests() {
        return Contest.placesAndKinds();
    }

    @ParameterizedTest
    @MethodSource("contests")
    void onlyOneHoldsItUnderContention(WordPlacement place, Threads kind) throws Exception {
        int[] count = new int[1];
        int rounds = 20_000;
        Contest.run(kind, 8, place, (side, me) -> {
            FutexMutex m = side.mutex(3);
            for (int i = 0; i < rounds; i++) {
                switch (i % 4) {
                    case 0 -> m.lockInterruptibly();
                    case 1 -> assertTrue(m.tryLock(1, TimeUnit.MINUTES));
                    default -> m.lock();
                }
                count[0]++;
                m.unlock();
            }
        });
        assertEquals(8 * rounds, count[0]);
        assertFalse(place.here().mutex(3).isLocked());
        assertEquals(0, place.here().waiters(3));
    }

    @ParameterizedTest
    @MethodSource("contests")
    void interruptsAndTimeoutsUnderContentionLoseNothing(WordPlacement place, Threads kind) throws Exception {
        int[] count = new int[1];
        int[] taken = new int[8];
        Thread[] threads = new Thread[8];
        Contest.run(kind, 8, place, (side, me) -> {
            threads[me] = Thread.currentThread();
            FutexMutex m = side.mutex(3);
            for (int i = 0; i < 5_000; i++) {
                if (i % 7 == me % 7) {
                    Thread victim = threads[(me + 1) % 8];
                    if (victim != null) {
                        victim.interrupt();
                    }
                }
                boolean mine;
                try {
                    mine = i % 2 == 0 ? m.tryLock(1 + i % 50, TimeUnit.MICROSECONDS) : lock(m);
                } catch (InterruptedException e) {
                    mine = false;
                }
                if (mine) {
                    count[0]++;
                    taken[me]++;
                    m.unlock();
                }
            }
        });
        int sum = 0;
        for (int t : taken) {
            sum += t;
        }
        assertEquals(sum, count[0]);
        assertFalse(place.here().mutex(3).isLocked());
        assertEquals(0, place.here().waiters(3));
    }

    private static boolean lock(FutexMutex m) throws InterruptedException {
        m.lockInterruptibly();
        return true;
    }

    @Test
    void handleNamesItsWord() {
        assertNotNull(mutex.toString());
        assertTrue(words.mutex(2).toString().startsWith("mutex (free) in PRIVATE word 0x8 of "), mutex::toString);
    }
}
