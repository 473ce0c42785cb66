package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import org.jfutex.WakeOp.Comparison;
import org.jfutex.WakeOp.Operation;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.PrivateKey;
import org.jfutex.memory.FlatMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The encoding bit by bit, and each operation and comparison on values where another one would give another result. */
class WakeOpTest {

    private static WakeOp change(Operation operation, int operand, boolean shifted) {
        return new WakeOp(operation, operand, shifted, Comparison.EQ, 0);
    }

    private static WakeOp compare(Comparison comparison, int comparand) {
        return new WakeOp(Operation.SET, 0, false, comparison, comparand);
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            SET,  false,     5, 12345678,        5
            SET,  false,    -1,        0, ffffffff
            SET,  false, -2048,        0, fffff800
            SET,  false,  2047, ffffffff,      7ff
            ADD,  false,     3, ffffffff,        2
            ADD,  false,    -1,        0, ffffffff
            ADD,  false,     1, 7fffffff, 80000000
            OR,   false,     6,        3,        7
            OR,   false,    -2,        1, ffffffff
            ANDN, false,     6,        3,        1
            ANDN, false,    -2, ffffffff,        1
            XOR,  false,     6,        3,        5
            XOR,  false,    -1, f0f0f0f0, 0f0f0f0f
            SET,  true,      0,        0,        1
            SET,  true,     31,        0, 80000000
            SET,  true,     32,        0,        1
            SET,  true,     -1,        0, 80000000
            ADD,  true,      4,        1,       11
            OR,   true,      4,        1,       11
            ANDN, true,      4,       11,        1
            XOR,  true,      4,       11,        1
            """)
    void changes(Operation operation, boolean shifted, int operand, String before, String after) {
        FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(16));
        int word = Integer.parseUnsignedInt(before, 16);
        memory.store(4, word);
        assertEquals(word, change(operation, operand, shifted).applyTo(memory, 4));
        assertEquals(Integer.parseUnsignedInt(after, 16), memory.load(4));
        assertEquals(0, memory.load(0) | memory.load(8));
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            EQ, false, true,  false
            NE, true,  false, true
            LT, true,  false, false
            LE, true,  true,  false
            GT, false, false, true
            GE, false, true,  true
            """)
    void compares(Comparison comparison, boolean less, boolean equal, boolean greater) {
        for (int comparand : new int[] {-2048, -1, 0, 1, 2047}) {
            WakeOp op = compare(comparison, comparand);
            assertEquals(less, op.holds(comparand - 1));
            assertEquals(equal, op.holds(comparand));
            assertEquals(greater, op.holds(comparand + 1));
            assertEquals(less, op.holds(Integer.MIN_VALUE), "signed");
            assertEquals(greater, op.holds(Integer.MAX_VALUE), "signed");
        }
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            00000000, SET,  false,     0, EQ,     0
            80000000, SET,  true,      0, EQ,     0
            10000000, ADD,  false,     0, EQ,     0
            20000000, OR,   false,     0, EQ,     0
            30000000, ANDN, false,     0, EQ,     0
            40000000, XOR,  false,     0, EQ,     0
            c0000000, XOR,  true,      0, EQ,     0
            01000000, SET,  false,     0, NE,     0
            02000000, SET,  false,     0, LT,     0
            03000000, SET,  false,     0, LE,     0
            04000000, SET,  false,     0, GT,     0
            05000000, SET,  false,     0, GE,     0
            00001000, SET,  false,     1, EQ,     0
            007ff000, SET,  false,  2047, EQ,     0
            00800000, SET,  false, -2048, EQ,     0
            00fff000, SET,  false,    -1, EQ,     0
            00000001, SET,  false,     0, EQ,     1
            000007ff, SET,  false,     0, EQ,  2047
            00000800, SET,  false,     0, EQ, -2048
            00000fff, SET,  false,     0, EQ,    -1
            b5abc123, ANDN, true,  -1348, GE,   291
            """)
    void encodesAndDecodes(
            String encoded, Operation operation, boolean shifted, int operand, Comparison comparison, int comparand) {
        int bits = Integer.parseUnsignedInt(encoded, 16);
        WakeOp op = new WakeOp(operation, operand, shifted, comparison, comparand);
        assertEquals(bits, op.encode());
        assertEquals(op, WakeOp.decode(bits));
    }

    @Test
    void unknownOperationsAndComparisons_areRejected() {
        for (int operation = 5; operation < 8; operation++) {
            int encoded = operation << 28;
            Exception e = assertThrows(IllegalArgumentException.class, () -> WakeOp.decode(encoded));
            assertEquals("operation " + operation + " is not within 0 to 4", e.getMessage());
        }
        for (int comparison = 6; comparison < 16; comparison++) {
            int encoded = comparison << 24;
            Exception e = assertThrows(IllegalArgumentException.class, () -> WakeOp.decode(encoded));
            assertEquals("comparison " + comparison + " is not within 0 to 5", e.getMessage());
        }
    }

    @Test
    void operandsBeyondTwelveBits_areRejected() {
        for (int bad : new int[] {-2049, 2048}) {
            Exception e = assertThrows(IllegalArgumentException.class, () -> change(Operation.ADD, bad, false));
            assertEquals("operand " + bad + " is not within -2048 to 2047", e.getMessage());
            e = assertThrows(IllegalArgumentException.class, () -> compare(Comparison.EQ, bad));
            assertEquals("comparand " + bad + " is not within -2048 to 2047", e.getMessage());
        }
    }

    /** A memory whose word changes before each of the first two writes. */
    private static final class Busy implements FutexMemory {

        private int word = 1;
        private int writes;

        @Override
        public int load(long address) {
            return word;
        }

        @Override
        public int compareAndExchange(long address, int expected, int desired) {
            word += writes++ < 2 ? 10 : 0;
            int before = word;
            word = before == expected ? desired : before;
            return before;
        }

        @Override
        public FutexKey sharedKey(long address, Access access) {
            return new PrivateKey(this, address);
        }
    }

    @Test
    void concurrentWrites_lastValueIsChanged() {
        Busy busy = new Busy();
        assertEquals(21, change(Operation.ADD, 5, false).applyTo(busy, 0));
        assertEquals(26, busy.word);
        assertEquals(3, busy.writes);
    }
}
