package org.jfutex;

import static org.jfutex.Scope.PRIVATE;
import static org.jfutex.Scope.SHARED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappedObject;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.SharedKey;
import org.jfutex.memory.FlatMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A failing memory hides no waiters of other memories, and prevents no cancellation of them. */
@Timeout(60)
class FailingMemoryTest {

    private final FutexTable table = new FutexTable();
    private final FlatMemory good = FlatMemory.of(ByteBuffer.allocateDirect(64));

    /** A memory whose methods all throw once a failure is set. */
    private static final class Failing implements FutexMemory {

        private final MappedObject object = new MappedObject() {};
        private final Supplier<Throwable> failure;
        private boolean failing;

        Failing(Supplier<Throwable> failure) {
            this.failure = failure;
        }

        private void failIfDue() {
            if (failing) {
                Threads.throwAnyway(failure.get());
            }
        }

        @Override
        public int load(long address) {
            failIfDue();
            return 0;
        }

        @Override
        public int compareAndExchange(long address, int expected, int desired) {
            failIfDue();
            return expected;
        }

        @Override
        public FutexKey sharedKey(long address, Access access) {
            failIfDue();
            return address < 32 ? new AnonymousKey(this, address) : SharedKey.at(object, address);
        }

        @Override
        public FutexMemory underlying() {
            failIfDue();
            return this;
        }

        @Override
        public String toString() {
            failIfDue();
            return "memory that fails";
        }
    }

    static Stream<Supplier<Throwable>> failures() {
        return Stream.of(
                () -> new IllegalStateException("Already closed"),
                () -> new InternalError("a fault occurred in a recent unsafe memory access operation"),
                () -> new MemoryFaultException(0, Access.READ),
                RuntimeException::new,
                IndexOutOfBoundsException::new,
                StackOverflowError::new,
                OutOfMemoryError::new,
                AssertionError::new,
                NoClassDefFoundError::new,
                IOException::new);
    }

    private List<Failing> memories() {
        List<Failing> all = new ArrayList<>();
        failures().forEach(failure -> {
            Failing bad = new Failing(failure);
            all.add(bad);
            for (long word : new long[] {0, 32}) {
                table.prepare(bad, word, PRIVATE, 0);
                table.prepare(bad, word, SHARED, 0);
                table.prepareAny(bad, List.of(new WaitWord(word, PRIVATE, 0), new WaitWord(word, SHARED, 0)), 0);
            }
            table.prepare(good, 4L * all.size(), PRIVATE, 0);
        });
        return all;
    }

    @Test
    void waiters_failingMemory_listsItsWordsAsUnreadable() {
        List<Failing> bad = memories();
        bad.forEach(b -> b.failing = true);
        good.store(4, 1);
        List<WaiterInfo> dump = table.waiters();
        assertEquals(9 * bad.size(), dump.size());
        assertEquals(
                bad.size(), dump.stream().filter(w -> w.actual().isPresent()).count());
        List<WaiterInfo> stuck = table.findStuckWaiters(Duration.ZERO);
        assertEquals(1, stuck.size());
        assertEquals(OptionalLong.of(1), stuck.get(0).actual());
    }

    @ParameterizedTest
    @MethodSource("failures")
    void cancel_failingMemory_endsWaitsOfAllMemories(Supplier<Throwable> failure) {
        Failing bad = new Failing(failure);
        PreparedWait first = table.prepare(bad, 0, PRIVATE, 0);
        PreparedWait second = table.prepare(bad, 32, SHARED, 0);
        PreparedWait other = table.prepare(good, 0, PRIVATE, 0);
        bad.failing = true;
        assertEquals(1, table.cancel(good));
        assertEquals(WaitResult.CANCELLED, other.poll());
        assertEquals(0, table.cancel(FutexKey.in(good)));
        assertNull(first.poll());
        assertEquals(2, table.cancel(bad));
        assertEquals(WaitResult.CANCELLED, first.poll());
        assertEquals(WaitResult.CANCELLED, second.poll());
    }
}
