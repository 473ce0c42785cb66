package org.jfutex.sync;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jfutex.key.Access;
import org.jfutex.key.ForwardingMemory;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.ClockId;
import org.jfutex.time.FutexClock;
import org.jspecify.annotations.Nullable;

/**
 * A memory and a clock that fail at one call of one thread, and work for all others.
 *
 * <p>A thread that parks by the clock does not sleep: the time has passed when it parks.
 */
final class Faults {

    /** The exceptions that a memory, a clock or the JVM may throw. */
    static final List<Supplier<Throwable>> FAILURES = List.of(
            () -> new MemoryFaultException(0, Access.READ),
            () -> new IllegalStateException("planned"),
            () -> new OutOfMemoryError("planned"),
            () -> new StackOverflowError("planned"),
            () -> new java.io.IOException("planned"));

    final FutexMemory memory = new Memory();
    final FutexClock clock = new Clock();

    private final Thread victim = Thread.currentThread();
    private int callsLeft = Integer.MAX_VALUE;
    private @Nullable Supplier<Throwable> failure;
    private boolean failed;
    private Threads.@Nullable Action whenAsleep;

    /** The victim's call of this number fails, counted from 0. */
    void failAt(int call, Supplier<Throwable> how) {
        callsLeft = call;
        failure = how;
    }

    /** Sets the action that runs once, when the victim next parks. */
    void whenAsleep(Threads.Action action) {
        whenAsleep = action;
    }

    /** No call fails from here on. */
    void work() {
        callsLeft = Integer.MAX_VALUE;
    }

    /** Whether a call has failed. */
    boolean haveComeTrue() {
        return failed;
    }

    private void call() {
        if (Thread.currentThread() == victim && callsLeft != Integer.MAX_VALUE && callsLeft-- == 0) {
            work();
            failed = true;
            throwAnyway(requireNonNull(failure).get());
        }
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void throwAnyway(Throwable t) throws E {
        throw (E) t;
    }

    private final class Memory extends ForwardingMemory {

        Memory() {
            super(FlatMemory.of(ByteBuffer.allocateDirect(WordPlacement.SIZE)));
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

    private final class Clock implements FutexClock {

        private final AtomicLong now = new AtomicLong();

        @Override
        public long nanos(ClockId clockId) {
            call();
            return now.get();
        }

        @Override
        public void park(Object blocker, ClockId clockId, long now, long deadline) {
            Threads.Action action = whenAsleep;
            if (Thread.currentThread() == victim && action != null) {
                whenAsleep = null;
                try {
                    action.run();
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            }
            call();
            this.now.set(deadline);
        }
    }
}
