package org.jfutex.bench.peer;

import java.nio.ByteBuffer;
import org.jfutex.Deadline;
import org.jfutex.FutexTable;
import org.jfutex.RequeueResult;
import org.jfutex.Scope;
import org.jfutex.WaitResult;
import org.jfutex.memory.FlatMemory;
import org.jfutex.memory.WordMemory;

/** Ours: a table with default settings over a flat memory. */
class TableFutex implements Futex {

    final FutexTable table = new FutexTable();
    final WordMemory memory;
    private final Scope scope;

    TableFutex(int words, boolean shared) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(words * Integer.BYTES);
        memory = shared ? FlatMemory.shared(bytes) : FlatMemory.of(bytes);
        scope = shared ? Scope.SHARED : Scope.PRIVATE;
    }

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
        return table.await(memory, word * 4L, scope, expected) != WaitResult.VALUE_DIFFERS;
    }

    @Override
    public final boolean await(int word, int expected, long nanos) throws InterruptedException {
        return table.await(memory, word * 4L, scope, expected, Deadline.after(nanos)) != WaitResult.VALUE_DIFFERS;
    }

    @Override
    public int wake(int word, int count) {
        return table.wake(memory, word * 4L, scope, count);
    }

    @Override
    public final int requeue(int from, int to, int wake, int move) {
        RequeueResult r = table.requeue(memory, from * 4L, to * 4L, scope, wake, move);
        return r.woken() + r.moved();
    }

    @Override
    public final boolean asleep(int word, Thread[] threads) {
        return table.waiters(memory, word * 4L, scope) == threads.length && Futex.super.asleep(word, threads);
    }

    /** With wakes that rely on the volatile writes of the memory. */
    static final class Published extends TableFutex {

        Published(int words) {
            super(words, false);
        }

        @Override
        public int wake(int word, int count) {
            return table.wakePublished(memory, word * 4L, Scope.PRIVATE, count);
        }
    }
}
