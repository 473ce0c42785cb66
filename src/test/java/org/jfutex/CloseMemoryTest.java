package org.jfutex;

import static org.jfutex.Scope.PRIVATE;
import static org.jfutex.Scope.SHARED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappingListener;
import org.jfutex.key.PrivateKey;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.MemoryFile;
import org.jfutex.memory.OpenFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When a process exits, all of its waits end, and no other waits. */
@Timeout(60)
class CloseMemoryTest {

    private static final int MOVES = 2_000;

    private final PiTask[] owners = new PiTask[4];
    private final FutexTable table =
            FutexTable.builder().tasks(tid -> owners[tid]).build();
    private final OpenFile file = new MemoryFile("file", 8192).open(Access.WRITE);
    private final AddressSpace a = new AddressSpace();
    private final AddressSpace b = new AddressSpace();
    private final long inA = a.map(MapRequest.file(file, 0, 8192).shared());
    private final long inB = b.map(MapRequest.file(file, 0, 8192).shared().at(0x7000_0000));
    private final long ownA = a.map(MapRequest.anonymous(4096));
    private final long ownB = b.map(MapRequest.anonymous(4096));

    @Test
    void exit_sharedWord_endsOnlyWaitsOfExitingProcess() {
        PreparedWait first = table.prepare(b, inB, SHARED, 0);
        PreparedWait second = table.prepare(a, inA, SHARED, 0);
        PreparedWait third = table.prepare(b, inB, SHARED, 0);
        assertEquals(1, table.cancel(a));
        assertEquals(WaitResult.CANCELLED, second.poll());
        assertNull(first.poll());
        assertNull(third.poll());
        assertEquals(2, table.wake(b, inB, SHARED, 9));
    }

    @Test
    void cancel_memory_endsAllKindsOfWaits() {
        PreparedWait byAddress = table.prepare(a, inA, PRIVATE, 0);
        PreparedWait anonymous = table.prepare(a, ownA, SHARED, 0);
        PreparedWait many =
                table.prepareAny(a, List.of(new WaitWord(inA, SHARED, 0), new WaitWord(ownA, PRIVATE, 0)), 0);
        FutexFd fd = FutexFd.open(table, a, inA, SHARED, FutexFd.Options.SILENT);
        PreparedWait stays = table.prepareAny(b, List.of(new WaitWord(inB, SHARED, 0)), 0);
        assertEquals(4, table.cancel(a));
        assertEquals(WaitResult.CANCELLED, byAddress.poll());
        assertEquals(WaitResult.CANCELLED, anonymous.poll());
        assertEquals(WaitResult.CANCELLED, many.poll());
        assertEquals(FutexFd.ERR | FutexFd.HUP, fd.poll() & (FutexFd.ERR | FutexFd.HUP));
        assertNull(stays.poll());
        assertEquals(1, table.waiters().size());
    }

    @Test
    void cancel_viewOrItsMemory_endsWaitsThroughView() {
        FutexMemory view = new View(a);
        for (Scope scope : Scope.values()) {
            PreparedWait outside = table.prepare(a, ownA, scope, 0);
            PreparedWait first = table.prepare(view, ownA, scope, 0);
            assertEquals(1, table.cancel(view), "view, " + scope);
            assertEquals(WaitResult.CANCELLED, first.poll());
            PreparedWait second = table.prepare(view, ownA, scope, 0);
            assertEquals(1, table.cancel(FutexKey.in(view)), "words of the view, " + scope);
            assertEquals(WaitResult.CANCELLED, second.poll());
            assertNull(outside.poll());
            PreparedWait third = table.prepare(view, ownA, scope, 0);
            assertEquals(2, table.cancel(a), "memory, " + scope);
            assertEquals(WaitResult.CANCELLED, third.poll());
        }
    }

    /** A view of another memory that has its own keys. */
    private record View(FutexMemory underlying) implements FutexMemory {

        @Override
        public int load(long address) {
            return underlying.load(address);
        }

        @Override
        public int compareAndExchange(long address, int expected, int desired) {
            return underlying.compareAndExchange(address, expected, desired);
        }

        @Override
        public FutexKey sharedKey(long address, Access access) {
            return new AnonymousKey(this, address);
        }
    }

    @Test
    void cancel_lockWaits_keepsOrderOfOthers() {
        owners[1] = new PiTask(table, 1, b);
        owners[2] = new PiTask(table, 2, a);
        owners[3] = new PiTask(table, 3, b);
        assertEquals(PiResult.LOCKED, owners[1].prepareLock(inB, SHARED).poll());
        PiWait leaves = owners[2].prepareLock(inA, SHARED);
        PiWait stays = owners[3].prepareLock(inB, SHARED);
        assertEquals(1, table.cancel(a));
        assertEquals(PiResult.CANCELLED, leaves.poll());
        owners[1].unlock(inB, SHARED);
        assertEquals(PiResult.LOCKED, stays.poll());
    }

    @Test
    void movedWait_belongsToMemoryThatBeganIt() {
        PreparedWait ofA = table.prepare(a, inA, SHARED, 0);
        assertEquals(1, table.requeue(b, inB, ownB, SHARED, 0, 9).moved());
        PreparedWait ofB = table.prepare(b, ownB, SHARED, 0);
        assertEquals(1, table.cancel(b));
        assertEquals(WaitResult.CANCELLED, ofB.poll());
        assertNull(ofA.poll());
        assertEquals(1, table.cancel(a));
        assertEquals(WaitResult.CANCELLED, ofA.poll());
    }

    @Test
    void cancel_waitMovedToSharedWord_ends() {
        PreparedWait wait = table.prepare(a, ownA, SHARED, 0);
        PreparedWait ofB = table.prepare(b, inB + 4, SHARED, 0);
        assertEquals(1, table.requeue(a, ownA, inA + 4, SHARED, 0, 9).moved());
        assertEquals(1, table.cancel(a));
        assertEquals(WaitResult.CANCELLED, wait.poll());
        assertNull(ofB.poll());
    }

    @Test
    void cancel_waiterMovedBackAndForth_ends() throws Exception {
        FutexTable small = FutexTable.builder().buckets(64).build();
        boolean[] stop = {false};
        FutureTask<Integer> mover = new FutureTask<>(() -> {
            int moves = 0;
            for (int i = 0; !stopped(stop); i = (i + 4) % 4096) {
                moves += small.requeue(b, inB + i, inB + (i + 4) % 4096, SHARED, 0, 9)
                        .moved();
            }
            return moves;
        });
        Thread t = new Thread(mover, "mover");
        t.setDaemon(true);
        t.start();
        try {
            for (int i = 0; i < MOVES; i++) {
                PreparedWait one = small.prepare(a, inA, SHARED, 0);
                PreparedWait two = small.prepare(a, inA + 2048, SHARED, 0);
                assertEquals(2, small.cancel(a), "round " + i);
                assertEquals(WaitResult.CANCELLED, one.poll());
                assertEquals(WaitResult.CANCELLED, two.poll());
            }
        } finally {
            synchronized (stop) {
                stop[0] = true;
            }
        }
        assertEquals(true, mover.get(30, TimeUnit.SECONDS) >= 0);
    }

    @Test
    void cancel_endlessRequeuesOfOthers_returns() {
        PreparedWait moving = table.prepare(b, inB, SHARED, 0);
        PreparedWait victim = table.prepare(a, inA + 8, SHARED, 0);
        int[] asked = {0};
        assertEquals(1, table.cancel(key -> {
            long at = asked[0]++ % 2 * 4L;
            assertEquals(
                    1, table.requeue(b, inB + at, inB + 4 - at, SHARED, 0, 9).moved());
            return key.equals(a.sharedKey(inA + 8, Access.READ));
        }));
        assertEquals(WaitResult.CANCELLED, victim.poll());
        assertNull(moving.poll());
    }

    @Test
    void cancel_waiterRequeuedEndlessly_endsBehindGate() {
        FutexTable one = FutexTable.builder().buckets(2).build();
        long step = 4; // to a word of the same bucket
        while (bucket(one, b.sharedKey(inB + step, Access.READ)) != bucket(one, b.sharedKey(inB, Access.READ))) {
            step += 4;
        }
        long[] words = {inB, inB + step};
        PreparedWait victim = one.prepare(a, inA, SHARED, 0);
        PreparedWait other = one.prepare(b, inB, SHARED, 0);
        int[] asked = {0};
        int count = WaiterScan.endAll(
                one.buckets,
                key -> {
                    if (asked[0] == TableScan.OPEN_PASSES) {
                        return true;
                    }
                    int from = asked[0]++ % 2;
                    assertEquals(
                            2,
                            one.requeue(b, words[from], words[1 - from], SHARED, 0, 9)
                                    .moved());
                    return false; // the checked queue is empty by now
                },
                a,
                WaitResult.CANCELLED,
                true);
        assertEquals(1, count);
        assertEquals(WaitResult.CANCELLED, victim.poll());
        assertNull(other.poll());
    }

    @Test
    void move_waiterRequeuedEndlessly_movesBehindGate() {
        FutexTable one = FutexTable.builder().buckets(2).build();
        long[] words = {0, 4};
        int[] asked = {0};
        FutexMemory busy = new FutexMemory() {
            @Override
            public int load(long address) {
                return 0;
            }

            @Override
            public int compareAndExchange(long address, int expected, int desired) {
                throw new AssertionError();
            }

            @Override
            public FutexKey sharedKey(long address, Access access) {
                throw new AssertionError();
            }

            @Override
            public FutexMemory underlying() {
                if (asked[0] < TableScan.OPEN_PASSES) {
                    int from = asked[0]++ % 2;
                    one.requeue(this, words[from], words[1 - from], PRIVATE, 0, 9); // the checked queue is empty by now
                }
                return a;
            }
        };
        while (bucket(one, new PrivateKey(busy, words[1])) != bucket(one, new PrivateKey(busy, words[0]))) {
            words[1] += 4;
        }
        PreparedWait wait = one.prepare(busy, words[0], PRIVATE, 0);
        one.mappingListener().moved(a, 0, 4096, 8192);
        assertEquals(TableScan.OPEN_PASSES, asked[0]);
        assertEquals(1, one.wake(busy, 8192 + words[0], PRIVATE, 9) + one.wake(busy, 8192 + words[1], PRIVATE, 9));
        assertEquals(WaitResult.WOKEN, wait.poll());
    }

    /** A requeue resolves the keys of both words before they move, and may reach the second bucket after the move. */
    @Test
    void requeueDuringMove_waiterIsFoundAtNewWords() throws Exception {
        FutexTable big = FutexTable.builder().buckets(1024).build();
        int one = bucket(big, new PrivateKey(a, ownA));
        int other = bucket(big, new PrivateKey(a, ownA + 4));
        long first = one < other ? 4 : 0; // in the later bucket, so that the move reaches it last
        AtomicInteger round = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        Thread mover = new Thread(() -> {
            for (int i = 1; i <= MOVES; i++) {
                while (round.get() < i) {
                    Thread.onSpinWait();
                }
                big.requeue(a, ownA + first, ownA + 4 - first, PRIVATE, 0, 9);
                done.set(i);
            }
        });
        mover.setDaemon(true);
        mover.start();
        MappingListener follower = big.mappingListener();
        for (int i = 1; i <= MOVES; i++) {
            PreparedWait wait = big.prepare(a, ownA + first, PRIVATE, 0);
            round.set(i);
            follower.moved(a, ownA, 64, ownA + 2048);
            while (done.get() < i) {
                Thread.onSpinWait();
            }
            int found = big.wake(a, ownA + 2048, PRIVATE, 9) + big.wake(a, ownA + 2052, PRIVATE, 9);
            assertEquals(1, found, "round " + i);
            assertEquals(WaitResult.WOKEN, wait.poll());
        }
    }

    private static int bucket(FutexTable of, FutexKey key) {
        return of.bucket(of.hash(key)).index;
    }

    private static boolean stopped(boolean[] stop) {
        synchronized (stop) {
            return stop[0];
        }
    }
}
