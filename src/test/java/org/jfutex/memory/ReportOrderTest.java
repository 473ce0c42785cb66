package org.jfutex.memory;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.WaitResult;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappingListener;
import org.jfutex.memory.StallingPage.Beside;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests of reports of changes by several threads, the first of which is held inside its listener. */
@Timeout(60)
class ReportOrderTest {

    private static final long PAGE = 4096;
    private static final long A = 0x10_0000;
    private static final long B = 0x20_0000;
    private static final long C = 0x30_0000;
    private static final long D = 0x40_0000;

    private final FutexTable table = new FutexTable();
    private final MappingListener follower = table.mappingListener();
    private final List<String> heard = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private Consumer<String> reaction = report -> {};
    private final AddressSpace space = new AddressSpace(SpaceSettings.DEFAULT.withListener(listener("")));

    /** Returns a listener that records each report, runs a reaction, and then moves the waiters. */
    private MappingListener listener(String name) {
        return new MappingListener() {
            @Override
            public void moved(FutexMemory memory, long from, long length, long to) {
                note(name + page(from) + ">" + page(to));
                follower.moved(memory, from, length, to);
            }

            @Override
            public void unmapped(FutexMemory memory, long from, long length) {
                note(name + page(from));
                follower.unmapped(memory, from, length);
            }

            private void note(String report) {
                heard.add(report);
                reaction.accept(report);
            }
        };
    }

    private static String page(long address) {
        return Character.toString('A' + (int) ((address - A) / (B - A)));
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(50, SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void holdUp(String report) {
        reaction = r -> {
            if (r.equals(report)) {
                entered.countDown();
                await(release);
            }
        };
    }

    private void map(long address) {
        space.map(MapRequest.anonymous(PAGE).at(address));
    }

    /** Starts a change, and waits until it is inside the listener. */
    private Beside heldUp(Runnable change) {
        Beside beside = Beside.thatWaits(change);
        await(entered);
        return beside;
    }

    @ParameterizedTest
    @EnumSource
    void remap_afterRemapWithHeldReport_movesWaiterToLastAddress(Scope scope) {
        map(A);
        PreparedWait wait = table.prepare(space, A, scope, 0);
        holdUp("A>B");
        Beside first = heldUp(() -> space.remapTo(A, PAGE, PAGE, B));
        Beside second = Beside.thatWaits(() -> space.remapTo(B, PAGE, PAGE, C));
        release.countDown();
        first.end();
        second.end();
        assertEquals(List.of("A>B", "B>C"), heard);
        assertEquals(1, table.wake(space, C, scope, 1));
        assertEquals(WaitResult.WOKEN, wait.poll());
    }

    @ParameterizedTest
    @EnumSource
    void unmap_afterRemapWithHeldReport_endsWait(Scope scope) {
        map(A);
        PreparedWait wait = table.prepare(space, A, scope, 0);
        holdUp("A>B");
        Beside first = heldUp(() -> space.remapTo(A, PAGE, PAGE, B));
        Beside second = Beside.thatWaits(() -> space.unmap(B, PAGE));
        assertNull(wait.poll());
        release.countDown();
        first.end();
        second.end();
        assertEquals(WaitResult.UNMAPPED, wait.poll());
    }

    @Test
    void mapAtSourceOfHeldMove_waitsAndKeepsNewWaiter() {
        map(A);
        holdUp("A>B");
        Beside first = heldUp(() -> space.remapTo(A, PAGE, PAGE, B));
        List<PreparedWait> waits = new ArrayList<>();
        Beside second = Beside.thatWaits(() -> {
            map(A);
            waits.add(table.prepare(space, A, Scope.PRIVATE, 0));
        });
        release.countDown();
        first.end();
        second.end();
        assertEquals(1, table.wake(space, A, Scope.PRIVATE, 1));
        assertEquals(WaitResult.WOKEN, waits.get(0).poll());
    }

    @Test
    void moveToSourceOfHeldMove_waits() {
        map(A);
        map(C);
        holdUp("A>B");
        Beside first = heldUp(() -> space.remapTo(A, PAGE, PAGE, B));
        Beside second = Beside.thatWaits(() -> space.remapTo(C, PAGE, PAGE, A));
        assertEquals(0, space.load(C), "the change itself waits");
        release.countDown();
        first.end();
        second.end();
        assertEquals(List.of("A>B", "C>A"), heard);
    }

    /** A held report delays only calls that report, and calls that specify an address with a pending report. */
    @Test
    void heldReport_delaysNoFaultForkOrOtherMapping() {
        map(A);
        map(C);
        holdUp("A>B");
        Beside first = heldUp(() -> space.remapTo(A, PAGE, PAGE, B));
        space.store(B, 1);
        space.store(C, 2);
        assertEquals(1, space.fork().load(B));
        long elsewhere = space.map(MapRequest.anonymous(PAGE));
        map(D);
        space.protect(C, PAGE, Protection.READ);
        space.adviseDontNeed(B, PAGE);
        assertEquals(elsewhere, space.remap(elsewhere, PAGE, PAGE, false));
        assertNull(table.prepare(space, D, Scope.SHARED, 0).poll());
        assertEquals(1, table.wake(space, D, Scope.SHARED, 1));
        release.countDown();
        first.end();
    }

    @Test
    void changeInsideListener_isReportedBeforeOuterCallReturns() {
        map(A);
        map(C);
        map(D);
        List<String> heardAtReturn = new ArrayList<>();
        reaction = report -> {
            if (report.equals("A")) {
                space.unmap(C, PAGE);
                heardAtReturn.addAll(heard);
            } else if (report.equals("C")) {
                space.remapTo(D, PAGE, PAGE, B);
            }
        };
        space.unmap(A, PAGE);
        assertEquals(List.of("A"), heardAtReturn);
        assertEquals(List.of("A", "C", "D>B"), heard);
    }

    /** The callback of an ended wait moves the range to which the current report is about to move other waiters. */
    @Test
    void remapInsideCallbackOfReport_movesAllWaiters() {
        map(A);
        map(B);
        PreparedWait ended = table.prepare(space, B, Scope.PRIVATE, 0);
        ended.onEnd(end -> space.remapTo(B, PAGE, PAGE, C));
        PreparedWait moved = table.prepare(space, A, Scope.PRIVATE, 0);
        space.remapTo(A, PAGE, PAGE, B);
        assertEquals(WaitResult.UNMAPPED, ended.poll());
        assertEquals(List.of("B", "A>B", "B>C"), heard);
        assertEquals(1, table.wake(space, C, Scope.PRIVATE, 1));
        assertEquals(WaitResult.WOKEN, moved.poll());
    }

    @Test
    void mapInsideListener_atReportedAddress_doesNotWait() {
        map(A);
        reaction = report -> map(A);
        space.unmap(A, PAGE);
        assertEquals(0, space.load(A));
    }

    @Test
    void throwingListener_failsOnlyItsOwnCall() {
        map(A);
        map(B);
        IllegalStateException thrown = new IllegalStateException();
        reaction = report -> {
            if (report.equals("A")) {
                entered.countDown();
                await(release);
                throw thrown;
            }
        };
        Beside first =
                heldUp(() -> assertSame(thrown, assertThrows(IllegalStateException.class, () -> space.unmap(A, PAGE))));
        Beside second = Beside.thatWaits(() -> space.unmap(B, PAGE));
        release.countDown();
        first.end();
        second.end();
        assertEquals(List.of("A", "B"), heard);
        space.unmap(B, PAGE);
        map(A);
        map(B);
        reaction = report -> {};
        space.unmap(A, 2 * (B - A));
        assertEquals(List.of("A", "B", "A"), heard);
    }

    @Test
    void reportsOfManyCalls_arriveInOrder() {
        map(A);
        map(C);
        map(D);
        holdUp("A>B");
        List<Beside> calls = new ArrayList<>();
        calls.add(heldUp(() -> space.remapTo(A, PAGE, PAGE, B)));
        calls.add(Beside.thatWaits(() -> space.unmap(D, PAGE)));
        calls.add(Beside.thatWaits(() -> space.remapTo(C, PAGE, PAGE, D + PAGE)));
        calls.add(Beside.thatWaits(() -> space.unmap(B, PAGE)));
        release.countDown();
        calls.forEach(Beside::end);
        assertEquals(List.of("A>B", "D", "C>D", "B"), heard);
    }

    @Test
    void interruptOfWaitingCall_isKept() throws Exception {
        map(A);
        map(B);
        holdUp("A");
        Beside first = heldUp(() -> space.unmap(A, PAGE));
        List<Thread> waiting = new ArrayList<>();
        List<Boolean> interrupted = new ArrayList<>();
        Beside second = Beside.thatWaits(() -> {
            waiting.add(Thread.currentThread());
            space.unmap(B, PAGE);
            interrupted.add(Thread.interrupted());
        });
        waiting.get(0).interrupt();
        release.countDown();
        first.end();
        second.end();
        assertEquals(List.of(true), interrupted);
        assertEquals(List.of("A", "B"), heard);
    }

    /** Each of two threads is inside the listener of one space when it changes the other space. */
    @Test
    void listenersChangingEachOthersSpaces_doNotDeadlock() {
        AddressSpace other = new AddressSpace(SpaceSettings.DEFAULT.withListener(listener("other ")));
        for (long at : new long[] {A, B}) {
            map(at);
            other.map(MapRequest.anonymous(PAGE).at(at));
        }
        CountDownLatch both = new CountDownLatch(2);
        reaction = report -> {
            if (report.endsWith("A")) {
                both.countDown();
                await(both);
                (report.equals("A") ? other : space).unmap(B, PAGE);
            }
        };
        Beside one = Beside.started(() -> space.unmap(A, PAGE));
        Beside two = Beside.started(() -> other.unmap(A, PAGE));
        one.end();
        two.end();
        assertEquals(
                List.of("A", "B", "other A", "other B"), heard.stream().sorted().toList());
        assertFalse(heard.indexOf("B") < heard.indexOf("A"));
        assertFalse(heard.indexOf("other B") < heard.indexOf("other A"));
    }
}
