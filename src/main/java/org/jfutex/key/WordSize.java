package org.jfutex.key;

/**
 * The size of a futex word.
 *
 * <p>Linux defines all four (the futex2 flags of 6.7) and serves 32 bits; WebAssembly needs 32 and 64. Words are naturally
 * aligned. A word narrower than 64 bits travels zero-extended in a {@code long}.
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
     * The size, which is also the alignment.
     *
     * @return 1, 2, 4 or 8 bytes
     */
    public int bytes() {
        return bytes;
    }

    /**
     * The values that a word of this size can hold.
     *
     * @return as many one bits as the word has, from the lowest up
     */
    public long mask() {
        return -1L >>> (64 - 8 * bytes);
    }
}
