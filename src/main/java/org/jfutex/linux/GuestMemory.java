package org.jfutex.linux;

import java.nio.ByteOrder;
import org.jfutex.key.FutexMemory;

/**
 * Reads and writes numbers of a guest's structures at any address, as copy_from_user and put_user do.
 *
 * <p>A {@link FutexMemory} has aligned words only, so a misaligned number is composed of the two words around it.
 * Either the whole number is written or nothing.
 */
record GuestMemory(FutexMemory memory, Abi abi) {

    private boolean littleEndian() {
        return abi.byteOrder() == ByteOrder.LITTLE_ENDIAN;
    }

    /** Reads 32 bits. */
    int loadInt(long address) {
        int shift = 8 * (int) (address & 3);
        if (shift == 0) {
            return memory.load(address);
        }
        int first = memory.load(address - shift / 8);
        int second = memory.load(address - shift / 8 + 4);
        return littleEndian() ? first >>> shift | second << (32 - shift) : first << shift | second >>> (32 - shift);
    }

    /** Reads 64 bits. */
    long loadLong(long address) {
        long first = Integer.toUnsignedLong(loadInt(address));
        long second = Integer.toUnsignedLong(loadInt(address + 4));
        return littleEndian() ? second << 32 | first : first << 32 | second;
    }

    /** Reads a C long, sign-extended. */
    long loadWord(long address) {
        return abi.bits() == 64 ? loadLong(address) : loadInt(address);
    }

    /** Reads a pointer, or an unsigned C long. */
    long loadPointer(long address) {
        return abi.register(loadWord(address));
    }

    /** Writes 32 bits. */
    void storeInt(long address, int value) {
        int shift = 8 * (int) (address & 3);
        if (shift == 0) {
            memory.getAndSet(address, value);
            return;
        }
        long first = address - shift / 8;
        touch(first + 4);
        if (littleEndian()) {
            replace(first, -1 << shift, value << shift);
            replace(first + 4, -1 >>> (32 - shift), value >>> (32 - shift));
        } else {
            replace(first, -1 >>> shift, value >>> shift);
            replace(first + 4, -1 << (32 - shift), value << (32 - shift));
        }
    }

    /** Writes a pointer or a C long. */
    void storeWord(long address, long value) {
        if (abi.bits() == 32) {
            storeInt(address, (int) value);
        } else {
            touch((address + 7) & ~3);
            storeInt(address, (int) (littleEndian() ? value : value >>> 32));
            storeInt(address + 4, (int) (littleEndian() ? value >>> 32 : value));
        }
    }

    /** Faults if the last word of a number cannot be written, before its first word is written. */
    private void touch(long address) {
        replace(address, 0, 0);
    }

    private void replace(long address, int mask, int bits) {
        for (int seen = memory.load(address); ; ) {
            int before = memory.compareAndExchange(address, seen, (seen & ~mask) | bits);
            if (before == seen) {
                return;
            }
            seen = before;
        }
    }
}
