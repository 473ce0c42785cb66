package org.jfutex;

/** Tells whether class initializers that must not fail half-way have the stack that they need. */
final class StackProbe {

    /** Several times what the deepest of them needs, in frames of {@link #recurse}: about 100 KiB. */
    private static final int FRAMES = 512;

    private StackProbe() {}

    /** Returns whether there is stack for the initializers of many classes, which would be lost for good without. */
    static boolean fitsInitializers() {
        try {
            return recurse(FRAMES, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) == FRAMES;
        } catch (StackOverflowError e) {
            return false;
        }
    }

    /** Takes so many frames of at least 128 bytes, compiled or not, for its arguments. */
    private static int recurse(
            int frames,
            long a,
            long b,
            long c,
            long d,
            long e,
            long f,
            long g,
            long h,
            long i,
            long j,
            long k,
            long l,
            long m,
            long n,
            long o,
            long p) {
        return frames == 0
                ? (int) (a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p)
                : 1 + recurse(frames - 1, p, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o);
    }
}
