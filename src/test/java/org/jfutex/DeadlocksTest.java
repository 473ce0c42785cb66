package org.jfutex;

import static org.jfutex.PiWorld.W;
import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToIntFunction;
import org.jfutex.key.PrivateKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Cycles over a PI lock and a plain word, which a table does not reject when they are closed. */
@Timeout(60)
class DeadlocksTest {

    private static final long LOCK = 64;
    private static final long OWNED = 128;
    private static final long COND = 192;

    private final PiWorld w = new PiWorld();
    private final PiTask ada = w.task(1);
    private final PiTask bob = w.task(2);

    private List<List<WaiterInfo>> find(ToIntFunction<WaiterInfo> others) {
        return Deadlocks.find(w.table.waiters(), others);
    }

    /** Ada owns a PI lock for which Bob waits, and Bob owns a plain word. */
    private PiWait bobWaitsForAda() {
        w.lock(ada, LOCK, PRIVATE);
        w.store(OWNED, bob.tid() | W);
        return w.block(bob, LOCK, PRIVATE);
    }

    @Test
    void find_cycleOverPiLockAndOwnedWord_isReported() throws Exception {
        PiWait lock = bobWaitsForAda();
        FutureTask<WaitResult> wait = new FutureTask<>(() -> w.table.await(w.memory, OWNED, PRIVATE, bob.tid() | W));
        Thread t = new Thread(wait, "ada");
        t.setDaemon(true);
        t.start();
        while (LockSupport.getBlocker(t) == null) {
            Thread.onSpinWait();
        }
        List<List<WaiterInfo>> circles = find(i -> i.thread() == t ? ada.tid() : 0);
        String text = Deadlocks.report(circles);
        String bobs = "    2 waits for private 0x40 in " + w.memory + ", owned by 1\n";
        String adas = "    1 (ada) waits for private 0x80 in " + w.memory + ", owned by 2\n";
        assertEquals("deadlock of 2\n" + (text.indexOf(bobs) < text.indexOf(adas) ? bobs + adas : adas + bobs), text);
        w.store(OWNED, 0);
        assertEquals("", Deadlocks.report(find(i -> i.thread() == t ? ada.tid() : 0)));
        w.table.wake(w.memory, OWNED, PRIVATE, 1);
        assertEquals(WaitResult.WOKEN, wait.get());
        lock.cancel();
        w.assertQuiet();
    }

    @Test
    void polledWait_isIdentifiedByItself() {
        PiWait lock = bobWaitsForAda();
        PreparedWait adas = w.table.prepare(w.memory, OWNED, PRIVATE, bob.tid() | W);
        assertEquals(List.of(), find(i -> 0));
        assertEquals(1, find(i -> i.pending() == adas ? ada.tid() : 0).size());
        WaiterInfo bobs = w.table.waiters().stream()
                .filter(i -> i.task() == bob)
                .findFirst()
                .orElseThrow();
        assertSame(lock, bobs.pending());
        assertEquals(
                "private 0x40 in " + w.memory + ": task 2, no thread since 0 expects nothing, holds 0x80000001",
                bobs.toString());
        assertNull(w.table.waiters().stream()
                .filter(i -> i.pending() == adas)
                .findFirst()
                .orElseThrow()
                .task());
    }

    /** The word of a condition may hold any number. */
    @Test
    void waiterForRequeue_waitsForNoOwner() {
        w.store(COND, ada.tid());
        w.store(OWNED, bob.tid());
        w.blockRequeue(bob, COND, LOCK, PRIVATE);
        w.table.prepare(w.memory, OWNED, PRIVATE, bob.tid());
        assertEquals(List.of(), find(i -> ada.tid()));
        w.lock(ada, LOCK, PRIVATE);
        assertEquals(
                1,
                w.table
                        .compareAndRequeuePi(w.memory, COND, LOCK, PRIVATE, 0, ada.tid())
                        .moved());
        assertEquals(1, find(i -> ada.tid()).size());
    }

    /** Another word may be woken. */
    @Test
    void waiterOnManyWords_isInNoCycle() {
        bobWaitsForAda();
        List<WaitWord> words = List.of(new WaitWord(COND, PRIVATE, 0), new WaitWord(OWNED, PRIVATE, w.word(OWNED)));
        PreparedWait many = w.table.prepareAny(w.memory, words, 0);
        assertNull(many.poll());
        ToIntFunction<WaiterInfo> adas = i ->
                // otherwise the other entry could hide it
                i.key().equals(new PrivateKey(w.memory, OWNED)) ? ada.tid() : 0;
        assertEquals(List.of(), find(adas));
        many.cancel();
        w.table.prepareAny(w.memory, words.subList(1, 2), 0);
        assertEquals(1, find(adas).size());
    }
}
