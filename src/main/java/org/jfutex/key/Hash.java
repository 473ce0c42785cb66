package org.jfutex.key;

/** The hashes of the three kinds of keys: far apart for different kinds and owners, in step with the position within one. */
final class Hash {

    static final long PRIVATE = 0;
    static final long ANONYMOUS = 0xD6E8_FEB8_6659_FD93L;
    static final long SHARED = 0xA076_1D64_78BD_642FL;

    private Hash() {}

    static long of(long kind, long seed, long position) {
        return position + seed + kind;
    }

    /** A seed for an owner that has none of its own. */
    static long seed(Object owner) {
        return System.identityHashCode(owner) * 0x9E37_79B9_7F4A_7C15L;
    }
}
