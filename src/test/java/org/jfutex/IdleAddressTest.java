package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jfutex.memory.FlatMemory;
import org.jfutex.time.Deadline;
import org.junit.jupiter.api.Test;

/** An address without waiters uses no memory. */
class IdleAddressTest {

    private static final int ADDRESSES = 1_000_000;

    private final FutexTable table = new FutexTable();
    private final FlatMemory memory = FlatMemory.shared(ByteBuffer.allocateDirect(4 * ADDRESSES));

    @Test
    void millionPrivateAddresses_afterUse_heapIsUnchanged() throws Exception {
        leavesNothing(Scope.PRIVATE, "Waiter", "WaitQueue");
    }

    @Test
    void millionSharedAddresses_afterUse_heapIsUnchanged() throws Exception {
        leavesNothing(Scope.SHARED, "SharedWaiter", "WaitQueue", "SharedKey");
    }

    /** Compares with the counts before, since tests that ran before in this JVM may have left sleeping threads. */
    private void leavesNothing(Scope scope, String... names) throws Exception {
        var other = new FutexTable(); // so that the classes are there
        other.prepare(memory, 0, scope, 0);
        List<Integer> before = histogram(names);
        for (int i = 0; i < ADDRESSES; i++) {
            assertEquals(WaitResult.TIMED_OUT, table.await(memory, 4L * i, scope, 0, Deadline.after(0)));
        }
        List<Integer> after = histogram(names);
        for (int i = 0; i < names.length; i++) {
            assertTrue(after.get(i) <= before.get(i), names[i] + ": " + before.get(i) + ", then " + after.get(i));
        }
        assertEquals(1, other.wake(memory, 0, scope, 1));
    }

    private static List<Integer> histogram(String... names) {
        String all = LiveHeap.histogram();
        List<Integer> counts = new ArrayList<>();
        for (String name : names) {
            List<String> lines = all.lines()
                    .filter(l -> l.contains("org.jfutex." + name + " ")
                            || l.endsWith("org.jfutex." + name)
                            || l.contains("org.jfutex.key." + name))
                    .collect(Collectors.toList());
            assertTrue(lines.size() == 1, () -> name + ": " + lines);
            counts.add(Integer.valueOf(lines.get(0).trim().split("\\s+", -1)[1]));
        }
        return counts;
    }
}
