package org.jfutex;

/** Checks whether the stack suffices for class initializers that must not fail halfway. */
final class StackProbe {

    /**
     * The number of frames of {@link #recurse} that take several times what the deepest initializer needs: about 100
     * KiB.
     */
    private static final int FRAMES = 512;

    private StackProbe() {}

    /**
     * Returns whether the stack suffices for the initializers of many classes. A class is unusable for good if its
     * initializer runs out of stack.
     */
    static boolean fitsInitializers() {
        try {
            return recurse(FRAMES, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) == FRAMES;
        } catch (StackOverflowError e) {
            return false;
        }
    }

    /** Uses this many frames of at least 128 bytes, compiled or not, for its arguments. */
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
