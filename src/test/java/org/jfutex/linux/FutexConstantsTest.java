package org.jfutex.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Locale;
import org.jfutex.FutexTable;
import org.junit.jupiter.api.Test;

/** Compares the public constants with the decoders of system calls. */
class FutexConstantsTest {

    @Test
    void everyOperation_isDecodedUnderItsName() throws IllegalAccessException {
        int operations = 0;
        for (Op op : Op.values()) {
            assertEquals(op, Op.of(constant("FUTEX_" + op)));
            operations++;
        }
        assertEquals(14, operations);
    }

    @Test
    void flags_areDecodedUnderTheirNames() {
        assertEquals(
                "FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME",
                FutexNames.op(FutexConstants.FUTEX_WAIT_BITSET
                        | FutexConstants.FUTEX_PRIVATE_FLAG
                        | FutexConstants.FUTEX_CLOCK_REALTIME));
        assertEquals(
                "FUTEX2_SIZE_U32|FUTEX2_NUMA|FUTEX2_MPOL|FUTEX2_PRIVATE",
                FutexNames.flags2(FutexConstants.FUTEX2_SIZE_U32
                        | FutexConstants.FUTEX2_NUMA
                        | FutexConstants.FUTEX2_MPOL
                        | FutexConstants.FUTEX2_PRIVATE));
        assertEquals(
                FutexConstants.FUTEX_WAKE_OP,
                (FutexConstants.FUTEX_WAKE_OP | FutexConstants.FUTEX_PRIVATE_FLAG | FutexConstants.FUTEX_CLOCK_REALTIME)
                        & FutexConstants.FUTEX_CMD_MASK);
    }

    @Test
    void encodedWakeOp_isDecodedUnderItsNames() {
        assertEquals(
                "FUTEX_OP_OPARG_SHIFT<<28|FUTEX_OP_ANDN<<28|0x7<<12|FUTEX_OP_CMP_GE<<24|0xfff",
                FutexNames.wakeOp(FutexConstants.FUTEX_OP(
                        FutexConstants.FUTEX_OP_ANDN | FutexConstants.FUTEX_OP_OPARG_SHIFT,
                        7,
                        FutexConstants.FUTEX_OP_CMP_GE,
                        -1)));
    }

    @Test
    void encodedWakeOp_outOfRange_isRefused() {
        assertThrows(IllegalArgumentException.class, () -> FutexConstants.FUTEX_OP(16, 0, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> FutexConstants.FUTEX_OP(0, 4096, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> FutexConstants.FUTEX_OP(0, 0, -1, 0));
        assertThrows(IllegalArgumentException.class, () -> FutexConstants.FUTEX_OP(0, 0, 0, -2049));
    }

    @Test
    void waitvLimit_equalsTheTablesLimit() {
        assertEquals(FutexTable.MAX_WORDS, FutexConstants.FUTEX_WAITV_MAX);
    }

    @Test
    void constants_areNamedAsInC() {
        for (Field f : FutexConstants.class.getDeclaredFields()) {
            if (Modifier.isPublic(f.getModifiers())) {
                assertEquals(f.getName().toUpperCase(Locale.ROOT), f.getName());
            }
        }
    }

    private static int constant(String name) throws IllegalAccessException {
        try {
            return FutexConstants.class.getField(name).getInt(null);
        } catch (NoSuchFieldException e) {
            throw new AssertionError(name, e);
        }
    }
}
