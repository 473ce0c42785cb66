package org.jfutex.linux;

import static org.jfutex.linux.Machine.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests a sleep that returns to the interpreter when a signal arrives, and is continued later. */
class LeaveCallTest {

    private final Machine m = new Machine();
    private final Task owner = m.task.newThread();

    private FutexCall start(int op) {
        if (op == LOCK_PI) {
            assertEquals(0, m.futex(owner, P, LOCK_PI, 0));
        }
        FutexCall call = m.start(m.task, P, op, 0, 0, P + 8, op == WAIT_BITSET ? ANY : 0);
        assertFalse(call.isDone());
        return call;
    }

    private static void leave(FutexCall call) {
        Sleeper<Boolean> sleeper = Sleeper.of(() -> {
            boolean ended = call.awaitOrSuspend();
            return Thread.interrupted() || ended;
        });
        sleeper.asleep().interrupt();
        assertFalse(sleeper.result(), "the call is left, and the interrupt is consumed");
    }

    @ParameterizedTest
    @ValueSource(ints = {WAIT, WAIT_BITSET, LOCK_PI, WAIT_REQUEUE_PI})
    void interrupt_suspendsTheCall_resumeContinuesIt(int op) {
        FutexCall call = start(op);
        leave(call);
        assertFalse(call.isDone());
        assertEquals(0, m.futex(m.task, S, WAKE, 1)); // a call of the handler
        if (op == WAIT || op == WAIT_BITSET) {
            assertEquals(0, m.futex(owner, P, WAKE, 1), "no wake finds the task");
        }
        call.resume(SignalDisposition.RESTARTING_HANDLER);
        Sleeper<Boolean> again = Sleeper.of(call::awaitOrSuspend);
        again.asleep();
        switch (op) {
            case LOCK_PI -> assertEquals(0, m.futex(owner, P, UNLOCK_PI, 0));
            case WAIT_REQUEUE_PI -> assertEquals(1, m.calls.futex(owner, P, CMP_REQUEUE_PI, 1, 0, P + 8, 0));
            default -> assertEquals(1, m.futex(owner, P, WAKE, 1));
        }
        assertTrue(again.result());
        assertEquals(0, call.result());
    }

    @ParameterizedTest
    @CsvSource({"0, -4", "6, 0"})
    void handlerWithoutRestart_endsWhatLinuxEnds(int op, long result) {
        FutexCall call = start(op);
        leave(call);
        call.resume(SignalDisposition.HANDLER);
        if (op == LOCK_PI) {
            assertEquals(0, m.futex(owner, P, UNLOCK_PI, 0));
        }
        assertTrue(call.awaitOrSuspend());
        assertEquals(result, call.result());
    }

    @Test
    void endedCall_returnsAtOnce_andTheInterruptStays() {
        FutexCall call = start(WAIT);
        assertEquals(1, m.futex(owner, P, WAKE, 1));
        Thread.currentThread().interrupt();
        assertTrue(call.awaitOrSuspend());
        assertTrue(Thread.interrupted());
        assertTrue(m.start(m.task, P, WAIT, 1, 0, 0, 0).awaitOrSuspend());
    }

    @Test
    void interruptAfterTheDeadline_staysSet() {
        FutexCall call = m.start(m.task, P, WAIT, 0, m.timespec(0, 5), 0, 0);
        m.clock.advance(5);
        Thread.currentThread().interrupt();
        assertTrue(call.awaitOrSuspend());
        assertTrue(Thread.interrupted());
        assertEquals(-Errno.ETIMEDOUT, call.result());
    }

    @Test
    void secondThread_isRefused() {
        FutexCall call = start(WAIT);
        Sleeper<Boolean> first = Sleeper.of(call::awaitOrSuspend);
        first.asleep();
        assertThrows(IllegalStateException.class, call::awaitOrSuspend);
        assertEquals(1, m.futex(owner, P, WAKE, 1));
        assertTrue(first.result());
    }

    @Test
    void getter_returnsClearChildTid() {
        assertEquals(0, m.task.clearChildTid());
        m.calls.setTidAddress(m.task, P);
        assertEquals(P, m.task.clearChildTid());
        assertEquals(0, m.task.newThread().clearChildTid());
    }
}
