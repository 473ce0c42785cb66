package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jfutex.memory.FlatMemory;
import org.junit.jupiter.api.Test;

/** Nothing is kept for an address on which nobody waits. */
class IdleAddressTest {

    private static final int ADDRESSES = 1_000_000;

    private final FutexTable table = new FutexTable();
    private final FlatMemory memory = FlatMemory.shared(ByteBuffer.allocateDirect(4 * ADDRESSES));

    @Test
    void aMillionPrivateAddressesLeaveNothingInTheHeap() throws Exception {
        leavesNothing(Scope.PRIVATE, "Waiter", "WaitQueue");
    }

    @Test
    void aMillionSharedAddressesLeaveNothingInTheHeap() throws Exception {
        leavesNothing(Scope.SHARED, "SharedWaiter", "WaitQueue", "SharedKey");
    }

    private void leavesNothing(Scope scope, String... names) throws Exception {
        List<String> oneOfEach = Stream.of(names).map(name -> name + " 1").toList();
        var other = new FutexTable(); // so that the classes are there
        other.prepare(memory, 0, scope, 0);
        assertEquals(oneOfEach, histogram(names));
        for (int i = 0; i < ADDRESSES; i++) {
            assertEquals(WaitResult.TIMED_OUT, table.await(memory, 4L * i, scope, 0, Deadline.after(0)));
        }
        assertEquals(oneOfEach, histogram(names));
        assertEquals(1, other.wake(memory, 0, scope, 1));
    }

    private static List<String> histogram(String... names) {
        String all = LiveHeap.histogram();
        List<String> counts = new ArrayList<>();
        for (String name : names) {
            List<String> lines = all.lines()
                    .filter(l -> l.contains("org.jfutex." + name + " ")
                            || l.endsWith("org.jfutex." + name)
                            || l.contains("org.jfutex.key." + name))
                    .collect(Collectors.toList());
            assertTrue(lines.size() == 1, () -> name + ": " + lines);
            counts.add(name + " " + lines.get(0).trim().split("\\s+", -1)[1]);
        }
        return counts;
    }
}
