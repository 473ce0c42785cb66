package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jfutex.FutexFd.Options;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.FlatMemory;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.Protection;
import org.jfutex.memory.Tmpfs;
import org.jfutex.time.Deadline;
import org.jfutex.time.VirtualClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The behaviour of FUTEX_FD in Linux 2.6, fact by fact, and the race-free form with an expected value. */
class FutexFdTest {

    private static final long WORD = 64;
    private static final long OTHER = 128;
    private static final int READABLE = FutexFd.IN | FutexFd.RDNORM;

    private final VirtualClock clock = new VirtualClock();
    private final FutexTable table = FutexTable.builder().clock(clock).build();
    private final FlatMemory memory = FlatMemory.shared(ByteBuffer.allocateDirect(4096));

    private FutexFd open(Scope scope) {
        return FutexFd.open(table, memory, WORD, scope, Options.SILENT);
    }

    private int wake(Scope scope, int count) {
        return table.wake(memory, WORD, scope, count);
    }

    @ParameterizedTest
    @EnumSource
    void poll_beforeAndAfterWake_isEmptyThenReadable(Scope scope) {
        FutexFd fd = open(scope);
        assertEquals(0, fd.poll());
        assertEquals(1, wake(scope, 1));
        assertEquals(READABLE, fd.poll());
        assertEquals(READABLE, fd.poll());
        assertEquals(0, wake(scope, 1), "one shot");
        assertEquals(READABLE, fd.poll());
    }

    @Test
    void signal_zeroTo64_isAccepted() {
        assertThrows(IllegalArgumentException.class, () -> new Options(-1, (f, s) -> {}, false));
        assertThrows(IllegalArgumentException.class, () -> new Options(65, (f, s) -> {}, false));
        assertEquals(64, new Options(64, (f, s) -> {}, false).signal());
    }

    @Test
    @SuppressWarnings("NullAway") // on purpose
    void open_nullOptionsOrHandler_queuesNoWaiter() {
        assertThrows(NullPointerException.class, () -> new Options(1, null, false));
        assertThrows(NullPointerException.class, () -> FutexFd.open(table, memory, WORD, Scope.SHARED, null));
        assertThrows(
                NullPointerException.class, () -> FutexFd.openIfEquals(table, memory, WORD, Scope.SHARED, 0, null));
        assertEquals(List.of(), table.waiters());
    }

    @ParameterizedTest
    @EnumSource
    void open_misalignedOrUnmappedWord_isRejected(Scope scope) {
        assertThrows(
                IllegalArgumentException.class, () -> FutexFd.open(table, memory, WORD + 2, scope, Options.SILENT));
        var space = new AddressSpace();
        assertThrows(
                MemoryFaultException.class, () -> FutexFd.open(table, space, 0x10000, Scope.SHARED, Options.SILENT));
        assertEquals(List.of(), table.waiters());
    }

    @Test
    @SuppressWarnings("NullAway")
    void open_missingOptions_isRejectedBeforeQueueing() {
        assertThrows(NullPointerException.class, () -> new Options(1, null, false));
        assertThrows(NullPointerException.class, () -> FutexFd.open(table, memory, WORD, Scope.SHARED, null));
        assertThrows(
                NullPointerException.class, () -> FutexFd.openIfEquals(table, memory, WORD, Scope.SHARED, 0, null));
        assertEquals(List.of(), table.waiters());
    }

    @ParameterizedTest
    @EnumSource
    void wake_descriptorBeforeWaiter_firesDescriptor(Scope scope) {
        FutexFd fd = open(scope);
        PreparedWait behind = table.prepare(memory, WORD, scope, 0);
        assertEquals(1, wake(scope, 1));
        assertEquals(READABLE, fd.poll());
        assertNull(behind.poll());
    }

    @ParameterizedTest
    @EnumSource
    void wake_descriptorBehindWaiter_wakesWaiterFirst(Scope scope) {
        PreparedWait front = table.prepare(memory, WORD, scope, 0);
        FutexFd fd = open(scope);
        assertEquals(1, wake(scope, 1));
        assertEquals(WaitResult.WOKEN, front.poll());
        assertEquals(0, fd.poll());
    }

    @Test
    void wakeAndInterruptTogether_areBothReported() throws Exception {
        List<FutexTable> late = new ArrayList<>();
        late.add(FutexTable.builder()
                .clock(new FixedClock(() -> {
                    late.get(0).wake(memory, WORD, Scope.PRIVATE, 1);
                    Thread.currentThread().interrupt();
                }))
                .build());
        List<FutexFd> fds = List.of(FutexFd.open(late.get(0), memory, WORD, Scope.PRIVATE, Options.SILENT));
        assertEquals(fds, FutexFd.poll(fds, Deadline.after(1000)));
        assertTrue(Thread.interrupted());
    }

    @ParameterizedTest
    @EnumSource
    void close_queuedDescriptor_sendsNothing(Scope scope) {
        open(scope).close();
        assertEquals(0, wake(scope, 1));
    }

    @ParameterizedTest
    @EnumSource
    void close_firedDescriptor_consumesWake(Scope scope) {
        FutexFd fd = open(scope);
        PreparedWait behind = table.prepare(memory, WORD, scope, 0);
        assertEquals(1, wake(scope, 1));
        fd.close();
        assertNull(behind.poll(), "the wake was not forwarded");
        assertEquals(1, wake(scope, 1));
        assertThrows(IllegalStateException.class, fd::poll);
    }

    @ParameterizedTest
    @EnumSource
    void close_firedDescriptorWithForwarding_forwardsWake(Scope scope) {
        FutexFd fd = FutexFd.open(table, memory, WORD, scope, new Options(0, (f, s) -> {}, true));
        PreparedWait behind = table.prepare(memory, WORD, scope, 0);
        PreparedWait last = table.prepare(memory, WORD, scope, 0);
        wake(scope, 1);
        fd.close();
        fd.close();
        assertEquals(WaitResult.WOKEN, behind.poll());
        assertNull(last.poll(), "a second close forwards nothing");
    }

    @ParameterizedTest
    @EnumSource
    void forwardedWake_movedDescriptor_goesToNewWord(Scope scope) {
        FutexFd fd = FutexFd.open(table, memory, WORD, scope, new Options(0, (f, s) -> {}, true));
        table.requeue(memory, WORD, OTHER, scope, 0, 1);
        PreparedWait there = table.prepare(memory, OTHER, scope, 0);
        PreparedWait here = table.prepare(memory, WORD, scope, 0);
        assertEquals(1, table.wake(memory, OTHER, scope, 1));
        fd.close();
        assertEquals(WaitResult.WOKEN, there.poll());
        assertNull(here.poll());
    }

    @ParameterizedTest
    @EnumSource
    void requeue_movesDescriptor(Scope scope) {
        FutexFd fd = open(scope);
        assertEquals(1, table.requeue(memory, WORD, OTHER, scope, 0, 1).moved());
        assertEquals(0, wake(scope, 1));
        assertEquals(0, fd.poll());
        assertEquals(1, table.wake(memory, OTHER, scope, 1));
        assertEquals(READABLE, fd.poll());
    }

    @ParameterizedTest
    @EnumSource
    void close_requeuedDescriptor_leavesNewQueue(Scope scope) {
        FutexFd fd = open(scope);
        table.requeue(memory, WORD, OTHER, scope, 0, 1);
        fd.close();
        assertEquals(0, table.wake(memory, OTHER, scope, 1));
    }

    @ParameterizedTest
    @EnumSource
    void wakeOp_firesDescriptor(Scope scope) {
        FutexFd fd = open(scope);
        var op = new WakeOp(WakeOp.Operation.SET, 1, false, WakeOp.Comparison.EQ, 0);
        assertEquals(1, table.wakeOp(memory, OTHER, WORD, scope, 1, 1, op));
        assertEquals(READABLE, fd.poll());
        assertEquals(1, memory.load(WORD));
    }

    @ParameterizedTest
    @EnumSource
    void twoDescriptorsOfOneWord_areTwoWaiters(Scope scope) {
        FutexFd one = open(scope);
        FutexFd two = open(scope);
        assertEquals(2, wake(scope, Integer.MAX_VALUE));
        assertEquals(READABLE, one.poll() & two.poll());
    }

    @ParameterizedTest
    @EnumSource
    void signal_isSentOnceWithDescriptor(Scope scope) {
        List<Object> got = new ArrayList<>();
        FutexFd fd =
                FutexFd.open(table, memory, WORD, scope, new Options(10, (f, s) -> got.addAll(List.of(f, s)), false));
        assertEquals(List.of(), got);
        wake(scope, 1);
        wake(scope, 1);
        assertEquals(List.of(fd, 10), got);
    }

    @Test
    void close_queuedDescriptor_sendsNoSignal() {
        List<Object> got = new ArrayList<>();
        FutexFd.open(table, memory, WORD, Scope.SHARED, new Options(10, (f, s) -> got.add(f), false))
                .close();
        assertEquals(List.of(), got);
    }

    @ParameterizedTest
    @EnumSource
    void openIfEquals_wordChanged_avoidsLostWake(Scope scope) {
        int seen = memory.load(WORD); // (1) locked: the thread will wait
        memory.store(WORD, 1); //        (2) unlocked ...
        assertEquals(0, wake(scope, 1)); //  ... and there is no waiter to wake
        FutexFd blind = open(scope); //  (3) queued without a comparison
        assertEquals(0, blind.poll(), "asleep for ever on a free word");
        assertNull(
                FutexFd.openIfEquals(table, memory, WORD, scope, seen, Options.SILENT),
                "the comparison under the lock");
        FutexFd sound = FutexFd.openIfEquals(table, memory, WORD, scope, 1, Options.SILENT);
        assertNotNull(sound);
        assertEquals(2, wake(scope, 2));
        assertEquals(READABLE, sound.poll());
    }

    @Test
    void wakeByChild_privatePage_doesNotFireParentsDescriptor() {
        var parent = new AddressSpace();
        long at = parent.map(MapRequest.anonymous(4096).protection(Protection.READ_WRITE));
        FutexFd fd = FutexFd.open(table, parent, at, Scope.SHARED, Options.SILENT);
        AddressSpace child = parent.fork();
        assertEquals(0, table.wake(child, at, Scope.SHARED, 1));
        assertEquals(0, fd.poll());
        assertEquals(1, table.wake(parent, at, Scope.SHARED, 1));
    }

    @Test
    void wakeThroughOtherMapping_firesDescriptor() throws IOException {
        var files = new Tmpfs();
        var one = new AddressSpace();
        var two = new AddressSpace();
        var open = files.create("shared");
        open.file().truncate(8192);
        long a = one.map(MapRequest.file(open, 1, 4096).shared().protection(Protection.READ_WRITE));
        long b = two.map(MapRequest.file(open, 0, 8192).shared().protection(Protection.READ_WRITE));
        FutexFd fd = FutexFd.open(table, one, a + 8, Scope.SHARED, Options.SILENT);
        assertEquals(1, table.wake(two, b + 4096 + 8, Scope.SHARED, 1));
        assertEquals(READABLE, fd.poll());
    }

    @Test
    void pollOfMany_reportsReadyOnesAndTimesOut() throws Exception {
        FutexFd one = open(Scope.PRIVATE);
        FutexFd two = FutexFd.open(table, memory, OTHER, Scope.PRIVATE, Options.SILENT);
        assertEquals(List.of(), FutexFd.poll(List.of(one, two), Deadline.after(0)));
        var poller = new PollingThread(List.of(one, two), Deadline.after(1000));
        poller.start();
        while (clock.sleepers() == 0) {
            Thread.onSpinWait();
        }
        table.wake(memory, OTHER, Scope.PRIVATE, 1);
        poller.join();
        assertEquals(List.of(two), poller.ready);
        var late = new PollingThread(List.of(one), Deadline.after(1000));
        late.start();
        while (clock.sleepers() == 0) {
            Thread.onSpinWait();
        }
        clock.advance(1000);
        late.join();
        assertEquals(List.of(), late.ready);
    }

    /** Otherwise the thread could be unparked later, during an unrelated wait. */
    @Test
    void finishedPoll_threadIsNotUnparkedLater() throws Exception {
        assertTrue(Threads.start(() -> {
                    FutexFd fd = open(Scope.PRIVATE);
                    assertEquals(List.of(), FutexFd.poll(List.of(fd), Deadline.after(0)));
                    wake(Scope.PRIVATE, 1);
                    long start = System.nanoTime();
                    LockSupport.parkNanos(10_000_000);
                    return System.nanoTime() - start >= 10_000_000;
                })
                .get());
    }

    private static final class PollingThread extends Thread {
        private final List<FutexFd> fds;
        private final Deadline deadline;
        volatile List<FutexFd> ready = List.of();

        PollingThread(List<FutexFd> fds, Deadline deadline) {
            this.fds = fds;
            this.deadline = deadline;
        }

        @Override
        public void run() {
            try {
                ready = FutexFd.poll(fds, deadline);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
