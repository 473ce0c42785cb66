package org.jfutex.key;

/**
 * The size of a futex word.
 *
 * <p>Linux defines all four sizes (the futex2 flags of 6.7) and implements 32 bits. WebAssembly needs 32 and 64 bits.
 * Words are naturally aligned. A {@code long} holds a word narrower than 64 bits zero-extended.
 */
public enum WordSize {
    /** 8 bits. */
    U8(1),
    /** 16 bits. */
    U16(2),
    /** 32 bits, the futex word of Linux. */
    U32(4),
    /** 64 bits. */
    U64(8);

    private final int bytes;

    WordSize(int bytes) {
        this.bytes = bytes;
    }

    /**
     * Returns the size, which is also the alignment.
     *
     * @return 1, 2, 4 or 8 bytes
     */
    public int bytes() {
        return bytes;
    }

    /**
     * Returns the mask of the bits that a word of this size can hold.
     *
     * @return the mask, with one bit set for each bit of the word, starting at bit 0
     */
    public long mask() {
        return -1L >>> (64 - 8 * bytes);
    }
}
