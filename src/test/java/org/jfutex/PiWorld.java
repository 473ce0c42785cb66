package org.jfutex;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.VirtualClock;

/** A table, a registry of tasks, and address spaces that share one object: the fixture of most tests of PI locks. */
final class PiWorld {

    static final int W = 0x8000_0000;
    static final int D = 0x4000_0000;

    /** An address space that maps the shared object at its own address. */
    static class Space implements FutexMemory {

        private final FlatMemory object;
        private final long base;
        volatile boolean readOnly;

        Space(FlatMemory object, long base) {
            this.object = object;
            this.base = base;
        }

        @Override
        public int load(long address) {
            return object.load(address - base);
        }

        @Override
        public int compareAndExchange(long address, int expected, int desired) {
            checkWritable(address);
            return object.compareAndExchange(address - base, expected, desired);
        }

        @Override
        public FutexKey sharedKey(long address, Access access) {
            if (access == Access.WRITE) {
                checkWritable(address);
            }
            return object.sharedKey(address - base, access);
        }

        private void checkWritable(long address) {
            if (readOnly) {
                throw new MemoryFaultException(address, Access.WRITE);
            }
        }
    }

    final Map<Integer, PiTask> tasks = new ConcurrentHashMap<>();
    final VirtualClock clock = new VirtualClock();
    final FutexTable table;
    final FlatMemory object = FlatMemory.shared(ByteBuffer.allocateDirect(1 << 14));
    final Space memory = new Space(object, 0);

    PiWorld() {
        this(2);
    }

    PiWorld(int buckets) {
        table = FutexTable.builder()
                .buckets(buckets)
                .clock(clock)
                .tasks(tasks::get)
                .build();
    }

    PiTask task(int tid) {
        return task(tid, 0);
    }

    PiTask task(int tid, int priority) {
        return add(new PiTask(table, tid, memory), priority);
    }

    /** Creates a task of another address space. */
    PiTask foreigner(int tid, Space space) {
        return add(new PiTask(table, tid, space), 0);
    }

    PiTask add(PiTask task, int priority) {
        task.setPriority(priority);
        tasks.put(task.tid(), task);
        return task;
    }

    PiTask known(int tid) {
        return requireNonNull(tasks.get(tid));
    }

    int word(long address) {
        return object.load(address);
    }

    void store(long address, int value) {
        object.store(address, value);
    }

    /** Locks a free lock. */
    void lock(PiTask task, long address, Scope scope) {
        assertEquals(PiResult.LOCKED, task.prepareLock(address, scope).poll());
    }

    /** Waits for a lock that another task owns. */
    PiWait block(PiTask task, long address, Scope scope) {
        PiWait wait = task.prepareLock(address, scope);
        assertNull(wait.poll());
        return wait;
    }

    /** Waits for a requeue to a lock. */
    PiWait blockRequeue(PiTask task, long address, long lock, Scope scope) {
        PiWait wait = task.prepareWaitRequeue(address, word(address), lock, scope);
        assertNull(wait.poll());
        return wait;
    }

    /** Checks that no task waits or is boosted, and that no bucket counts a waiter. */
    void assertQuiet() {
        assertEquals(0, table.waiters().size());
        for (Bucket b : table.buckets) {
            assertEquals(true, b.isEmpty());
        }
        for (PiTask t : tasks.values()) {
            assertNull(t.pending);
            assertTrue(t.owned.isEmpty());
            assertEquals(t.priority(), t.effectivePriority());
        }
    }
}
