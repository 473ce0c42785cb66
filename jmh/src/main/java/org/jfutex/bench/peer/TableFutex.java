package org.jfutex.bench.peer;

import java.nio.ByteBuffer;
import org.jfutex.FutexTable;
import org.jfutex.RequeueResult;
import org.jfutex.Scope;
import org.jfutex.SpinPolicy;
import org.jfutex.WaitResult;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.Deadline;

/** A {@code FutexTable} over a flat memory. The scope is a constant of each subclass, as in most programs. */
abstract class TableFutex implements Futex {

    final FutexTable table;
    final FlatMemory memory;

    private TableFutex(FlatMemory memory, SpinPolicy polling) {
        table = FutexTable.builder().spinPolicy(polling).build();
        this.memory = memory;
    }

    private TableFutex(FlatMemory memory) {
        this(memory, SpinPolicy.ADAPTIVE);
    }

    static ByteBuffer bytes(int words) {
        return ByteBuffer.allocateDirect(words * Integer.BYTES);
    }

    abstract Scope scope();

    @Override
    public final int load(int word) {
        return memory.load(word * 4L);
    }

    @Override
    public final void store(int word, int value) {
        memory.store(word * 4L, value);
    }

    @Override
    public final int getAndSet(int word, int value) {
        return memory.getAndSet(word * 4L, value);
    }

    @Override
    public final boolean compareAndSet(int word, int expected, int desired) {
        return memory.compareAndExchange(word * 4L, expected, desired) == expected;
    }

    @Override
    public final boolean await(int word, int expected) throws InterruptedException {
        return table.await(memory, word * 4L, scope(), expected) != WaitResult.VALUE_DIFFERS;
    }

    @Override
    public final boolean await(int word, int expected, long nanos) throws InterruptedException {
        return table.await(memory, word * 4L, scope(), expected, deadline(nanos)) != WaitResult.VALUE_DIFFERS;
    }

    Deadline deadline(long nanos) {
        return Deadline.after(nanos);
    }

    @Override
    public int wake(int word, int count) {
        return table.wake(memory, word * 4L, scope(), count);
    }

    @Override
    public final int requeue(int from, int to, int wake, int move) {
        RequeueResult r = table.requeue(memory, from * 4L, to * 4L, scope(), wake, move);
        return r.woken() + r.moved();
    }

    @Override
    public final boolean asleep(int word, Thread[] threads) {
        return table.waiterCount(memory, word * 4L, scope()) == threads.length && Futex.super.asleep(word, threads);
    }

    /** A table with private keys. */
    static class Private extends TableFutex {

        Private(int words) {
            this(words, SpinPolicy.ADAPTIVE);
        }

        private Private(int words, SpinPolicy polling) {
            super(FlatMemory.of(bytes(words)), polling);
        }

        @Override
        final Scope scope() {
            return Scope.PRIVATE;
        }
    }

    /** A table with private keys, and wakes that rely on the volatile writes of the memory. */
    static final class Published extends Private {

        Published(int words) {
            super(words);
        }

        @Override
        public int wake(int word, int count) {
            return table.wakePublished(memory, word * 4L, Scope.PRIVATE, count);
        }
    }

    /** A table with private keys whose waiters park at once. */
    static final class Parking extends Private {

        Parking(int words) {
            super(words, SpinPolicy.NONE);
        }
    }

    /** A table with precise deadlines. */
    static final class Precise extends Private {

        Precise(int words) {
            super(words);
        }

        @Override
        Deadline deadline(long nanos) {
            return super.deadline(nanos).precise();
        }
    }

    /** A table with shared keys. */
    static final class Shared extends TableFutex {

        Shared(int words) {
            super(FlatMemory.shared(bytes(words)));
        }

        @Override
        Scope scope() {
            return Scope.SHARED;
        }
    }
}
