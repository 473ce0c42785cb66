package org.jfutex.key;

/**
 * Hash functions of the three kinds of keys. Hashes of different kinds and owners lie far apart. Within one kind and
 * owner, a hash grows with the position.
 */
final class Hash {

    static final long PRIVATE = 0;
    static final long ANONYMOUS = 0xD6E8_FEB8_6659_FD93L;
    static final long SHARED = 0xA076_1D64_78BD_642FL;

    private Hash() {}

    static long of(long kind, long seed, long position) {
        return position + seed + kind;
    }

    /** Returns a seed for an owner that has none of its own. */
    static long seed(Object owner) {
        return System.identityHashCode(owner) * 0x9E37_79B9_7F4A_7C15L;
    }
}
