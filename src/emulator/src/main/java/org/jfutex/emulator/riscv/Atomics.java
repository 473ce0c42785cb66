package org.jfutex.emulator.riscv;

import org.jfutex.key.Access;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.WordSize;
import org.jfutex.memory.MemoryCursor;

/**
 * The A extension: load-reserved, store-conditional, atomic updates.
 *
 * <p>SC succeeds if the word holds the value that LR has loaded, by one compare-and-exchange. So it also succeeds after
 * the word was changed and changed back, which algorithms that compare values permit.
 */
final class Atomics {

    private Atomics() {}

    /** Executes an instruction and returns the new value of its register. */
    static long execute(Hart hart, MemoryCursor cursor, Instruction i) {
        int word = (int) i.imm;
        boolean wide = (word >>> 12 & 7) == 3;
        WordSize size = wide ? WordSize.U64 : WordSize.U32;
        long address = hart.x[i.rs1];
        if ((address & (size.bytes() - 1)) != 0) {
            throw new MemoryFaultException(address, Access.WRITE); // RISC-V permits that a misaligned update faults
        }
        long operand = wide ? hart.x[i.rs2] : hart.x[i.rs2] & 0xffff_ffffL;
        return switch (word >>> 27) {
            case 2 -> {
                long loaded = cursor.loadVolatile(address, size);
                hart.reservedAddress = address;
                hart.reservedValue = loaded;
                yield extend(loaded, wide);
            }
            case 3 -> {
                boolean reserved = hart.reservedAddress == address;
                hart.reservedAddress = -1;
                long expected = hart.reservedValue;
                yield reserved && cursor.compareAndExchange(address, size, expected, operand) == expected ? 0 : 1;
            }
            case 0 -> extend(cursor.getAndAdd(address, size, operand), wide);
            case 1 -> extend(cursor.getAndSet(address, size, operand), wide);
            default -> extend(update(cursor, address, size, word >>> 27, operand), wide);
        };
    }

    private static long update(MemoryCursor cursor, long address, WordSize size, int function, long operand) {
        boolean wide = size == WordSize.U64;
        for (long seen = cursor.loadVolatile(address, size); ; ) {
            long desired = combine(function, extend(seen, wide), extend(operand, wide)) & size.mask();
            long before = cursor.compareAndExchange(address, size, seen, desired);
            if (before == seen) {
                return seen;
            }
            seen = before;
        }
    }

    private static long combine(int function, long a, long b) {
        return switch (function) {
            case 4 -> a ^ b;
            case 8 -> a | b;
            case 12 -> a & b;
            case 16 -> Math.min(a, b);
            case 20 -> Math.max(a, b);
            case 24 -> Long.compareUnsigned(a, b) < 0 ? a : b; // extended by its sign, a word keeps its unsigned order
            default -> Long.compareUnsigned(a, b) > 0 ? a : b;
        };
    }

    private static long extend(long value, boolean wide) {
        return wide ? value : (int) value;
    }
}
