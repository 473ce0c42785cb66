package org.jfutex.key;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.memory.FlatMemory;
import org.junit.jupiter.api.Test;

class ForwardingMemoryTest {

    private final FlatMemory memory =
            FlatMemory.shared(ByteBuffer.allocateDirect(64).order(ByteOrder.BIG_ENDIAN));

    /** A view that records the addresses of writes. */
    private static final class Recorded extends ForwardingMemory {

        final List<Long> writes = new ArrayList<>();

        Recorded(FutexMemory target) {
            super(target);
        }

        @Override
        public int compareAndExchange(long address, int expected, int desired) {
            writes.add(address);
            return super.compareAndExchange(address, expected, desired);
        }
    }

    @Test
    void view_hasWordsAndSharedKeysOfItsTarget() {
        Recorded view = new Recorded(memory);
        memory.store(8, 0x0102_0304);
        assertEquals(0x0102_0304, view.load(8));
        assertEquals(memory.loadLong(8), view.loadLong(8));
        assertEquals(memory.load(9, WordSize.U8), view.load(9, WordSize.U8)); // depends on the byte order
        assertEquals(memory.sharedKey(8, Access.READ), view.sharedKey(8, Access.READ));
        assertEquals(memory.sharedHash(8, Access.READ), view.sharedHash(8, Access.READ));
        assertEquals(memory.isUserAddress(-4), view.isUserAddress(-4));
        assertSame(memory, view.underlying());
        assertSame(memory, new Recorded(view).underlying());
    }

    @Test
    void everyWrite_callsOverriddenExchange() {
        Recorded view = new Recorded(memory);
        assertEquals(0, view.getAndSet(8, 5));
        assertEquals(5, memory.load(8));
        assertEquals(List.of(8L), view.writes);
    }

    @Test
    void waitThroughView_isFoundBySharedWakeOnly() {
        FutexTable table = new FutexTable();
        Recorded view = new Recorded(memory);
        table.prepare(view, 8, Scope.PRIVATE, 0);
        table.prepare(view, 8, Scope.SHARED, 0);
        assertEquals(0, table.wake(memory, 8, Scope.PRIVATE, 1));
        assertEquals(1, table.wake(memory, 8, Scope.SHARED, 1));
        assertEquals(1, table.cancel(memory));
    }
}
