package org.jfutex.linux;

import java.util.StringJoiner;

/** Describes operations and flags by their names in C. */
final class FutexNames {

    private static final String[] OPERATIONS = {"SET", "ADD", "OR", "ANDN", "XOR"};
    private static final String[] COMPARISONS = {"EQ", "NE", "LT", "LE", "GT", "GE"};

    private FutexNames() {}

    /** Describes an op argument, for example {@code FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME}. */
    static String op(int op) {
        Op known = Op.of(op);
        if (known == null) {
            return "0x" + Integer.toHexString(op) + " /* FUTEX_??? */";
        }
        return "FUTEX_" + known + ((op & Op.PRIVATE_FLAG) != 0 ? "_PRIVATE" : "")
                + ((op & Op.CLOCK_REALTIME) != 0 ? "|FUTEX_CLOCK_REALTIME" : "");
    }

    /** Describes futex2 flags, for example {@code FUTEX2_SIZE_U32|FUTEX2_PRIVATE}. */
    static String flags2(int flags) {
        StringJoiner text = new StringJoiner("|");
        text.add("FUTEX2_SIZE_U" + (8 << (flags & Futex2.SIZE_MASK)));
        int rest = flags & ~Futex2.SIZE_MASK;
        rest = name(text, rest, Futex2.NUMA, "FUTEX2_NUMA");
        rest = name(text, rest, Futex2.MPOL, "FUTEX2_MPOL");
        rest = name(text, rest, Futex2.PRIVATE, "FUTEX2_PRIVATE");
        if (rest != 0) {
            text.add("0x" + Integer.toHexString(rest));
        }
        return text.toString();
    }

    private static int name(StringJoiner text, int flags, int flag, String name) {
        if ((flags & flag) != 0) {
            text.add(name);
        }
        return flags & ~flag;
    }

    /** Describes an encoded wake-op, for example {@code FUTEX_OP_SET<<28|0<<12|FUTEX_OP_CMP_GT<<24|0x1}. */
    static String wakeOp(int encoded) {
        int operation = encoded >>> 28 & 7;
        int comparison = encoded >>> 24 & 15;
        return (encoded < 0 ? "FUTEX_OP_OPARG_SHIFT<<28|" : "")
                + (operation < OPERATIONS.length ? "FUTEX_OP_" + OPERATIONS[operation] : hex(operation)) + "<<28|"
                + hex(encoded >>> 12 & 0xfff) + "<<12|"
                + (comparison < COMPARISONS.length ? "FUTEX_OP_CMP_" + COMPARISONS[comparison] : hex(comparison))
                + "<<24|"
                + hex(encoded & 0xfff);
    }

    private static String hex(int number) {
        return number == 0 ? "0" : "0x" + Integer.toHexString(number);
    }
}
