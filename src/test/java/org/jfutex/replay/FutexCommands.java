package org.jfutex.replay;

import java.util.ArrayList;
import java.util.List;

/** The commands that are futex calls. */
final class FutexCommands {

    static final int WAIT = 0;
    static final int WAKE = 1;
    static final int REQUEUE = 3;
    static final int CMP_REQUEUE = 4;
    static final int WAKE_OP = 5;
    static final int LOCK_PI = 6;
    static final int UNLOCK_PI = 7;
    static final int TRYLOCK_PI = 8;
    static final int WAIT_BITSET = 9;
    static final int WAKE_BITSET = 10;
    static final int WAIT_REQUEUE_PI = 11;
    static final int CMP_REQUEUE_PI = 12;
    static final int PRIVATE = 0x80;

    private FutexCommands() {}

    private static int op(int op, Arguments a) {
        return a.flag("private") ? op | PRIVATE : op;
    }

    static Command await(Arguments a) {
        int op = op(WAIT, a);
        boolean timed = a.flag("timeout");
        long u = a.place();
        int expected = a.number();
        return (w, who) -> timed ? w.timedFutex(who, u, op, expected) : w.futex(who, u, op, expected, 0, 0, 0);
    }

    static Command awaitCurrent(Arguments a) {
        int op = op(WAIT, a);
        long u = a.place();
        return (w, who) -> {
            int current = w.memory(who).load(u & ~3); // a misaligned address is rejected before the value is compared
            return w.futex(who, u, op, current, 0, 0, 0);
        };
    }

    static Command awaitAny(Arguments a) {
        int flags = op(0, a);
        List<Long> words = new ArrayList<>();
        List<Integer> expected = new ArrayList<>();
        while (a.more()) {
            words.add(a.place());
            expected.add(a.number());
        }
        return (w, who) -> w.waitv(who, words, expected, flags);
    }

    static Command awaitRequeuePi(Arguments a) {
        int op = op(WAIT_REQUEUE_PI, a);
        long from = a.place();
        int expected = a.number();
        long to = a.place();
        return (w, who) -> w.futex(who, from, op, expected, 0, to, 0);
    }

    static Command wake(Arguments a) {
        int op = op(WAKE, a);
        long u = a.place();
        int count = a.number();
        return (w, who) -> w.futex(who, u, op, count, 0, 0, 0);
    }

    static Command oneWord(int futexOp, Arguments a) {
        int op = op(futexOp, a);
        long u = a.place();
        return (w, who) -> w.futex(who, u, op, 0, 0, 0, 0);
    }

    static Command bitset(int futexOp, Arguments a) {
        int op = op(futexOp, a);
        long u = a.place();
        int value = a.number();
        int bitset = a.number();
        return (w, who) -> w.futex(who, u, op, value, 0, 0, bitset);
    }

    static Command twoWords(int futexOp, Arguments a, boolean third) {
        int op = op(futexOp, a);
        long u1 = a.place();
        long u2 = a.place();
        int count1 = a.number();
        int count2 = a.number();
        int value = third ? a.number() : 0;
        return (w, who) -> w.futex(who, u1, op, count1, Integer.toUnsignedLong(count2), u2, value);
    }
}
