package org.jfutex.linux;

import static org.jfutex.linux.Machine.P;
import static org.jfutex.linux.Machine.S;
import static org.jfutex.linux.Machine.WAIT;
import static org.jfutex.linux.Machine.WAKE_OP;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compares FUTEX_WAKE_OP, with one waiter on each word and both counts 1, with results of a kernel. */
class WakeOpVectorsTest {

    private static final String VECTORS = """
            # op, oparg, cmp, cmparg, before, after, returned, woken on the changed word
              0,     5,   0,      0,        0,        5,   2, true
              1,    -1,   0,      0,        0, ffffffff,   2, true
              1,  2047,   0,      0,        0,      7ff,   2, true
              1, -2048,   0,      0,        0, fffff800,   2, true
              2,   240,   1,      0,        1,       f1,   2, true
              3,     1,   1,      0,        3,        2,   2, true
              4,     3,   1,      0,        1,        2,   2, true
              8,     4,   0,      0,        0,       10,   2, true
              8,    31,   0,      0,        0, 80000000,   2, true
              8,    33,   0,      0,        0,        2,   2, true
              8,    -1,   0,      0,        0, 80000000,   2, true
              9,     3,   0,      0,        1,        9,   1, false
             11,     0,   0,      0,        3,        2,   1, false
              5,     1,   0,      0,        7,        7, -38, false
              6,     1,   0,      0,        7,        7, -38, false
              7,     1,   0,      0,        7,        7, -38, false
              1,     1,   6,      0,        7,        8, -38, false
              1,     1,  15,      0,        7,        8, -38, false
              1,     0,   2,      1, 80000000, 80000000,   2, true
              1,     0,   4,      0, 80000000, 80000000,   1, false
              1,     0,   0,     -1, ffffffff, ffffffff,   2, true
              1,     0,   3,      5,        5,        5,   2, true
              1,     0,   5,      5,        5,        5,   2, true
            """;

    private final Machine m = new Machine();

    @ParameterizedTest(name = "op {0} {1} cmp {2} {3} on {4}")
    @CsvSource(textBlock = VECTORS)
    void privateWords(int op, int arg, int cmp, int cmparg, String before, String after, int result, boolean second) {
        vector(P, 0x80, op, arg, cmp, cmparg, before, after, result, second);
    }

    @ParameterizedTest(name = "op {0} {1} cmp {2} {3} on {4}")
    @CsvSource(textBlock = VECTORS)
    void sharedWords(int op, int arg, int cmp, int cmparg, String before, String after, int result, boolean second) {
        vector(S, 0, op, arg, cmp, cmparg, before, after, result, second);
    }

    private void vector(
            long base,
            int flag,
            int op,
            int arg,
            int cmp,
            int cmparg,
            String before,
            String after,
            int result,
            boolean second) {
        int word = Integer.parseUnsignedInt(before, 16);
        long u1 = base;
        long u2 = base + 64;
        m.store(u2, word);
        FutexCall first = m.sleeper(u1, WAIT | flag, 0);
        FutexCall other = m.sleeper(u2, WAIT | flag, word);
        assertEquals(result, m.futex(u1, WAKE_OP | flag, 1, 1, u2, encoded(op, arg, cmp, cmparg)));
        assertEquals(Integer.parseUnsignedInt(after, 16), m.load(u2));
        assertEquals(result > 0, first.isDone());
        assertEquals(second, other.isDone());
    }

    static int encoded(int op, int arg, int cmp, int cmparg) {
        return op << 28 | cmp << 24 | (arg & 0xfff) << 12 | (cmparg & 0xfff);
    }

    @Test
    void zeroCounts_wakeOneEach() {
        FutexCall first = m.sleeper(P, WAIT, 0);
        FutexCall other = m.sleeper(P + 4, WAIT, 0);
        assertEquals(2, m.futex(P, WAKE_OP, 0, 0, P + 4, encoded(1, 0, 0, 0)));
        assertEquals(0, first.result());
        assertEquals(0, other.result());
    }

    @Test
    void zeroCount_wakesOne_failedComparisonNone() {
        m.sleeper(P, WAIT, 0);
        FutexCall other = m.sleeper(P + 4, WAIT, 0);
        assertEquals(1, m.futex(P, WAKE_OP, 0, 5, P + 4, encoded(1, 0, 1, 0)));
        assertEquals(false, other.isDone());
    }

    @Test
    void equalWords_wakeTwoOfThreeWaiters() {
        for (int i = 0; i < 3; i++) {
            m.sleeper(P, WAIT, 0);
        }
        assertEquals(2, m.futex(P, WAKE_OP, 1, 1, P, encoded(1, 0, 0, 0)));
    }

    @Test
    void wakeOp_secondCount_isLowHalfOfRegister() {
        m.sleeper(P, WAIT, 0);
        m.sleeper(P + 4, WAIT, 0);
        m.sleeper(P + 4, WAIT, 0);
        assertEquals(2, m.futex(P, WAKE_OP, 1, 0x1_0000_0001L, P + 4, encoded(1, 0, 0, 0)));
    }
}
