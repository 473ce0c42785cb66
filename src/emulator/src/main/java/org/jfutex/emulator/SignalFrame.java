package org.jfutex.emulator;

import java.nio.ByteBuffer;
import org.jfutex.emulator.riscv.Hart;

/**
 * The frame of a signal handler on the guest's stack: struct rt_sigframe of RISC-V.
 *
 * <pre>
 *      0   siginfo_t          the signal
 *    128   uc_flags, uc_link
 *    144   uc_stack           the alternate stack: address, flags, size
 *    168   uc_sigmask         the mask to restore
 *    304   pc, x1 to x31
 *    560   f0 to f31, fcsr
 *   1088   end
 * </pre>
 */
final class SignalFrame {

    /** The size in bytes, a multiple of 16. */
    static final int SIZE = 1088;

    static final int CONTEXT = 128;
    private static final int STACK = CONTEXT + 16;
    private static final int MASK = CONTEXT + 40;
    private static final int REGISTERS = CONTEXT + 176;
    private static final int FLOATS = REGISTERS + 256;

    private SignalFrame() {}

    /** Writes the frame of a signal for the present registers and mask. */
    static void write(GuestThread thread, long address, SignalInfo info) {
        ByteBuffer frame = ProgramMemory.buffer(SIZE);
        frame.put(0, describe(info), 0, CONTEXT);
        frame.putLong(STACK, thread.alternateStack).putInt(STACK + 8, thread.alternateFlags());
        frame.putLong(STACK + 16, thread.alternateSize).putLong(MASK, thread.signalMask);
        Hart hart = thread.hart;
        frame.putLong(REGISTERS, hart.pc);
        for (int i = 1; i < 32; i++) {
            frame.putLong(REGISTERS + 8 * i, hart.x[i]);
        }
        for (int i = 0; i < 32; i++) {
            frame.putLong(FLOATS + 8 * i, hart.f[i]);
        }
        frame.putInt(FLOATS + 256, hart.fcsr);
        thread.memory().write(address, frame);
    }

    /** Returns a siginfo_t. */
    static ByteBuffer describe(SignalInfo info) {
        return ProgramMemory.buffer(CONTEXT)
                .putInt(0, info.number())
                .putInt(8, info.code())
                .putInt(16, info.first())
                .putInt(20, info.second())
                .putLong(24, info.value());
    }

    /** Restores the registers from a frame, which the handler may have changed. Returns the mask to restore. */
    static long restore(GuestThread thread, long address) {
        ByteBuffer frame = thread.memory().read(address, SIZE);
        Hart hart = thread.hart;
        hart.pc = frame.getLong(REGISTERS);
        for (int i = 1; i < 32; i++) {
            hart.x[i] = frame.getLong(REGISTERS + 8 * i);
        }
        for (int i = 0; i < 32; i++) {
            hart.f[i] = frame.getLong(FLOATS + 8 * i);
        }
        hart.fcsr = frame.getInt(FLOATS + 256);
        hart.dropReservation();
        return frame.getLong(MASK);
    }
}
