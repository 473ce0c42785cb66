package org.jfutex.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Lock;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@SuppressWarnings("LockNotBeforeTry") // a failed test may leave the lock as it is
class FutexReadWriteLockTest {

    private final VirtualClock clock = new VirtualClock();
    private final WordPlacement.Side words = WordPlacement.privateWords(clock);
    private final FutexReadWriteLock lock = words.readWriteLock(0);
    private final Lock read = lock.readLock();
    private final Lock write = lock.writeLock();

    static List<Threads> kinds() {
        return Threads.available();
    }

    private Threads.Running sleeper(Threads kind, Threads.Action action) {
        int before = words.waiters(0);
        Threads.Running running = kind.start(action);
        words.untilWaiters(0, before + 1);
        return running;
    }

    private Threads.Running locking(Threads kind, Lock half) {
        return sleeper(kind, half::lock);
    }

    private void assertFree() {
        assertEquals(0, words.load(0) & ~(1 << 30), "but for the turn");
        assertEquals(0, words.load(1));
        assertEquals(0, words.waiters(0));
    }

    @Test
    void readersShareAndWritersDoNot() {
        read.lock();
        assertTrue(read.tryLock());
        assertFalse(write.tryLock());
        read.unlock();
        assertFalse(write.tryLock());
        read.unlock();
        assertTrue(write.tryLock());
        assertFalse(write.tryLock());
        assertFalse(read.tryLock());
        write.unlock();
        assertFree();
    }

    /** The writer finds no reader in the queue; the reader reads the count of writers after it has queued itself. */
    @Test
    void readLock_queuedAfterLastWriterGaveUp_doesNotSleep() throws Exception {
        FlatMemory bytes = FlatMemory.of(ByteBuffer.allocateDirect(8));
        FutexMemory givesUp = new FutexMemory() {
            @Override
            public int load(long address) {
                int word = bytes.load(address);
                if (address == 4 && bytes.load(0) != 0) { // a registered reader has seen the writer
                    bytes.store(4, 0);
                }
                return word;
            }

            @Override
            public int compareAndExchange(long address, int expected, int desired) {
                return bytes.compareAndExchange(address, expected, desired);
            }

            @Override
            public FutexKey sharedKey(long address, Access access) {
                return bytes.sharedKey(address, access);
            }
        };
        bytes.store(4, 1);
        Lock half = new FutexReadWriteLock(new FutexTable(), givesUp, 0, Scope.PRIVATE).readLock();
        Threads.PLATFORM.start(half::lock).join();
        assertEquals(1, bytes.load(0), "one reader inside");
    }

    @Test
    void unlockOfWhatIsNotLockedIsRefused() {
        assertEquals(
                "no reader holds the lock",
                assertThrows(IllegalMonitorStateException.class, read::unlock).getMessage());
        assertEquals(
                "no writer holds the lock",
                assertThrows(IllegalMonitorStateException.class, write::unlock).getMessage());
        read.lock();
        assertThrows(IllegalMonitorStateException.class, write::unlock);
        read.unlock();
        write.lock();
        assertThrows(IllegalMonitorStateException.class, read::unlock);
        write.unlock();
        assertFree();
    }

    @Test
    void conditionsAreRefused() {
        assertThrows(UnsupportedOperationException.class, read::newCondition);
        assertThrows(UnsupportedOperationException.class, write::newCondition);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void writeUnlock_readersWait_admitsThemBeforeNextWriter(Threads kind) throws Exception {
        write.lock();
        Threads.Running writer = locking(kind, write);
        List<Threads.Running> readers = List.of(locking(kind, read), locking(kind, read), locking(kind, read));
        write.unlock();
        for (Threads.Running reader : readers) {
            reader.join();
        }
        assertFalse(writer.isOver());
        read.unlock();
        read.unlock();
        assertFalse(writer.isOver());
        read.unlock();
        writer.join();
        write.unlock();
        assertFree();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void waitingWriterKeepsLaterReadersOut(Threads kind) throws Exception {
        read.lock();
        Threads.Running writer = locking(kind, write);
        assertFalse(read.tryLock(0, TimeUnit.SECONDS));
        Threads.Running reader = locking(kind, read);
        read.unlock();
        writer.join();
        assertFalse(reader.isOver());
        write.unlock();
        reader.join();
        read.unlock();
        assertFree();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void readersTryLock_succeedsWhileOnlyReadersHold(Threads kind) throws Exception {
        read.lock();
        Threads.Running writer = locking(kind, write);
        assertTrue(read.tryLock(), "only readers hold it, though a writer waits");
        read.unlock();
        assertFalse(writer.isOver());
        read.unlock();
        writer.join();
        assertFalse(read.tryLock(), "a writer holds it");
        write.unlock();
        assertTrue(read.tryLock());
        read.unlock();
        assertFree();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void writeLock_lastWriterGivesUp_admitsReaders(Threads kind) throws Exception {
        read.lock();
        Threads.Running writer = sleeper(kind, () -> assertFalse(write.tryLock(1, TimeUnit.SECONDS)));
        Threads.Running reader = locking(kind, read);
        clock.advance(TimeUnit.SECONDS.toNanos(1));
        writer.join();
        reader.join(); // though the first reader is still inside
        assertTrue(read.tryLock());
        for (int i = 0; i < 3; i++) {
            read.unlock();
        }
        assertFree();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void writeLock_givesUpBeforeOtherWriter_admitsNoReader(Threads kind) throws Exception {
        read.lock();
        Threads.Running hasty = sleeper(kind, () -> assertThrows(InterruptedException.class, write::lockInterruptibly));
        Threads.Running patient = locking(kind, write);
        Threads.Running reader = locking(kind, read);
        hasty.thread.interrupt();
        hasty.join();
        assertFalse(read.tryLock(0, TimeUnit.SECONDS));
        read.unlock();
        patient.join();
        assertFalse(reader.isOver());
        write.unlock();
        reader.join();
    }

    /**
     * The number of waiting writers is 0 again when the second writer has the lock. No reader is excluded by a writer
     * that no longer waits.
     */
    @ParameterizedTest
    @MethodSource("kinds")
    void writeLock_allWritersGone_readersLock(Threads kind) throws Exception {
        write.lock();
        Threads.Running second = locking(kind, write);
        write.unlock();
        second.join();
        Threads.Running reader = locking(kind, read);
        write.unlock();
        reader.join();
        assertTrue(read.tryLock());
        read.unlock();
        read.unlock();
        assertFree();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void readerThatGivesUpIsNotCountedInside(Threads kind) throws Exception {
        write.lock();
        Threads.Running timed = sleeper(kind, () -> assertFalse(read.tryLock(1, TimeUnit.SECONDS)));
        Threads.Running interrupted =
                sleeper(kind, () -> assertThrows(InterruptedException.class, read::lockInterruptibly));
        clock.advance(TimeUnit.SECONDS.toNanos(1));
        interrupted.thread.interrupt();
        timed.join();
        interrupted.join();
        write.unlock();
        assertFree();
        assertTrue(write.tryLock());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void interruptStaysPendingOverUninterruptibleLocks(Threads kind) throws Exception {
        write.lock();
        for (Lock half : List.of(read, write)) {
            Threads.Running sleeper = sleeper(kind, () -> {
                half.lock();
                assertTrue(Thread.interrupted());
                half.unlock();
            });
            sleeper.thread.interrupt();
            Threads.until(() -> !sleeper.thread.isInterrupted());
            words.untilWaiters(0, 1);
            write.unlock();
            sleeper.join();
            write.lock();
        }
    }

    @Test
    void readersBeyondTheMostWaitUntilOneLeaves() throws Exception {
        for (int i = 0; i < FutexReadWriteLock.MAX_READERS; i++) {
            read.lock();
        }
        assertFalse(read.tryLock());
        Threads.Running first = locking(Threads.PLATFORM, read);
        Threads.Running second = locking(Threads.PLATFORM, read);
        read.unlock();
        first.join();
        assertFalse(second.isOver());
        read.unlock();
        second.join();
        assertFalse(read.tryLock());
    }

    /** The number of registered readers is limited, too; further readers sleep unregistered. */
    @Test
    void readLock_moreThanMaxReadersWait_allAreWoken() throws Exception {
        write.lock();
        int full = FutexReadWriteLock.MAX_READERS << 15;
        words.store(0, words.load(0) | full);
        Threads.Running byWriter = locking(Threads.PLATFORM, read);
        write.unlock(); // admits all registered readers, and the count is full then
        words.untilWaiters(0, 1);
        assertEquals(FutexReadWriteLock.MAX_READERS, words.load(0) & FutexReadWriteLock.MAX_READERS);
        read.unlock();
        byWriter.join();

        words.store(0, 0);
        write.lock();
        words.store(0, words.load(0) | (full - (1 << 15)));
        Threads.Running registered = sleeper(Threads.PLATFORM, () -> assertFalse(read.tryLock(1, TimeUnit.SECONDS)));
        Threads.Running unregistered = locking(Threads.PLATFORM, read);
        clock.advance(TimeUnit.SECONDS.toNanos(1));
        registered.join();
        Threads.until(() -> (words.load(0) & full) == full); // it has taken the free registration
        write.unlock();
        unregistered.join();
    }

    static List<Object[]> contests() {
        return Contest.placesAndKinds();
    }

    @ParameterizedTest
    @MethodSource("contests")
    void readersSeeWhatWritersLeft(WordPlacement place, Threads kind) throws Exception {
        long[] pair = new long[2];
        Contest.run(kind, 8, place, (side, me) -> {
            FutexReadWriteLock l = side.readWriteLock(20);
            for (int i = 0; i < 20_000; i++) {
                if (i % 5 == me % 5) {
                    l.writeLock().lock();
                    pair[0]++;
                    pair[1]--;
                    l.writeLock().unlock();
                } else {
                    l.readLock().lock();
                    assertEquals(0, pair[0] + pair[1]);
                    l.readLock().unlock();
                }
            }
        });
        assertEquals(8 * 4_000, pair[0]);
    }

    @ParameterizedTest
    @MethodSource("contests")
    void contention_interruptsAndTimeouts_lockIsFreeAtEnd(WordPlacement place, Threads kind) throws Exception {
        long[] pair = new long[2];
        Thread[] threads = new Thread[8];
        Contest.run(kind, 8, place, (side, me) -> {
            threads[me] = Thread.currentThread();
            FutexReadWriteLock l = side.readWriteLock(20);
            for (int i = 0; i < 20_000; i++) {
                Thread victim = threads[i % 8];
                if (i % 11 == me && victim != null) {
                    victim.interrupt();
                }
                boolean writing = (i + me) % 3 == 0;
                Lock half = writing ? l.writeLock() : l.readLock();
                try {
                    if (i % 2 == 0) {
                        half.lockInterruptibly();
                    } else if (!half.tryLock(1 + i % 30, TimeUnit.MICROSECONDS)) {
                        continue;
                    }
                } catch (InterruptedException e) {
                    continue;
                }
                if (writing) {
                    pair[0]++;
                    pair[1]--;
                }
                assertEquals(0, pair[0] + pair[1]);
                half.unlock();
            }
        });
        assertEquals(0, place.here().load(20) & ~(1 << 30));
        assertEquals(0, place.here().load(21));
        assertEquals(0, place.here().waiters(20));
    }

    /**
     * A reader leaves only when another one has entered after it, or waits. So without writers there is always a
     * reader.
     */
    @ParameterizedTest
    @MethodSource("kinds")
    void writerGetsInThoughReadersRelieveEachOther(Threads kind) throws Exception {
        AtomicBoolean written = new AtomicBoolean();
        AtomicInteger entered = new AtomicInteger();
        List<Threads.Running> readers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            readers.add(kind.start(() -> {
                while (!written.get()) {
                    read.lock();
                    int mine = entered.incrementAndGet();
                    Threads.until(() -> entered.get() > mine || registeredReaders() > 0 || written.get());
                    read.unlock();
                }
            }));
        }
        Threads.until(() -> entered.get() > 0);
        kind.start(() -> {
                    for (int i = 0; i < 100; i++) {
                        write.lock();
                        write.unlock();
                    }
                    written.set(true);
                })
                .join();
        for (Threads.Running reader : readers) {
            reader.join();
        }
        assertFree();
    }

    private int registeredReaders() {
        return (words.load(0) >>> 15) & FutexReadWriteLock.MAX_READERS;
    }

    /** Writers queue without a gap; each reader waits for at most one of them. */
    @ParameterizedTest
    @MethodSource("kinds")
    void readerWaitsForOneWriterAtTheMost(Threads kind) throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        long[] writes = new long[1];
        List<Threads.Running> writers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            writers.add(kind.start(() -> {
                while (!over.get()) {
                    write.lock();
                    writes[0]++;
                    write.unlock();
                }
            }));
        }
        for (int i = 0; i < 50; i++) {
            read.lock();
            long before = writes[0];
            Threads.Running next = kind.start(write::lock); // so the reader below has to wait
            Threads.until(() -> words.load(1) > 0);
            Threads.Running reader = kind.start(() -> {
                read.lock();
                assertTrue(writes[0] <= before + 1, "it saw " + (writes[0] - before) + " writers pass");
                read.unlock();
            });
            Threads.until(() -> registeredReaders() > 0);
            read.unlock();
            next.join();
            write.unlock();
            reader.join();
        }
        over.set(true);
        for (Threads.Running writer : writers) {
            writer.join();
        }
    }

    /**
     * A reader that has locked must wake the readers that could not register. If that fails, the reader unlocks, and
     * removes no other reader's registration.
     */
    @Test
    void readLock_failureAfterLocking_isUndone() throws Exception {
        boolean failed = true;
        for (int call = 0; failed; call++) {
            int failing = call;
            Faults faults = new Faults();
            FutexTable table = FutexTable.builder().clock(faults.clock).build();
            WordPlacement.Side s = new WordPlacement.Side(table, faults.memory, 0, Scope.SHARED);
            int others = (FutexReadWriteLock.MAX_READERS - 1) << 15;
            s.store(0, others);
            s.store(1, 1);
            faults.whenAsleep(() -> {
                s.store(1, 0); // the writer gives up
                s.wake(0);
                faults.failAt(failing, () -> new IllegalStateException("planned"));
            });
            boolean locked = false;
            try {
                locked = s.readWriteLock(0).readLock().tryLock(1, TimeUnit.SECONDS);
            } catch (IllegalStateException planned) {
                assertEquals("planned", planned.getMessage());
            }
            failed = faults.haveComeTrue();
            faults.work();
            assertEquals(locked ? others + 1 : others, s.load(0), "call " + call);
            assertTrue(failed || call > 2);
        }
    }
}
