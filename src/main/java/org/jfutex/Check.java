package org.jfutex;

import org.jfutex.key.Access;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.WordSize;

/** The refusals, in the caller's words, before anything is locked or changed. */
final class Check {

    private Check() {}

    static void aligned(long address, WordSize size) {
        if ((address & (size.bytes() - 1)) != 0) {
            throw new IllegalArgumentException(
                    "address 0x" + Long.toHexString(address) + " is not a multiple of " + size.bytes());
        }
    }

    static void userAddress(FutexMemory memory, long address) {
        if (!memory.isUserAddress(address)) {
            throw new MemoryFaultException(address, Access.READ);
        }
    }

    static void count(int count) {
        if (count < 0) {
            throw new IllegalArgumentException("a count of " + count + " waiters is negative");
        }
    }

    static void bitset(int bitset) {
        if (bitset == 0) {
            throw new IllegalArgumentException("a bitset of 0 reaches nobody");
        }
    }

    static void value(long value, WordSize size) {
        if ((value & ~size.mask()) != 0) {
            throw new IllegalArgumentException(
                    "value 0x" + Long.toHexString(value) + " does not fit a word of " + size.bytes() + " bytes");
        }
    }
}
