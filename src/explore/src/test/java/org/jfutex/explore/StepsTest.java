package org.jfutex.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.key.FutexMemory;
import org.jfutex.sync.FutexMutex;
import org.junit.jupiter.api.Test;

/**
 * Tests how many steps an operation of the table takes, and that an access by code outside the table is one step. If
 * the library renames the class that begins an operation, this test shows that switches are missing.
 */
class StepsTest {

    private interface Operation {
        void run(Guest g, FutexTable table, FutexMemory memory, Scope scope) throws Exception;
    }

    private static void assertSteps(int steps, Operation operation) {
        assertSteps(steps, steps, operation);
    }

    /** Checks how many steps an operation takes on a private word, and on a shared one. */
    private static void assertSteps(int onPrivate, int onShared, Operation operation) {
        for (Scope scope : Scope.values()) {
            int expected = scope == Scope.PRIVATE ? onPrivate : onShared;
            Exploration result = Explorer.allSchedules()
                    .thread("A", g -> {
                        g.load(64);
                        operation.run(g, g.table(), g.memory(), scope);
                    })
                    .check();
            assertEquals(1 + expected, result.steps(), scope::toString);
        }
    }

    @Test
    void accesses_areSteps() {
        assertSteps(1, (g, table, memory, scope) -> memory.load(0));
        assertSteps(1, (g, table, memory, scope) -> memory.compareAndExchange(0, 0, 1));
        assertSteps(1, (g, table, memory, scope) -> memory.getAndSet(0, 1));
        assertSteps(2, (g, table, memory, scope) -> {
            FutexMutex mutex = new FutexMutex(table, memory, 0, scope);
            mutex.lock();
            mutex.unlock();
        });
    }

    /** A wait on a shared word resolves the address, compares without the lock, and resolves it again. */
    @Test
    void operationsOfTheTable_areSteps() {
        assertSteps(1, (g, table, memory, scope) -> table.wake(memory, 0, scope, 1));
        assertSteps(1, 3, (g, table, memory, scope) -> table.prepare(memory, 0, scope, 0));
        assertSteps(2, (g, table, memory, scope) -> table.requeue(memory, 0, 4, scope, 1, 1));
        assertSteps(1, (g, table, memory, scope) -> g.task().pi().tryLock(0, scope));
        assertSteps(1, (g, table, memory, scope) -> g.task().pi().prepareLock(0, scope));
    }

    /** A dump resolves shared addresses under the lock of a bucket, where no guest may give way. */
    @Test
    void dumpOfWaiters_isNoStep() {
        assertSteps(1, 3, (g, table, memory, scope) -> {
            table.prepare(memory, 0, scope, 0);
            table.waiters();
        });
    }
}
