package org.jfutex.key;

/**
 * Checks for free stack before an operation takes a lock, so that the operation cannot run out of stack halfway. An
 * implementation of {@link FutexMemory} that takes locks should call these checks, too.
 *
 * <p>A {@link StackOverflowError} between two steps that belong together could leave a queue half changed, a lock held
 * for ever, or a woken thread asleep. So an operation checks the stack before it takes a lock. If the check fails,
 * nothing has changed.
 */
public final class StackGuard {

    /*
     * No method of the JDK returns how much stack is left, but the JVM checks at the entry of every method whether its
     * frame fits. The interpreter checks for a frame with all of the method's variables. Compiled code has smaller
     * frames, but it may be deoptimized into interpreter frames at any moment. So it checks for those, including the
     * frames of inlined methods. Hence 256 unused variables are a check for 4 KiB, which compiled code merges into the
     * check of the caller. If the variables are removed, FaultTest fails.
     */

    @SuppressWarnings("NonFinalStaticField") // if a compiler could prove that it is false, it would drop the check
    private static boolean never;

    private StackGuard() {}

    /**
     * Checks for enough stack for the part of an operation that runs under a lock, and for the part after it.
     *
     * @throws StackOverflowError if the stack is too small
     */
    @SuppressWarnings("unused")
    public static void check() {
        long a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, c0, c1, c2, c3, c4, c5;
        long c6, c7, c8, c9, d0, d1, d2, d3, d4, d5, d6, d7, d8, d9, e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, f0, f1;
        long f2, f3, f4, f5, f6, f7, f8, f9, g0, g1, g2, g3, g4, g5, g6, g7, g8, g9, h0, h1, h2, h3, h4, h5, h6, h7;
        long h8, h9, i0, i1, i2, i3, i4, i5, i6, i7, i8, i9, j0, j1, j2, j3, j4, j5, j6, j7, j8, j9, k0, k1, k2, k3;
        long k4, k5, k6, k7, k8, k9, l0, l1, l2, l3, l4, l5, l6, l7, l8, l9, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9;
        long n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, o0, o1, o2, o3, o4, o5, o6, o7, o8, o9, p0, p1, p2, p3, p4, p5;
        long p6, p7, p8, p9, q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, s0, s1;
        long s2, s3, s4, s5, s6, s7, s8, s9, t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, u0, u1, u2, u3, u4, u5, u6, u7;
        long u8, u9, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, x0, x1, x2, x3;
        long x4, x5, x6, x7, x8, x9, y0, y1, y2, y3, y4, y5, y6, y7, y8, y9, z0, z1, z2, z3, z4, z5;
        if (never) {
            throw new AssertionError();
        }
    }

    /**
     * Checks for twice as much stack as {@link #check}. Call this method before you call code that itself calls
     * {@link #check}, some frames deeper, and must not fail there. Compiled code checks whole pages only, so a check
     * for less than two pages would be one for a single page.
     *
     * <p>For example, a lock frees its word first and wakes a waiter afterwards. It checks the stack before it frees
     * the word. Otherwise a caller that is deep in its stack would free the word and wake no waiter.
     *
     * @throws StackOverflowError if the stack is too small
     */
    @SuppressWarnings("unused")
    public static void checkDeep() {
        long a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, c0, c1, c2, c3, c4, c5;
        long c6, c7, c8, c9, d0, d1, d2, d3, d4, d5, d6, d7, d8, d9, e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, f0, f1;
        long f2, f3, f4, f5, f6, f7, f8, f9, g0, g1, g2, g3, g4, g5, g6, g7, g8, g9, h0, h1, h2, h3, h4, h5, h6, h7;
        long h8, h9, i0, i1, i2, i3, i4, i5, i6, i7, i8, i9, j0, j1, j2, j3, j4, j5, j6, j7, j8, j9, k0, k1, k2, k3;
        long k4, k5, k6, k7, k8, k9, l0, l1, l2, l3, l4, l5, l6, l7, l8, l9, m0, m1, m2, m3, m4, m5, m6, m7, m8, m9;
        long n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, o0, o1, o2, o3, o4, o5, o6, o7, o8, o9, p0, p1, p2, p3, p4, p5;
        long p6, p7, p8, p9, q0, q1, q2, q3, q4, q5, q6, q7, q8, q9, r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, s0, s1;
        long s2, s3, s4, s5, s6, s7, s8, s9, t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, u0, u1, u2, u3, u4, u5, u6, u7;
        long u8, u9, v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, x0, x1, x2, x3;
        long x4, x5, x6, x7, x8, x9, y0, y1, y2, y3, y4, y5, y6, y7, y8, y9, z0, z1, z2, z3, z4, z5, z6, z7, z8, z9;
        long za0, za1, za2, za3, za4, za5, za6, za7, za8, za9, zb0, zb1, zb2, zb3, zb4, zb5, zb6, zb7, zb8, zb9;
        long zc0, zc1, zc2, zc3, zc4, zc5, zc6, zc7, zc8, zc9, zd0, zd1, zd2, zd3, zd4, zd5, zd6, zd7, zd8, zd9;
        long ze0, ze1, ze2, ze3, ze4, ze5, ze6, ze7, ze8, ze9, zf0, zf1, zf2, zf3, zf4, zf5, zf6, zf7, zf8, zf9;
        long zg0, zg1, zg2, zg3, zg4, zg5, zg6, zg7, zg8, zg9, zh0, zh1, zh2, zh3, zh4, zh5, zh6, zh7, zh8, zh9;
        long zi0, zi1, zi2, zi3, zi4, zi5, zi6, zi7, zi8, zi9, zj0, zj1, zj2, zj3, zj4, zj5, zj6, zj7, zj8, zj9;
        long zk0, zk1, zk2, zk3, zk4, zk5, zk6, zk7, zk8, zk9, zl0, zl1, zl2, zl3, zl4, zl5, zl6, zl7, zl8, zl9;
        long zm0, zm1, zm2, zm3, zm4, zm5, zm6, zm7, zm8, zm9, zn0, zn1, zn2, zn3, zn4, zn5, zn6, zn7, zn8, zn9;
        long zo0, zo1, zo2, zo3, zo4, zo5, zo6, zo7, zo8, zo9, zp0, zp1, zp2, zp3, zp4, zp5, zp6, zp7, zp8, zp9;
        long zq0, zq1, zq2, zq3, zq4, zq5, zq6, zq7, zq8, zq9, zr0, zr1, zr2, zr3, zr4, zr5, zr6, zr7, zr8, zr9;
        long zs0, zs1, zs2, zs3, zs4, zs5, zs6, zs7, zs8, zs9, zt0, zt1, zt2, zt3, zt4, zt5, zt6, zt7, zt8, zt9;
        long zu0, zu1, zu2, zu3, zu4, zu5, zu6, zu7, zu8, zu9, zv0, zv1, zv2, zv3, zv4, zv5, zv6, zv7, zv8, zv9;
        long zw0, zw1, zw2, zw3, zw4, zw5, zw6, zw7, zw8, zw9, zx0, zx1, zx2, zx3, zx4, zx5, zx6, zx7, zx8, zx9;
        long zy0, zy1, zy2, zy3, zy4, zy5, zy6, zy7, zy8, zy9, zz0, zz1, zz2, zz3, zz4, zz5;
        if (never) {
            throw new AssertionError();
        }
    }
}
