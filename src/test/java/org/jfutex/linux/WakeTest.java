package org.jfutex.linux;

import static org.jfutex.linux.Machine.ALL;
import static org.jfutex.linux.Machine.ANY;
import static org.jfutex.linux.Machine.CMP_REQUEUE;
import static org.jfutex.linux.Machine.HOLE;
import static org.jfutex.linux.Machine.P;
import static org.jfutex.linux.Machine.PRIVATE_FLAG;
import static org.jfutex.linux.Machine.REQUEUE;
import static org.jfutex.linux.Machine.S;
import static org.jfutex.linux.Machine.U32;
import static org.jfutex.linux.Machine.WAIT;
import static org.jfutex.linux.Machine.WAIT_BITSET;
import static org.jfutex.linux.Machine.WAKE;
import static org.jfutex.linux.Machine.WAKE_BITSET;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests wakes and requeues, and the special cases of their counts. */
class WakeTest {

    private final Machine m = new Machine();

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE, 1})
    void wake_countBelowOne_wakesOne(int nr) {
        FutexCall first = m.sleeper(P, WAIT, 0);
        FutexCall second = m.sleeper(P, WAIT, 0);
        assertEquals(1, m.futex(P, WAKE, nr));
        assertEquals(0, first.result());
        assertFalse(second.isDone());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, ALL})
    void wake_noWaiters_returnsZero(int nr) {
        assertEquals(0, m.futex(P, WAKE, nr));
        assertEquals(0, m.futex(P, WAKE | PRIVATE_FLAG, nr));
    }

    @Test
    void strictWake_zeroWakesNone_negativeWakesOne() {
        m.sleeper(P, WAIT, 0);
        assertEquals(0, m.calls.futexWake(m.task, P, 1, 0, U32));
        assertEquals(1, m.calls.futexWake(m.task, P, 1, -7, U32));
        assertEquals(-Errno.EINVAL, m.calls.futexWake(m.task, P, 0, 0, U32));
        assertEquals(-Errno.EINVAL, m.calls.futexWake(m.task, P + 2, 1, 0, U32));
        assertEquals(-Errno.EFAULT, m.calls.futexWake(m.task, HOLE, 1, 0, U32));
    }

    @Test
    void wakeZero_skipsOtherBitsets_wakesTheFirstMatch() {
        FutexCall deaf = m.sleeper(P, WAIT_BITSET, 0, 0b10);
        FutexCall hearing = m.sleeper(P, WAIT_BITSET, 0, 0b01);
        assertEquals(1, m.futex(P, WAKE_BITSET, 0, 0, 0, 0b01));
        assertFalse(deaf.isDone());
        assertEquals(0, hearing.result());
    }

    @Test
    void privateAndSharedOperations_neverMatch() {
        m.sleeper(P, WAIT, 0);
        m.sleeper(S, WAIT | PRIVATE_FLAG, 0);
        assertEquals(0, m.futex(P, WAKE | PRIVATE_FLAG, ALL));
        assertEquals(0, m.futex(S, WAKE, ALL));
        assertEquals(1, m.futex(P, WAKE, ALL));
        assertEquals(1, m.futex(S, WAKE | PRIVATE_FLAG, ALL));
    }

    @Test
    void realTimeTasks_areWokenFirst_equalsInOrder() {
        FutexCall[] calls = new FutexCall[6];
        int[] priorities = {0, 0, 10, 50, 10, 0};
        for (int i = 0; i < 6; i++) {
            Task sleeper = m.task.newThread();
            sleeper.setPriority(priorities[i]);
            calls[i] = m.start(sleeper, P, WAIT, 0, 0, 0, 0);
            sleeper.setPriority(0); // too late: the position in the queue is fixed
        }
        for (int next : new int[] {3, 2, 4, 0, 1, 5}) {
            assertEquals(1, m.futex(P, WAKE, 1));
            assertTrue(calls[next].isDone(), () -> "call " + next);
        }
    }

    @Test
    void requeue_returnsWokenPlusMoved_zeroWakesNone() {
        FutexCall moved = m.sleeper(P, WAIT, 0);
        assertEquals(0, m.futex(P, REQUEUE, 0, 0, P + 4, 0));
        assertEquals(1, m.futex(P, REQUEUE, 0, 1, P + 4, 0));
        assertFalse(moved.isDone());
        assertEquals(0, m.futex(P, WAKE, ALL));
        assertEquals(1, m.futex(P + 4, WAKE, ALL));
        assertEquals(0, moved.result());
    }

    @Test
    void requeue_toItsOwnWord_countsWithoutMoving() {
        for (int i = 0; i < 4; i++) {
            m.sleeper(P, WAIT, 0);
        }
        assertEquals(3, m.futex(P, REQUEUE, 1, 2, P, 0));
        assertEquals(3, m.futex(P, WAKE, ALL));
    }

    @Test
    void privateRequeue_unmappedWords_returnsZero() {
        assertEquals(0, m.futex(HOLE, REQUEUE | PRIVATE_FLAG, 1, 1, HOLE + 8, 0));
    }

    @Test
    void cmpRequeue_comparesTheFirstWord() {
        m.sleeper(P, WAIT, 0);
        assertEquals(-Errno.EAGAIN, m.futex(P, CMP_REQUEUE, 1, 1, P + 4, 1));
        assertEquals(1, m.futex(P, CMP_REQUEUE, 1, 1, P + 4, 0));
    }

    @Test
    void movedWaiter_keepsItsDeadlineAndBitset() {
        FutexCall picky = m.sleeper(P, WAIT_BITSET, 0, 0b10);
        assertEquals(1, m.futex(P, REQUEUE, 0, ALL, P + 4, 0));
        assertEquals(0, m.futex(P + 4, WAKE_BITSET, ALL, 0, 0, 0b01));
        assertEquals(1, m.futex(P + 4, WAKE_BITSET, ALL, 0, 0, 0b10));
        assertEquals(0, picky.result());
        FutexCall late = m.start(m.task.newThread(), P, WAIT, 0, m.timespec(1, 0), 0, 0);
        assertEquals(1, m.futex(P, REQUEUE, 0, ALL, P + 4, 0));
        m.clock.advance(1_000_000_000);
        assertEquals(-Errno.ETIMEDOUT, late.result());
    }

    @Test
    void futexRequeue_movesBetweenWordsOfOneScope() {
        FutexCall call = m.sleeper(P, WAIT | PRIVATE_FLAG, 5 - 5);
        long pair = m.waitv(0, P, 0x82, 99, P + 4, 0x82);
        assertEquals(1, m.calls.futexRequeue(m.task, pair, 0, 0, 1));
        assertEquals(1, m.calls.futexWake(m.task, P + 4, 0xffff_ffffL, 1, 0x82));
        assertEquals(0, call.result());
        assertEquals(-Errno.EAGAIN, m.calls.futexRequeue(m.task, m.waitv(9, P, 2, 0, P + 4, 2), 0, 0, 1));
        assertEquals(-Errno.EINVAL, m.calls.futexRequeue(m.task, m.waitv(0, P, 0x82, 0, P + 4, 2), 0, 0, 1));
        assertEquals(-Errno.EINVAL, m.calls.futexRequeue(m.task, pair, 1, 0, 1));
        assertEquals(-Errno.EINVAL, m.calls.futexRequeue(m.task, 0, 0, 0, 1));
        assertEquals(-Errno.EFAULT, m.calls.futexRequeue(m.task, HOLE, 0, 0, 1));
        assertEquals(-Errno.EINVAL, m.calls.futexRequeue(m.task, pair, 0, -1, 1));
        assertEquals(-Errno.EINVAL, m.calls.futexRequeue(m.task, m.waitv(0, P, 2, 1L << 32, P + 4, 2), 0, 0, 1));
        assertEquals(-Errno.EFAULT, m.calls.futexRequeue(m.task, m.waitv(0, HOLE, 2, 0, P + 2, 2), 0, 0, 1));
    }

    @Test
    void oldAndNewCalls_useEqualKeys() {
        FutexCall call = m.calls.prepareFutexWait(m.task.newThread(), P, 0, 0xffff_ffffL, 0x82, 0, 0);
        assertEquals(1, m.futex(P, WAKE | PRIVATE_FLAG, ANY));
        assertEquals(0, call.result());
    }
}
