package org.jfutex.linux;

import static org.jfutex.linux.Machine.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import org.jfutex.Deadlocks;
import org.junit.jupiter.api.Test;

/** Tests deadlock detection for guest tasks without threads, in a cycle over a PI lock and a robust mutex. */
class GuestDeadlocksTest {

    private static final long LOCK = P;
    private static final long ROBUST = P + 64;

    private final Machine m = new Machine();
    private final Task ada = m.task;
    private final Task bob = ada.newThread();

    private FutexCall block(Task task, long word, int op, int expected) {
        FutexCall call = m.calls.prepareFutex(task, word, op | PRIVATE_FLAG, expected, 0, 0, 0);
        assertFalse(call.isDone());
        return call;
    }

    /** Ada owns the PI lock and waits on a word that could be Bob's mutex. Bob waits for the PI lock. */
    private FutexCall close(int word) {
        assertEquals(0, m.calls.futex(ada, LOCK, LOCK_PI | PRIVATE_FLAG, 0, 0, 0, 0));
        m.space.store(ROBUST, word);
        block(bob, LOCK, LOCK_PI, 0);
        return block(ada, ROBUST, WAIT, word);
    }

    @Test
    void cycleOfGuests_isFoundFromTheWordsAlone() {
        FutexCall adas = close(bob.tid() | WAITERS);
        String text = Deadlocks.report(m.tasks.deadlocks());
        assertEquals(
                List.of(
                        "    1 waits for private 0x100040 in " + m.space + ", owned by 2",
                        "    2 waits for private 0x100000 in " + m.space + ", owned by 1",
                        "deadlock of 2"),
                text.lines().sorted().toList());
        m.space.store(ROBUST, WAITERS);
        assertEquals(List.of(), m.tasks.deadlocks());
        m.space.store(ROBUST, bob.tid() | WAITERS);
        adas.suspend();
        assertEquals(List.of(), m.tasks.deadlocks());
        adas.resume(SignalDisposition.NO_HANDLER);
        assertEquals(1, m.tasks.deadlocks().size());
    }

    @Test
    void mutexWordWithoutOwner_isNotReadAsThreadId() {
        close(bob.tid());
        assertEquals(List.of(), m.tasks.deadlocks());
    }
}
