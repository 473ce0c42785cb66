package org.jfutex;

import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jfutex.key.PrivateKey;
import org.jfutex.memory.FlatMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A slow callback delays no thread whose wait the same operation ends, even in a later step of the operation. */
@Timeout(120)
class DelayedCallbackTest {

    private final FutexTable table = FutexTable.builder().buckets(16).build();
    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(4096));

    /** Returns a word of the first bucket, or of the last bucket, that has one. */
    private long word(boolean first) {
        long found = 0;
        for (long at = 0; at < 4096; at += 4) {
            int index = index(at);
            if (first ? index < index(found) : index > index(found)) {
                found = at;
            }
        }
        return found;
    }

    private int index(long address) {
        return table.bucket(table.hash(new PrivateKey(memory, address))).index;
    }

    private void assertNotDelayed(Runnable operation) throws Exception {
        Threads.Running<WaitResult> sleeper = Threads.start(() -> table.await(memory, word(false), PRIVATE, 0));
        Threads.awaitAsleep(sleeper.thread());
        boolean[] calledLast = new boolean[1];
        PreparedWait slow = table.prepare(memory, word(true), PRIVATE, 0);
        slow.onEnd(result -> calledLast[0] = Threads.unchecked(() -> {
            sleeper.answer().get(60, TimeUnit.SECONDS);
            return true;
        }));
        operation.run();
        assertTrue(calledLast[0], "the callback ran before the thread was woken");
        assertEquals(slow.poll(), sleeper.get());
    }

    @Test
    void cancelOfMemory_slowCallback_delaysNoThread() throws Exception {
        assertNotDelayed(() -> table.cancel(memory));
    }

    @Test
    void cancelOfKeys_slowCallback_delaysNoThread() throws Exception {
        assertNotDelayed(() -> table.cancel(key -> true));
    }

    @Test
    void unmapping_slowCallback_delaysNoThread() throws Exception {
        assertNotDelayed(() -> table.mappingListener().unmapped(memory, 0, 4096));
    }

    /** A cancel within a callback returns before the callbacks of the waits that it has ended are called. */
    @Test
    void cancelWithinCallback_callsLater() {
        StringBuilder order = new StringBuilder();
        table.prepare(memory, 0, PRIVATE, 0).onEnd(result -> {
            table.cancel(key -> true);
            order.append('a');
        });
        PreparedWait other = table.prepare(memory, 4, PRIVATE, 0);
        other.onEnd(result -> order.append('b'));
        table.wake(memory, 0, PRIVATE, 1);
        assertEquals("ab", order.toString());
    }
}
