package org.jfutex.linux;

import static org.jfutex.linux.Machine.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jfutex.FutexTable;
import org.jfutex.time.ClockId;
import org.jfutex.time.FutexClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the effect of signals on sleeping calls, and of stopping a task. Planted flaws of signals are detected. */
class SignalTest {

    private final Machine m = new Machine();
    private volatile SignalDisposition found = SignalDisposition.HANDLER;
    private final AtomicInteger asked = new AtomicInteger();
    private final FutexCalls calls = FutexCalls.builder(m.tasks)
            .signals(task -> {
                asked.incrementAndGet();
                return found;
            })
            .build();
    private final Task owner = m.task.newThread();

    private FutexCall start(String kind) {
        long time = kind.endsWith("timed") ? m.timespec(1_000, 0) : 0;
        return switch (kind) {
            case "WAIT", "WAIT timed" -> calls.prepareFutex(m.task, P, WAIT, 0, time, 0, 0);
            case "WAIT_BITSET", "WAIT_BITSET timed" -> calls.prepareFutex(m.task, P, WAIT_BITSET, 0, time, 0, ANY);
            case "futex_wait", "futex_wait timed" ->
                calls.prepareFutexWait(m.task, P, 0, 1, U32, time, CLOCK_MONOTONIC);
            case "waitv", "waitv timed" ->
                calls.prepareFutexWaitv(m.task, m.waitv(0, P, U32), 1, 0, time, CLOCK_MONOTONIC);
            case "LOCK_PI", "LOCK_PI timed" -> {
                m.store(P, owner.tid());
                yield calls.prepareFutex(m.task, P, LOCK_PI2, 0, time, 0, 0);
            }
            case "WAIT_REQUEUE_PI", "WAIT_REQUEUE_PI timed" ->
                calls.prepareFutex(m.task, P, WAIT_REQUEUE_PI, 0, time, P + 8, 0);
            case "requeued" -> {
                m.store(P + 8, owner.tid());
                FutexCall call = calls.prepareFutex(m.task, P, WAIT_REQUEUE_PI, 0, 0, P + 8, 0);
                assertEquals(1, calls.futex(owner, P, CMP_REQUEUE_PI, 1, 0, P + 8, 0));
                yield call;
            }
            default -> throw new IllegalArgumentException(kind);
        };
    }

    @ParameterizedTest(name = "{0}: {1}, {2}, {3}")
    @CsvSource(textBlock = """
            # call,                HANDLER,  RESTARTING_HANDLER, NO_HANDLER
            WAIT,                  EINTR,    restarts,           restarts
            WAIT timed,            EINTR,    EINTR,              restarts
            WAIT_BITSET,           EINTR,    restarts,           restarts
            WAIT_BITSET timed,     EINTR,    EINTR,              restarts
            futex_wait,            EINTR,    restarts,           restarts
            futex_wait timed,      EINTR,    restarts,           restarts
            waitv,                 EINTR,    restarts,           restarts
            waitv timed,           EINTR,    restarts,           restarts
            LOCK_PI,               restarts, restarts,           restarts
            LOCK_PI timed,         restarts, restarts,           restarts
            WAIT_REQUEUE_PI,       restarts, restarts,           restarts
            WAIT_REQUEUE_PI timed, restarts, restarts,           restarts
            requeued,              EAGAIN,   EAGAIN,             EAGAIN
            """)
    void signal_endsOrRestartsTheCall(String kind, String handler, String restarting, String none) {
        String[] outcomes = {handler, restarting, none};
        SignalDisposition[] actions = {
            SignalDisposition.HANDLER, SignalDisposition.RESTARTING_HANDLER, SignalDisposition.NO_HANDLER
        };
        for (int i = 0; i < 3; i++) {
            found = actions[i];
            FutexCall call = start(kind);
            assertFalse(call.isDone());
            interrupt(call);
            assertEquals(i + 1, asked.get());
            switch (outcomes[i]) {
                case "EINTR" -> {
                    assertTrue(call.isDone());
                    assertEquals(-Errno.EINTR, call.result());
                }
                case "EAGAIN" -> assertEquals(-Errno.EAGAIN, call.result());
                default -> assertFalse(call.isDone());
            }
            call.cancel();
            m.store(P, 0);
            m.store(P + 8, 0);
        }
    }

    @Test
    void restart_comparesTheWordAgain() {
        found = SignalDisposition.NO_HANDLER;
        FutexCall call = start("WAIT");
        m.store(P, 1);
        call.interrupt();
        assertEquals(-Errno.EAGAIN, call.result());
    }

    @Test
    void restart_lockBecameFree_acquiresIt() {
        FutexCall call = start("LOCK_PI");
        assertTrue(call.suspend());
        assertEquals(0, calls.futex(owner, P, UNLOCK_PI, 0, 0, 0, 0));
        call.resume(SignalDisposition.HANDLER);
        assertEquals(0, call.result());
        assertEquals(m.task.tid(), m.load(P));
    }

    @Test
    void restart_keepsTheFirstDeadline() {
        found = SignalDisposition.NO_HANDLER;
        FutexCall call = calls.prepareFutex(m.task, P, WAIT, 0, m.timespec(0, 500), 0, 0);
        m.clock.advance(100);
        call.interrupt();
        m.clock.advance(399);
        assertFalse(call.isDone());
        m.clock.advance(1);
        assertEquals(-Errno.ETIMEDOUT, call.result());
    }

    @ParameterizedTest
    @ValueSource(strings = {"futex_wait timed", "waitv timed", "LOCK_PI timed", "WAIT_REQUEUE_PI timed"})
    void restart_readsTheTimespecAgain(String kind) {
        long time = m.scratch(0);
        FutexCall call = start(kind);
        assertTrue(call.suspend());
        m.storeLong(time + 8, -1);
        call.resume(SignalDisposition.RESTARTING_HANDLER);
        assertEquals(-Errno.EINVAL, call.result());
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAIT timed", "WAIT_BITSET timed"})
    void restart_byRestartBlock_doesNotReadTheTimespec(String kind) {
        long time = m.scratch(0);
        FutexCall call = start(kind);
        assertTrue(call.suspend());
        m.storeLong(time + 8, -1);
        call.resume(SignalDisposition.NO_HANDLER);
        assertFalse(call.isDone());
    }

    @Test
    void restart_ofWaitv_readsItsEntriesAgain() {
        long words = m.waitv(0, P, U32);
        FutexCall call = calls.prepareFutexWaitv(m.task, words, 1, 0, 0, 0);
        assertTrue(call.suspend());
        m.storeLong(words + 8, P + 4);
        call.resume(SignalDisposition.RESTARTING_HANDLER);
        assertEquals(0, m.futex(owner, P, WAKE, 1));
        assertEquals(1, m.futex(owner, P + 4, WAKE, 1));
        assertEquals(0, call.result());
    }

    @Test
    void stoppedTask_isNotQueued_timesOutIfContinuedLate() {
        FutexCall call = calls.prepareFutex(m.task, P, WAIT, 0, m.timespec(0, 500), 0, 0);
        assertTrue(suspend(call));
        assertEquals(0, m.futex(owner, P, WAKE, 1));
        m.clock.advance(600);
        assertFalse(call.isDone());
        call.resume(SignalDisposition.NO_HANDLER);
        assertEquals(-Errno.ETIMEDOUT, call.result());
    }

    @Test
    void stoppedTask_isQueuedAgainWhenContinued() {
        FutexCall call = start("WAIT");
        suspend(call);
        assertEquals(0, m.futex(owner, P, WAKE, 1));
        call.resume(SignalDisposition.NO_HANDLER);
        assertEquals(1, m.futex(owner, P, WAKE, 1));
        assertEquals(0, call.result());
    }

    @ParameterizedTest
    @CsvSource({
        "NO_HANDLER, RESTARTING_HANDLER, false",
        "HANDLER, NO_HANDLER, false",
        "HANDLER, RESTARTING_HANDLER, false",
        "NO_HANDLER, HANDLER, true",
        "HANDLER, HANDLER, true"
    })
    void severalSuspensions_lastResumeContinuesTheCall(SignalDisposition one, SignalDisposition two, boolean ends) {
        FutexCall call = start("WAIT");
        assertTrue(suspend(call));
        assertTrue(suspend(call));
        resume(call, one);
        assertFalse(call.isDone());
        assertEquals(0, m.futex(owner, P, WAKE, 1), "the other handler is still running");
        resume(call, two);
        assertEquals(ends, call.isDone());
        assertEquals(ends ? 0 : 1, m.futex(owner, P, WAKE, 1));
        assertEquals(ends ? -Errno.EINTR : 0, call.result());
        call.resume(SignalDisposition.HANDLER);
    }

    /** The policy of the first interrupt is still being called when a second signal arrives and is resumed. */
    @ParameterizedTest
    @CsvSource({"HANDLER, NO_HANDLER, true", "RESTARTING_HANDLER, HANDLER, false"})
    void firstInterrupt_decides_evenIfHandledLater(SignalDisposition one, SignalDisposition two, boolean ends) {
        FutexCall[] call = new FutexCall[1];
        FutexCalls nested = FutexCalls.builder(m.tasks)
                .signals(task -> {
                    assertTrue(call[0].suspend());
                    return one;
                })
                .build();
        call[0] = nested.prepareFutex(m.task, P, WAIT, 0, 0, 0, 0);
        call[0].interrupt();
        assertFalse(call[0].isDone());
        call[0].resume(two);
        assertEquals(ends, call[0].isDone());
        assertEquals(ends ? 0 : 1, m.futex(owner, P, WAKE, 1));
        assertEquals(ends ? -Errno.EINTR : 0, call[0].result());
    }

    @Test
    void dispositionOfASignal_isForgottenAfterTheRestart() {
        FutexCall call = start("LOCK_PI");
        for (int i = 0; i < 3; i++) {
            assertTrue(call.suspend());
            assertTrue(call.suspend());
            call.resume(SignalDisposition.NO_HANDLER);
            call.resume(SignalDisposition.HANDLER);
            assertFalse(call.isDone());
            assertThrows(IllegalStateException.class, () -> call.resume(SignalDisposition.NO_HANDLER));
        }
    }

    @Test
    void policyThatThrows_countsAsHandlerAndResumes() {
        FutexCalls broken = FutexCalls.builder(m.tasks)
                .signals(task -> {
                    throw new UnsupportedOperationException();
                })
                .build();
        FutexCall call = broken.prepareFutex(m.task, P, WAIT, 0, 0, 0, 0);
        assertThrows(UnsupportedOperationException.class, call::interrupt);
        assertEquals(-Errno.EINTR, call.result());
        assertEquals(0, m.futex(m.task, P, WAKE, 1));
    }

    @Test
    void policyThatThrows_endsTheCallOfABlockedThread() {
        FutexCalls broken = FutexCalls.builder(m.tasks)
                .signals(task -> {
                    throw new UnsupportedOperationException();
                })
                .build();
        m.store(P, owner.tid());
        Sleeper<Boolean> sleeper = Sleeper.of(() -> {
            assertThrows(UnsupportedOperationException.class, () -> broken.futex(m.task, P, LOCK_PI, 0, 0, 0, 0));
            return Thread.interrupted();
        });
        sleeper.asleep().interrupt();
        assertTrue(sleeper.result(), "the interrupt is kept");
        assertEquals(0, m.futex(owner, P, UNLOCK_PI, 0));
        assertEquals(0, m.load(P), "the lock has no waiter");
        assertEquals(-Errno.EAGAIN, m.futex(P, WAIT, 1), "the task is in no call");
    }

    @Test
    void lockOfAnAbandonedCall_isReleased() {
        m.store(P, owner.tid());
        FutexCalls broken = FutexCalls.builder(m.tasks)
                .signals(task -> {
                    m.futex(owner, P, UNLOCK_PI, 0);
                    throw new UnsupportedOperationException();
                })
                .build();
        Sleeper<Boolean> sleeper = Sleeper.of(() -> {
            assertThrows(UnsupportedOperationException.class, () -> broken.futex(m.task, P, LOCK_PI, 0, 0, 0, 0));
            return Thread.interrupted();
        });
        sleeper.asleep().interrupt();
        assertTrue(sleeper.result());
        assertEquals(0, m.load(P));
    }

    // ---- calls of a handler

    @ParameterizedTest
    @ValueSource(strings = {"WAIT", "LOCK_PI", "WAIT_REQUEUE_PI", "waitv"})
    void handler_makesCallsOfItsOwn(String interrupted) {
        FutexCall outer = start(interrupted);
        assertTrue(outer.suspend());
        assertEquals(-Errno.EAGAIN, m.futex(P + 64, WAIT, 1));
        FutexCall inner = calls.prepareFutex(m.task, P + 64, WAIT, 0, 0, 0, 0);
        assertThrows(IllegalStateException.class, () -> m.futex(P + 68, WAIT, 0), "the task sleeps");
        assertTrue(inner.suspend());
        FutexCall innermost = calls.prepareFutex(m.task, P + 68, LOCK_PI, 0, 0, 0, 0);
        assertEquals(0, innermost.result());
        inner.resume(SignalDisposition.NO_HANDLER);
        assertEquals(1, m.futex(owner, P + 64, WAKE, 1));
        assertEquals(0, inner.result());
        outer.resume(SignalDisposition.NO_HANDLER);
        assertFalse(outer.isDone());
        assertThrows(IllegalStateException.class, () -> m.futex(P + 68, WAIT, 0), "the task sleeps again");
        outer.cancel();
        assertEquals(-Errno.EAGAIN, m.futex(P + 64, WAIT, 1));
    }

    @Test
    void exit_endsTheHandlersCallAndTheInterruptedOne() {
        Task victim = m.task.newThread();
        FutexCall outer = calls.prepareFutex(victim, P, WAIT, 0, 0, 0, 0);
        outer.suspend();
        FutexCall inner = calls.prepareFutex(victim, P + 64, WAIT, 0, 0, 0, 0);
        victim.exit();
        assertEquals(-Errno.EINTR, inner.result());
        assertEquals(-Errno.EINTR, outer.result());
        outer.resume(SignalDisposition.NO_HANDLER);
        assertEquals(0, m.futex(owner, P, WAKE, 1) + m.futex(owner, P + 64, WAKE, 1));
    }

    @Test
    void wakeBeforeTheSignal_wins() {
        FutexCall call = start("WAIT");
        assertEquals(1, m.futex(owner, P, WAKE, 1));
        call.interrupt();
        assertEquals(0, call.result());
        assertEquals(0, asked.get());
        assertFalse(call.suspend());
        call.resume(SignalDisposition.HANDLER);
        assertEquals(0, call.result());
    }

    @Test
    void callThatDoesNotSleep_isNotSuspended() {
        FutexCall call = calls.prepareFutex(m.task, P, WAKE, 1, 0, 0, 0);
        assertFalse(call.suspend());
        call.interrupt();
        call.resume(SignalDisposition.HANDLER);
        call.cancel();
        assertEquals(0, call.result());
        assertEquals(0, asked.get());
    }

    @Test
    void cancelBeforeTheDeadline_returnsEintr() {
        FutexCall call = calls.prepareFutex(m.task, P, WAIT, 0, m.timespec(0, 500), 0, 0);
        assertEquals(1, m.tasks.table().cancel(m.space));
        m.clock.advance(500);
        assertEquals(-Errno.EINTR, call.result());
    }

    @Test
    void resume_notSuspended_isRejected() {
        FutexCall call = start("WAIT");
        assertThrows(IllegalStateException.class, () -> call.resume(SignalDisposition.HANDLER));
        assertThrows(IllegalStateException.class, call::result);
        assertFalse(call.isDone());
    }

    // ---- interrupts of threads

    private record End(long result, boolean interrupted) {}

    private Sleeper<End> thread(FutexCall call) {
        return Sleeper.of(() -> {
            long result = call.await();
            return new End(result, Thread.interrupted());
        });
    }

    @Test
    void interrupt_endsTheCallWithEintr_andStaysSet() {
        Sleeper<End> sleeper = thread(start("WAIT")).asleep();
        sleeper.interrupt();
        assertEquals(new End(-Errno.EINTR, true), sleeper.result());
        assertEquals(0, m.futex(owner, P, WAKE, 1));
    }

    @Test
    void closingTheMemory_endsTheCallOfABlockedThread() {
        Sleeper<End> sleeper = thread(start("WAIT")).asleep();
        assertEquals(1, m.tasks.table().cancel(m.space));
        assertEquals(new End(-Errno.EINTR, false), sleeper.result());
    }

    @Test
    void interruptConsumedByThePolicy_restartsAndIsCleared() {
        found = SignalDisposition.RESTARTING_HANDLER;
        FutexCall call = start("WAIT");
        Sleeper<End> sleeper = thread(call).asleep();
        sleeper.interrupt();
        awaitAsked(1);
        wakeUntilTaken();
        assertEquals(new End(0, false), sleeper.result());
    }

    @Test
    void interruptOfALock_isKeptUntilItIsAcquired() {
        Sleeper<End> sleeper = thread(start("LOCK_PI")).asleep();
        sleeper.interrupt();
        awaitAsked(1);
        assertEquals(0, calls.futex(owner, P, UNLOCK_PI, 0, 0, 0, 0));
        assertEquals(new End(0, true), sleeper.result());
        assertEquals(m.task.tid(), m.load(P) & ~WAITERS);
    }

    @ParameterizedTest
    @EnumSource(SignalDisposition.class)
    void signalBeforeARequeue_restartedWaitIsRequeued(SignalDisposition action) {
        found = action;
        Sleeper<End> sleeper = thread(start("WAIT_REQUEUE_PI")).asleep();
        sleeper.interrupt();
        awaitAsked(1);
        sleeper.asleep();
        assertEquals(1, calls.futex(owner, P, CMP_REQUEUE_PI, 1, 0, P + 8, 0));
        assertEquals(new End(0, action == SignalDisposition.HANDLER), sleeper.result());
        assertEquals(m.task.tid(), m.load(P + 8));
        assertEquals(-Errno.EAGAIN, calls.futex(m.task, P, WAIT, 1, 0, 0, 0), "the task is in no other call");
    }

    @ParameterizedTest
    @EnumSource(SignalDisposition.class)
    void signalsBeforeAndAfterARequeue_returnEagain(SignalDisposition action) {
        found = action;
        m.store(P + 8, owner.tid());
        Sleeper<End> sleeper = thread(start("WAIT_REQUEUE_PI")).asleep();
        sleeper.interrupt();
        awaitAsked(1);
        sleeper.asleep();
        assertEquals(1, calls.futex(owner, P, CMP_REQUEUE_PI, 1, 0, P + 8, 0));
        sleeper.interrupt();
        assertEquals(new End(-Errno.EAGAIN, true), sleeper.result());
        assertEquals(2, asked.get());
        assertEquals(owner.tid() | WAITERS, m.load(P + 8));
        assertEquals(-Errno.EAGAIN, calls.futex(m.task, P, WAIT, 1, 0, 0, 0), "the task is in no other call");
    }

    @Test
    void timedWait_restartingHandler_endsAndKeepsTheInterrupt() {
        found = SignalDisposition.RESTARTING_HANDLER;
        Sleeper<End> sleeper = thread(start("WAIT timed")).asleep();
        sleeper.interrupt();
        assertEquals(new End(-Errno.EINTR, true), sleeper.result());
    }

    @Test
    void interruptBeforeTheSleep_returnsEintr() {
        Sleeper<End> sleeper = Sleeper.of(() -> {
            Thread.currentThread().interrupt();
            long result = calls.futex(m.task, P, WAIT, 0, 0, 0, 0);
            return new End(result, Thread.interrupted());
        });
        assertEquals(new End(-Errno.EINTR, true), sleeper.result());
        assertEquals(1, asked.get());
    }

    @Test
    void awaitedCall_isSuspendedAndResumedByAnotherThread() {
        FutexCall call = start("WAIT");
        Sleeper<End> sleeper = thread(call).asleep();
        assertTrue(call.suspend());
        assertEquals(0, m.futex(owner, P, WAKE, 1));
        call.resume(SignalDisposition.NO_HANDLER);
        assertEquals(1, m.futex(owner, P, WAKE, 1));
        assertEquals(new End(0, false), sleeper.result());
    }

    @Test
    void interruptWhileSuspended_isHandledAfterTheResume() {
        FutexCall call = start("WAIT");
        Sleeper<End> sleeper = thread(call).asleep();
        assertTrue(call.suspend());
        sleeper.interrupt();
        call.resume(SignalDisposition.NO_HANDLER);
        assertEquals(new End(-Errno.EINTR, true), sleeper.result());
    }

    @Test
    void secondAwaitOfACall_isRejected() {
        FutexCall call = start("WAIT");
        Sleeper<End> sleeper = thread(call).asleep();
        assertThrows(IllegalStateException.class, call::await);
        assertEquals(1, m.futex(owner, P, WAKE, 1));
        assertEquals(0, sleeper.result().result);
    }

    @ParameterizedTest
    @EnumSource(SignalDisposition.class)
    void interruptedThread_timesOutAtItsDeadline(SignalDisposition action) {
        found = action;
        FutexCall call = calls.prepareFutexWait(m.task, P, 0, 1, U32, m.timespec(1, 0), CLOCK_MONOTONIC);
        Sleeper<End> sleeper = thread(call).asleep();
        sleeper.interrupt();
        awaitAsked(1);
        m.clock.advance(2_000_000_000L);
        boolean ends = action == SignalDisposition.HANDLER;
        assertEquals(new End(ends ? -Errno.EINTR : -Errno.ETIMEDOUT, ends), sleeper.result());
    }

    /** A clock whose park interrupts the sleeper and passes the deadline together, so that it wakes to both. */
    private static final class Late implements FutexClock {
        private volatile long now;

        @Override
        public long nanos(ClockId clockId) {
            return now;
        }

        @Override
        public void park(Object blocker, ClockId clockId, long from, long deadline) {
            now = deadline;
            Thread.currentThread().interrupt();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {WAIT, WAIT_BITSET, LOCK_PI2, WAIT_REQUEUE_PI})
    void timeoutAndSignalTogether_returnEtimedout(int op) {
        TaskTable tasks = new TaskTable(FutexTable.builder().clock(new Late()));
        FutexCalls late = FutexCalls.builder(tasks)
                .signals(task -> {
                    asked.incrementAndGet();
                    return SignalDisposition.HANDLER;
                })
                .build();
        Task task = tasks.spawn(m.space);
        m.store(P, op == LOCK_PI2 ? task.newThread().tid() : 0);
        assertEquals(-Errno.ETIMEDOUT, late.futex(task, P, op, 0, m.timespec(0, 500), P + 8, ANY));
        assertTrue(Thread.interrupted());
        assertEquals(0, asked.get());
    }

    /** A clock whose park throws after the sleeper has been woken. */
    private static final class Broken implements FutexClock {
        private Runnable waker = () -> {};

        @Override
        public long nanos(ClockId clockId) {
            return 0;
        }

        @Override
        public void park(Object blocker, ClockId clockId, long from, long deadline) {
            waker.run();
            throw new UnsupportedOperationException();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAIT", "futex_wait", "waitv"})
    void wakeOfAnAbandonedCall_goesToTheNextWaiter(String kind) {
        Broken clock = new Broken();
        TaskTable tasks = new TaskTable(FutexTable.builder().clock(clock));
        FutexCalls broken = new FutexCalls(tasks);
        Task first = tasks.spawn(m.space);
        Task second = tasks.spawn(m.space);
        List<FutexCall> next = new ArrayList<>();
        clock.waker = () -> {
            next.add(broken.prepareFutex(second, P, WAIT, 0, 0, 0, 0));
            assertEquals(1, broken.futex(second.newThread(), P, WAKE, 1, 0, 0, 0));
        };
        long time = m.timespec(0, 500);
        assertThrows(UnsupportedOperationException.class, () -> {
            switch (kind) {
                case "WAIT" -> broken.futex(first, P, WAIT, 0, time, 0, 0);
                case "futex_wait" -> broken.futexWait(first, P, 0, 1, U32, time, CLOCK_MONOTONIC);
                default -> broken.futexWaitv(first, m.waitv(0, P, U32), 1, 0, time, CLOCK_MONOTONIC);
            }
        });
        assertEquals(0, next.get(0).result());
    }

    private void awaitAsked(int times) {
        while (asked.get() < times) {
            Thread.onSpinWait();
        }
    }

    private void wakeUntilTaken() {
        while (m.futex(owner, P, WAKE, 1) == 0) {
            Thread.onSpinWait();
        }
    }

    // ---- planted flaws

    /** Mistakes of an emulator. */
    private enum Flaw {
        NONE,
        /** The call stays in its queue while the handler runs. */
        SUSPENDS_NOTHING,
        /** The call continues when the first of several handlers returns. */
        GOES_ON_WITH_THE_FIRST,
        /** Every signal ends the call. */
        ALWAYS_ENDS,
        /** Every signal restarts the call. */
        ALWAYS_RESTARTS,
        /** The signal has no effect on the call. */
        IS_NOT_HEARD
    }

    private Flaw flaw = Flaw.NONE;

    private boolean suspend(FutexCall call) {
        return flaw == Flaw.SUSPENDS_NOTHING || call.suspend();
    }

    private void resume(FutexCall call, SignalDisposition action) {
        call.resume(action);
        if (flaw == Flaw.GOES_ON_WITH_THE_FIRST) {
            call.resume(action);
        }
    }

    private void interrupt(FutexCall call) {
        switch (flaw) {
            case ALWAYS_ENDS -> found = SignalDisposition.HANDLER;
            case ALWAYS_RESTARTS -> found = SignalDisposition.NO_HANDLER;
            default -> {}
        }
        if (flaw != Flaw.IS_NOT_HEARD) {
            call.interrupt();
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void plantedFlaw_isDetected(Flaw planted) {
        flaw = planted;
        SignalDisposition none = SignalDisposition.NO_HANDLER;
        Executable check = switch (planted) {
            case SUSPENDS_NOTHING -> this::stoppedTask_isQueuedAgainWhenContinued;
            case GOES_ON_WITH_THE_FIRST -> () -> severalSuspensions_lastResumeContinuesTheCall(none, none, false);
            case ALWAYS_ENDS, ALWAYS_RESTARTS, IS_NOT_HEARD ->
                () -> signal_endsOrRestartsTheCall("WAIT", "EINTR", "restarts", "restarts");
            case NONE -> () -> {};
        };
        assertThrows(AssertionError.class, check);
    }
}
