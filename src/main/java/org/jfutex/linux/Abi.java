package org.jfutex.linux;

import static java.util.Objects.requireNonNull;

import java.nio.ByteOrder;

/**
 * The layout of a guest program's pointers and longs: 32 or 64 bits, little or big endian.
 *
 * @param bits the size of a pointer and of a C long, 32 or 64
 * @param byteOrder the byte order of structures in memory, which must be the {@link
 *     org.jfutex.key.FutexMemory#byteOrder} of the guest's memory
 */
public record Abi(int bits, ByteOrder byteOrder) {

    /** 64 bits, little endian: x86-64, AArch64, RISC-V. */
    public static final Abi LP64 = new Abi(64, ByteOrder.LITTLE_ENDIAN);

    /** 32 bits, little endian: i386, ARM; the compat calls of a 64-bit kernel. */
    public static final Abi ILP32 = new Abi(32, ByteOrder.LITTLE_ENDIAN);

    /**
     * Creates a layout.
     *
     * @throws IllegalArgumentException if {@code bits} is neither 32 nor 64
     */
    public Abi {
        requireNonNull(byteOrder, "byteOrder");
        if (bits != 32 && bits != 64) {
            throw new IllegalArgumentException("pointers of " + bits + " bits, not 32 or 64");
        }
    }

    /** Returns the part of a register that this ABI uses, zero-extended. */
    long register(long value) {
        return bits == 64 ? value : value & 0xffff_ffffL;
    }

    int wordBytes() {
        return bits / 8;
    }
}
