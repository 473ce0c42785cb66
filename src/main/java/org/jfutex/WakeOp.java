package org.jfutex;

import static java.util.Objects.requireNonNull;

import org.jfutex.key.FutexMemory;

/**
 * The operation of FUTEX_WAKE_OP: a modification of a word, and a comparison of its former value that decides about a
 * second wake.
 *
 * <p>Encoded as in futex(2):
 *
 * <pre>
 *   bit  31      the operand is 1 &lt;&lt; operand
 *   bits 28..30  {@link Operation}, by ordinal
 *   bits 24..27  {@link Comparison}, by ordinal
 *   bits 12..23  operand, signed
 *   bits  0..11  comparand, signed
 * </pre>
 *
 * @param operation how the word is modified
 * @param operand the operand, -2048 to 2047, or the shift count for {@code shifted}
 * @param shifted whether the operand is {@code 1 << operand}, of which only the low five bits count
 * @param comparison how the word's former value is compared, signed
 * @param comparand the value to compare with, -2048 to 2047
 */
public record WakeOp(Operation operation, int operand, boolean shifted, Comparison comparison, int comparand) {

    /** How the word is modified. */
    public enum Operation {
        /** The operand replaces the word. */
        SET,
        /** The operand is added. */
        ADD,
        /** The operand's bits are set. */
        OR,
        /** The operand's bits are cleared. */
        ANDN,
        /** The operand's bits are flipped. */
        XOR
    }

    /** How the word's former value is compared. */
    public enum Comparison {
        /** Equal. */
        EQ,
        /** Not equal. */
        NE,
        /** Less. */
        LT,
        /** Less or equal. */
        LE,
        /** Greater. */
        GT,
        /** Greater or equal. */
        GE
    }

    /**
     * Checks the ranges of the operands.
     *
     * @throws IllegalArgumentException if an operand is out of range
     */
    public WakeOp {
        requireNonNull(operation, "operation");
        requireNonNull(comparison, "comparison");
        twelveBits("operand", operand);
        twelveBits("comparand", comparand);
    }

    private static void twelveBits(String name, int value) {
        if (value < -2048 || value > 2047) {
            throw new IllegalArgumentException(name + " " + value + " is not within -2048 to 2047");
        }
    }

    /**
     * Decodes the 32-bit encoding.
     *
     * @param encoded the encoding of futex(2)
     * @return the operation
     * @throws IllegalArgumentException if the operation or the comparison is not one of Linux's
     */
    @SuppressWarnings("EnumOrdinal") // the ordinals are Linux's numbers
    public static WakeOp decode(int encoded) {
        int operation = encoded >>> 28 & 7;
        int comparison = encoded >>> 24 & 15;
        if (operation > 4) {
            throw new IllegalArgumentException("operation " + operation + " is not within 0 to 4");
        }
        if (comparison > 5) {
            throw new IllegalArgumentException("comparison " + comparison + " is not within 0 to 5");
        }
        return new WakeOp(
                Operation.values()[operation],
                encoded << 8 >> 20,
                encoded < 0,
                Comparison.values()[comparison],
                encoded << 20 >> 20);
    }

    /**
     * Returns the 32-bit encoding.
     *
     * @return the encoding of futex(2)
     */
    @SuppressWarnings("EnumOrdinal") // the ordinals are Linux's numbers
    public int encode() {
        return (shifted ? 1 << 31 : 0)
                | operation.ordinal() << 28
                | comparison.ordinal() << 24
                | (operand & 0xfff) << 12
                | (comparand & 0xfff);
    }

    /**
     * Modifies the word atomically.
     *
     * @param memory the memory of the word
     * @param address the address of the word, a multiple of 4
     * @return the former value
     * @throws org.jfutex.key.MemoryFaultException if the word cannot be written
     */
    public int applyTo(FutexMemory memory, long address) {
        for (int seen = memory.load(address); ; ) {
            int before = memory.compareAndExchange(address, seen, changed(seen));
            if (before == seen) {
                return before;
            }
            seen = before;
        }
    }

    private int changed(int word) {
        int arg = shifted ? 1 << operand : operand;
        return switch (operation) {
            case SET -> arg;
            case ADD -> word + arg;
            case OR -> word | arg;
            case ANDN -> word & ~arg;
            case XOR -> word ^ arg;
        };
    }

    /**
     * Returns whether the word's former value satisfies the comparison, so that the second wake is due.
     *
     * @param before the former value
     * @return whether the comparison holds
     */
    public boolean holds(int before) {
        return switch (comparison) {
            case EQ -> before == comparand;
            case NE -> before != comparand;
            case LT -> before < comparand;
            case LE -> before <= comparand;
            case GT -> before > comparand;
            case GE -> before >= comparand;
        };
    }
}
