package org.jfutex;

import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.WordSize;

/** Argument checks, with messages in the caller's terms, made before anything is locked or changed. */
final class Preconditions {

    /** The highest priority. */
    static final int MAX_PRIORITY = 99;

    private Preconditions() {}

    static void aligned(long address, WordSize size) {
        aligned(address, size.bytes());
    }

    static void aligned(long address, int bytes) {
        if ((address & (bytes - 1)) != 0) {
            throw new IllegalArgumentException(
                    "address 0x" + Long.toHexString(address) + " is not a multiple of " + bytes);
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
            throw new IllegalArgumentException("a bitset of 0 matches no waiter");
        }
    }

    static void value(long value, WordSize size) {
        if ((value & ~size.mask()) != 0) {
            throw new IllegalArgumentException(
                    "value 0x" + Long.toHexString(value) + " does not fit a word of " + size.bytes() + " bytes");
        }
    }

    static void priority(int priority) {
        if (priority < 0 || priority > MAX_PRIORITY) {
            throw new IllegalArgumentException("priority " + priority + " is not within 0 to " + MAX_PRIORITY);
        }
    }

    static void differ(long from, long to) {
        if (from == to) {
            throw new IllegalArgumentException("a waiter of 0x" + Long.toHexString(from) + " cannot be requeued to it");
        }
    }

    static void differ(FutexKey from, FutexKey to) {
        if (from.equals(to)) {
            throw new IllegalArgumentException(
                    "a waiter of " + from + " cannot be requeued to it under another address");
        }
    }
}
