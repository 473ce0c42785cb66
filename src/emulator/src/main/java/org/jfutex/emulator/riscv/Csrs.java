package org.jfutex.emulator.riscv;

/** Zicsr, as far as a user program can see it: the floating-point state, and the counters, which it may only read. */
final class Csrs {

    private static final int FFLAGS = 0x001;
    private static final int FRM = 0x002;
    private static final int FCSR = 0x003;
    private static final int CYCLE = 0xc00;
    private static final int TIME = 0xc01;
    private static final int INSTRET = 0xc02;

    private Csrs() {}

    /** Executes an instruction; returns false if the register does not exist or cannot be written. */
    static boolean execute(Hart hart, int word) {
        int number = word >>> 20;
        int rd = word >>> 7 & 31;
        int source = word >>> 15 & 31;
        long before;
        switch (number) {
            case FFLAGS -> before = hart.fcsr & 31;
            case FRM -> before = hart.fcsr >>> 5 & 7;
            case FCSR -> before = hart.fcsr;
            case CYCLE, TIME, INSTRET -> before = System.nanoTime();
            default -> {
                return false;
            }
        }
        long operand = (word >>> 14 & 1) == 1 ? source : hart.x[source];
        int kind = word >>> 12 & 3; // 1 writes, 2 sets bits, 3 clears bits
        if (kind == 1 || source != 0) {
            long now = kind == 1 ? operand : kind == 2 ? before | operand : before & ~operand;
            switch (number) {
                case FFLAGS -> hart.fcsr = hart.fcsr & 0xe0 | (int) now & 31;
                case FRM -> hart.fcsr = hart.fcsr & 31 | ((int) now & 7) << 5;
                case FCSR -> hart.fcsr = (int) now & 255;
                default -> {
                    return false;
                }
            }
        }
        hart.x[rd == 0 ? Hart.NOWHERE : rd] = before;
        return true;
    }
}
