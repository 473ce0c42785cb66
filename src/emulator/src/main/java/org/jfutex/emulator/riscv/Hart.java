package org.jfutex.emulator.riscv;

/** The registers of one hardware thread. A thread that runs guest code owns one. */
public final class Hart {

    /** The index of the stack pointer. */
    public static final int SP = 2;
    /** The index of the return address. */
    public static final int RA = 1;
    /** The index of the thread pointer. */
    public static final int TP = 4;
    /** The index of the first argument and result. */
    public static final int A0 = 10;
    /** The index of the number of a system call. */
    public static final int A7 = 17;

    /** The register that takes what an instruction writes to register 0, which is always zero. */
    static final int NOWHERE = 32;

    /** The integer registers, and one that is never read. */
    public final long[] x = new long[33];

    /** The floating-point registers. A float is NaN-boxed: its upper half is all ones. */
    public final long[] f = new long[32];

    /** The address of the next instruction. After a fault, the address of the instruction that failed. */
    public long pc;

    /** The rounding mode in bits 5 to 7, the accrued exceptions in bits 0 to 4. */
    public int fcsr;

    /** Set by any thread to make {@link Interpreter#run} return soon. The thread of this hart clears it. */
    public volatile boolean attention;

    /** The address that LR has reserved, or -1. */
    long reservedAddress = -1;

    /** The value that LR has loaded. */
    long reservedValue;

    /** Creates a hart whose registers are zero. */
    public Hart() {}

    /**
     * Copies the registers of another hart, without its reservation.
     *
     * @param other the source
     */
    public void copyFrom(Hart other) {
        System.arraycopy(other.x, 0, x, 0, x.length);
        System.arraycopy(other.f, 0, f, 0, f.length);
        pc = other.pc;
        fcsr = other.fcsr;
        reservedAddress = -1;
    }

    /** Sets every register to zero, as at the start of a program. */
    public void clear() {
        copyFrom(new Hart());
    }

    /** Ends a reservation, as a trap or a context switch does. */
    public void dropReservation() {
        reservedAddress = -1;
    }
}
