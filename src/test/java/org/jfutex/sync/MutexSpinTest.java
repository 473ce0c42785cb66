package org.jfutex.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.SpinPolicy;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.memory.FlatMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests that a thread that finds a mutex held spins for a few reads with back-off, if the policy allows that. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@SuppressWarnings("LockNotBeforeTry") // the memory unlocks
class MutexSpinTest {

    private static final List<Integer> ABSENCES = List.of(2_000, 4_000, 8_000);

    private final Recorder memory = new Recorder();

    private static boolean severalProcessors() {
        return Runtime.getRuntime().availableProcessors() > 1;
    }

    private FutexMutex mutex(SpinPolicy policy) {
        return new FutexMutex(FutexTable.builder().spinPolicy(policy).build(), memory, 0, Scope.PRIVATE);
    }

    static List<Threads> kinds() {
        return Threads.available();
    }

    /** The steps of a thread that spins and then sleeps at a lock that stays held. */
    private static List<String> expected(boolean awake) {
        List<String> steps = new ArrayList<>(List.of("0 -> 1?"));
        if (awake) {
            ABSENCES.forEach(absence -> steps.add("look"));
        }
        steps.add("-> 2");
        return steps;
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void lock_platformThread_readsThreeTimesBeforeSleep(Threads kind) throws Exception {
        FutexMutex mutex = mutex(SpinPolicy.ADAPTIVE);
        mutex.lock();
        memory.record("-> 2");
        kind.start(mutex::lock).join();
        assertEquals(expected(kind == Threads.PLATFORM && severalProcessors()), memory.steps);
        assertEquals(2, memory.word(), "others may sleep");
    }

    @Test
    void lock_spinPolicyNone_sleepsAtOnce() {
        FutexMutex mutex = mutex(SpinPolicy.NONE);
        mutex.lock();
        memory.record("-> 2");
        mutex.lock();
        assertEquals(expected(false), memory.steps);
    }

    @Test
    void lock_spinning_backOffDoubles() {
        FutexMutex mutex = mutex(SpinPolicy.ADAPTIVE);
        mutex.lock();
        memory.record("-> 2");
        mutex.lock();
        for (int i = 0; severalProcessors() && i < ABSENCES.size(); i++) {
            long away = memory.times.get(i + 1) - memory.times.get(i);
            assertTrue(away >= ABSENCES.get(i), () -> away + " ns");
        }
    }

    @Test
    void lock_freeWhileSpinning_isTakenUncontended() {
        for (int look = 1; severalProcessors() && look <= ABSENCES.size(); look++) {
            FutexMutex mutex = mutex(SpinPolicy.ADAPTIVE);
            mutex.lock();
            memory.record("look", look);
            mutex.lock();
            assertEquals("0 -> 1?", memory.steps.get(memory.steps.size() - 1));
            assertEquals(1 + look + 1, memory.steps.size());
            assertEquals(1, memory.word());
            mutex.unlock();
        }
    }

    @Test
    void lock_wokenAndTaken_spinsAndMarksContended() throws Exception {
        FutexTable table = new FutexTable();
        FutexMutex mutex = new FutexMutex(table, memory, 0, Scope.PRIVATE);
        mutex.lock();
        Threads.Running sleeper = Threads.PLATFORM.start(mutex::lock);
        Threads.until(() -> table.waiterCount(memory, 0, Scope.PRIVATE) == 1);
        memory.getAndSet(0, 1); // another thread has locked
        memory.record(severalProcessors() ? "look" : "-> 2");
        assertEquals(1, table.wake(memory, 0, Scope.PRIVATE, 1));
        sleeper.join();
        assertEquals(
                severalProcessors() ? List.of("0 -> 2?", "look", "0 -> 2?") : List.of("0 -> 2?", "-> 2"), memory.steps);
        assertEquals(2, memory.word());
    }

    @Test
    void lockInterruptibly_interruptedWhileSpinning_endsSpinning() {
        FutexMutex mutex = mutex(SpinPolicy.ADAPTIVE);
        mutex.lock();
        memory.record("none");
        memory.interruptsAtRead = true;
        try {
            assertThrows(InterruptedException.class, mutex::lockInterruptibly);
        } finally {
            memory.interruptsAtRead = false;
        }
        assertEquals(
                severalProcessors() ? List.of("0 -> 1?", "look", "-> 2") : List.of("0 -> 1?", "-> 2"),
                memory.steps.subList(0, severalProcessors() ? 3 : 2));
    }

    /** A memory that records the accesses to its word, and frees the lock in it right before one of them. */
    private static final class Recorder implements FutexMemory {

        private final FlatMemory words = FlatMemory.of(ByteBuffer.allocateDirect(8));
        private final List<String> steps = new ArrayList<>(); // as of the call of record; under this
        private final List<Long> times = new ArrayList<>(); // of each of them, in nanoseconds
        private String frees = "";
        private int left;
        private volatile boolean interruptsAtRead;

        synchronized void record(String step) {
            record(step, 1);
        }

        /** Begins a new record. The lock becomes free at the step of this kind and number. */
        synchronized void record(String step, int number) {
            steps.clear();
            times.clear();
            frees = step;
            left = number;
        }

        synchronized int word() {
            return words.load(0);
        }

        private void step(String step) {
            steps.add(step);
            if (step.equals(frees) && --left == 0) {
                words.store(0, 0);
            }
        }

        @Override
        public synchronized int load(long address) {
            step("look");
            if (interruptsAtRead) {
                Thread.currentThread().interrupt();
            }
            int word = words.load(address);
            times.add(System.nanoTime());
            return word;
        }

        @Override
        public synchronized int compareAndExchange(long address, int expected, int desired) {
            step(expected + " -> " + desired + "?");
            int before = words.compareAndExchange(address, expected, desired);
            times.add(System.nanoTime());
            return before;
        }

        @Override
        public synchronized int getAndSet(long address, int value) {
            step("-> " + value);
            int before = words.getAndSet(address, value);
            times.add(System.nanoTime());
            return before;
        }

        @Override
        public FutexKey sharedKey(long address, Access access) {
            return words.sharedKey(address, access);
        }
    }
}
