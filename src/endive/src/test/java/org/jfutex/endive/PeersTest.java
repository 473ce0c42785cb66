package org.jfutex.endive;

import static java.lang.Thread.State.TERMINATED;
import static java.lang.Thread.State.TIMED_WAITING;
import static java.lang.Thread.State.WAITING;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jfutex.wasm.WasmAtomics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Tests three properties that runtimes have violated. Those of the peers are measured and printed, those of this
 * library are required. The long form: {@code -Djfutex.long=true}.
 */
@Timeout(240)
class PeersTest {

    private static final int TRIALS = Boolean.getBoolean("jfutex.long") ? 400 : 60;
    private static final int ADDRESSES = Boolean.getBoolean("jfutex.long") ? 500_000 : 100_000;

    @Test
    void lateWaiter_neverTakesTheWakeOfAParkedOne() throws InterruptedException {
        int ours = stolen(Peer.jfutex());
        print("wakes stolen by a late waiter, of " + TRIALS, "jfutex", ours);
        for (Peer p : Peer.others()) {
            print("", p.name(), stolen(p));
        }
        assertEquals(0, ours);
    }

    @Test
    void waiters_areNotifiedInArrivalOrder() throws InterruptedException {
        List<Integer> ours = order(Peer.jfutex());
        print("order in which waiters 0 to 4 wake", "jfutex", ours);
        for (Peer p : Peer.others()) {
            print("", p.name(), order(p));
        }
        assertEquals(List.of(0, 1, 2, 3, 4), ours);
    }

    @Test
    void addressWithoutWaiters_usesNoMemory() {
        double ours = keptPerAddress(Peer.jfutex());
        print("bytes kept for an idle address", "jfutex", Math.round(ours));
        for (Peer p : Peer.others()) {
            print("", p.name(), Math.round(keptPerAddress(p)));
        }
        assertTrue(ours < 1, () -> ours + " bytes for each address"); // one object for each would be at least 16
    }

    private static void print(String property, String runtime, Object value) {
        System.out.printf("%-44s %-14s %s%n", property, runtime, value);
    }

    /** Returns how often a waiter that arrived after a notify took the wake of an earlier, parked waiter. */
    private static int stolen(Peer p) throws InterruptedException {
        int stolen = 0;
        for (int i = 0; i < TRIALS; i++) {
            BlockingQueue<Integer> early = new LinkedBlockingQueue<>();
            Thread parked = start(() -> early.add(p.waiting().await(0, 0, -1)));
            awaitSleep(parked);
            assertEquals(1, p.notifying().notify(0, 1));
            if (p.waiting().await(0, 0, 5_000_000) == WasmAtomics.OK) {
                stolen++;
            }
            while (parked.isAlive()) {
                p.notifying().notify(0, 1); // wakes the parked waiter if it lost its wake, otherwise there is none
                parked.join(1);
            }
            assertEquals(WasmAtomics.OK, early.take());
        }
        return stolen;
    }

    /** Returns the order in which five waiters wake that parked one after the other. */
    private static List<Integer> order(Peer p) throws InterruptedException {
        BlockingQueue<Integer> woken = new LinkedBlockingQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            int me = i;
            threads.add(start(() -> {
                p.waiting().await(0, 0, -1);
                woken.add(me);
            }));
            awaitSleep(threads.get(i));
        }
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            assertEquals(1, p.notifying().notify(0, 1));
            order.add(woken.take());
        }
        for (Thread t : threads) {
            t.join();
        }
        return order;
    }

    private static double keptPerAddress(Peer p) {
        p.waiting().await(0, 0, 0); // one-time allocations happen here
        long before = heap();
        for (int i = 1; i <= ADDRESSES; i++) {
            assertEquals(WasmAtomics.TIMED_OUT, p.waiting().await(4 * i, 0, 0));
        }
        double kept = (double) (heap() - before) / ADDRESSES;
        assertEquals(0, p.notifying().notify(0, 1)); // keeps the memory reachable until here
        return kept;
    }

    private static long heap() {
        Runtime runtime = Runtime.getRuntime();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 4; i++) {
            System.gc();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }

    private static Thread start(Runnable body) {
        Thread t = new Thread(body);
        t.setDaemon(true);
        t.start();
        return t;
    }

    /** Waits until the thread sleeps, with or without a deadline. */
    private static void awaitSleep(Thread t) {
        for (Thread.State s = t.getState(); s != WAITING && s != TIMED_WAITING; s = t.getState()) {
            assertNotEquals(TERMINATED, s);
            Thread.onSpinWait();
        }
    }
}
