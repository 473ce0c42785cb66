package org.jfutex.memory;

import org.jfutex.key.SharedKey;

/** The numbers of pages and addresses of an address space, and the checks of ranges. */
final class Addresses {

    static final int PAGE_SIZE = SharedKey.PAGE_SIZE;
    static final int PAGE_SHIFT = 12;
    static final int PAGE_MASK = PAGE_SIZE - 1;

    /** The end of the user addresses: as on x86-64, no program can map the last page below 2<sup>47</sup>. */
    static final long USER_END = (1L << 47) - PAGE_SIZE;

    private Addresses() {}

    /** Returns whether Linux accepts an address of a word. Like its check of pointers, this includes the end itself. */
    static boolean isUser(long address) {
        return address >= 0 && address <= USER_END;
    }

    static int offset(long address) {
        return (int) address & PAGE_MASK;
    }

    /** Returns the number of pages that a number of bytes needs. */
    static long pages(long bytes) {
        return (bytes + PAGE_MASK) >>> PAGE_SHIFT;
    }

    /** Returns a length rounded up to whole pages. Rejects a range that is not within the user addresses. */
    static long checkRange(long address, long length) {
        checkPage(address);
        if (!isRange(address, length)) {
            throw noRange(address, length);
        }
        return pages(length) << PAGE_SHIFT;
    }

    static boolean isRange(long address, long length) {
        return length >= 0 && address >= 0 && length <= USER_END - address;
    }

    /**
     * Returns the end of a range that may extend beyond the user addresses; that part counts as not mapped. Rejects a
     * range that wraps around.
     */
    static long endOf(long address, long length) {
        checkPage(address);
        long end = address + (pages(length) << PAGE_SHIFT);
        if (length < 0 || (address < 0 && end >= 0)) {
            throw noRange(address, length);
        }
        return address >= 0 && end < 0 ? Long.MAX_VALUE & -PAGE_SIZE : end;
    }

    private static IllegalArgumentException noRange(long address, long length) {
        return new IllegalArgumentException(
                length + " bytes at 0x" + Long.toHexString(address) + " are not a range of user addresses");
    }

    static void checkPage(long address) {
        if ((address & PAGE_MASK) != 0) {
            throw new IllegalArgumentException(
                    "address 0x" + Long.toHexString(address) + " is not a multiple of " + PAGE_SIZE);
        }
    }
}
