package org.jfutex;

import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A change of mappings moves its waiters even if the heap is full at first: the mapping has changed already. */
class WaiterRelocatorTest {

    private static final long FROM = 64;
    private static final long TO = 1024;
    private static final long LENGTH = 256;

    private final PiWorld pi = new PiWorld();
    private final List<WaitResult> notified = new ArrayList<>();
    private int callsLeft = Integer.MAX_VALUE;

    private final PiWorld.Space memory = new PiWorld.Space(pi.object, 0) {
        @Override
        public long hashSeed() {
            if (callsLeft != Integer.MAX_VALUE && callsLeft-- == 0) {
                callsLeft = Integer.MAX_VALUE;
                throw new OutOfMemoryError("planned");
            }
            return super.hashSeed();
        }
    };

    private void move() {
        try {
            pi.table.mappingListener().moved(memory, FROM, LENGTH, TO);
        } catch (OutOfMemoryError e) { // which would end the test run
            throw new AssertionError("the listener gave up halfway", e);
        }
    }

    @Test
    void moved_outOfMemoryAtAnyQueue_movesAllWaiters() {
        int failed = 0;
        for (int call = 0; call < 3; call++) {
            for (int i = 0; i < 3; i++) {
                pi.table.prepare(memory, FROM + 64L * i, PRIVATE, 0).onEnd(notified::add);
            }
            callsLeft = call;
            move();
            failed += callsLeft == Integer.MAX_VALUE ? 1 : 0;
            callsLeft = Integer.MAX_VALUE;
            for (int i = 0; i < 3; i++) {
                assertEquals(1, pi.table.wake(memory, TO + 64L * i, PRIVATE, 9), "call " + call + ", word " + i);
            }
        }
        assertEquals(3, failed);
        assertEquals(9, notified.size());
    }
}
