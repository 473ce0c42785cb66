package org.jfutex.explore;

/** A hash of a sequence of numbers. */
final class Mix {

    private Mix() {}

    /** Returns the hash of a sequence with one more number. */
    static long add(long hash, long value) {
        long z = (Long.rotateLeft(hash, 23) + 0x632B_E59B_D9B4_E019L) * 0x9E37_79B9_7F4A_7C15L + value; // 0, 0 is not 0
        z = (z ^ z >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ z >>> 27) * 0x94D0_49BB_1331_11EBL;
        return z ^ z >>> 31;
    }
}
