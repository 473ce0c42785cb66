package org.jfutex.key;

/**
 * Checks for free stack before an operation changes anything, so that the operation cannot run out of stack halfway. An
 * implementation of {@link FutexMemory} that takes locks should call these checks, too.
 *
 * <p>A {@link StackOverflowError} between two steps that belong together could leave a queue half changed, a lock held
 * for ever, or a woken thread asleep. So an operation checks the stack before its first step. If the check fails,
 * nothing has changed.
 *
 * <p>Code that runs between two such steps may call code that checks the stack itself. That inner check must not fail,
 * so the outer check covers it. There are four levels. Each covers the frames of its own level and one check of the
 * level above it in this table:
 *
 * <table>
 * <caption>The levels</caption>
 * <tr><th>check</th><th>bytes</th><th>the part of the program that it covers</th></tr>
 * <tr><td>{@link #check}</td><td>4 KiB</td><td>a part under one lock that calls nothing which checks the stack; a
 *     write to a page</td></tr>
 * <tr><td>{@link #checkDeep}</td><td>8 KiB</td><td>an operation of a table, with the notification of threads and
 *     callbacks; an operation that uses a file: a page fault, a change of mappings</td></tr>
 * <tr><td>{@link #checkCall}</td><td>16 KiB</td><td>a call that accesses memory and performs operations after its first
 *     step: the release of a lock and the wake that follows, the report of a changed mapping, the hand-over of the PI
 *     locks of a task</td></tr>
 * <tr><td>{@link #checkExit}</td><td>32 KiB</td><td>a sequence of calls: the exit of a task</td></tr>
 * </table>
 *
 * <p>Two checks of one level must not be nested between steps that belong together: the inner one would need more stack
 * than the outer one has checked for. Callbacks and listeners of a caller are not covered. If one of these runs out of
 * stack, that is handled like any other exception of it.
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
     * Checks for 4 KiB of stack: enough for a part that runs under one lock, and for the release of the lock.
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
     * Checks for 8 KiB of stack: enough for an operation that calls code that itself calls {@link #check}, some frames
     * deeper, and must not fail there. Compiled code checks whole pages only, so a check for less than two pages would
     * be one for a single page.
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

    /**
     * Checks for 16 KiB of stack: enough for a call that performs operations after its first step.
     *
     * <p>For example, a lock frees its word first and wakes a waiter afterwards. It checks the stack before it frees
     * the word. Otherwise a caller that is deep in its stack would free the word and wake no waiter. The wake itself
     * may serve a page fault, which checks for 8 KiB.
     *
     * @throws StackOverflowError if the stack is too small
     */
    @SuppressWarnings("unused")
    public static void checkCall() {
        long aa0, aa1, aa2, aa3, aa4, aa5, aa6, aa7, aa8, aa9, ab0, ab1, ab2, ab3, ab4, ab5, ab6, ab7, ab8, ab9, ac0;
        long ac1, ac2, ac3, ac4, ac5, ac6, ac7, ac8, ac9, ad0, ad1, ad2, ad3, ad4, ad5, ad6, ad7, ad8, ad9, ae0, ae1;
        long ae2, ae3, ae4, ae5, ae6, ae7, ae8, ae9, af0, af1, af2, af3, af4, af5, af6, af7, af8, af9, ag0, ag1, ag2;
        long ag3, ag4, ag5, ag6, ag7, ag8, ag9, ah0, ah1, ah2, ah3, ah4, ah5, ah6, ah7, ah8, ah9, ai0, ai1, ai2, ai3;
        long ai4, ai5, ai6, ai7, ai8, ai9, aj0, aj1, aj2, aj3, aj4, aj5, aj6, aj7, aj8, aj9, ak0, ak1, ak2, ak3, ak4;
        long ak5, ak6, ak7, ak8, ak9, al0, al1, al2, al3, al4, al5, al6, al7, al8, al9, am0, am1, am2, am3, am4, am5;
        long am6, am7, am8, am9, an0, an1, an2, an3, an4, an5, an6, an7, an8, an9, ao0, ao1, ao2, ao3, ao4, ao5, ao6;
        long ao7, ao8, ao9, ap0, ap1, ap2, ap3, ap4, ap5, ap6, ap7, ap8, ap9, aq0, aq1, aq2, aq3, aq4, aq5, aq6, aq7;
        long aq8, aq9, ar0, ar1, ar2, ar3, ar4, ar5, ar6, ar7, ar8, ar9, as0, as1, as2, as3, as4, as5, as6, as7, as8;
        long as9, at0, at1, at2, at3, at4, at5, at6, at7, at8, at9, au0, au1, au2, au3, au4, au5, au6, au7, au8, au9;
        long av0, av1, av2, av3, av4, av5, av6, av7, av8, av9, aw0, aw1, aw2, aw3, aw4, aw5, aw6, aw7, aw8, aw9, ax0;
        long ax1, ax2, ax3, ax4, ax5, ax6, ax7, ax8, ax9, ay0, ay1, ay2, ay3, ay4, ay5, ay6, ay7, ay8, ay9, az0, az1;
        long az2, az3, az4, az5, az6, az7, az8, az9, ba0, ba1, ba2, ba3, ba4, ba5, ba6, ba7, ba8, ba9, bb0, bb1, bb2;
        long bb3, bb4, bb5, bb6, bb7, bb8, bb9, bc0, bc1, bc2, bc3, bc4, bc5, bc6, bc7, bc8, bc9, bd0, bd1, bd2, bd3;
        long bd4, bd5, bd6, bd7, bd8, bd9, be0, be1, be2, be3, be4, be5, be6, be7, be8, be9, bf0, bf1, bf2, bf3, bf4;
        long bf5, bf6, bf7, bf8, bf9, bg0, bg1, bg2, bg3, bg4, bg5, bg6, bg7, bg8, bg9, bh0, bh1, bh2, bh3, bh4, bh5;
        long bh6, bh7, bh8, bh9, bi0, bi1, bi2, bi3, bi4, bi5, bi6, bi7, bi8, bi9, bj0, bj1, bj2, bj3, bj4, bj5, bj6;
        long bj7, bj8, bj9, bk0, bk1, bk2, bk3, bk4, bk5, bk6, bk7, bk8, bk9, bl0, bl1, bl2, bl3, bl4, bl5, bl6, bl7;
        long bl8, bl9, bm0, bm1, bm2, bm3, bm4, bm5, bm6, bm7, bm8, bm9, bn0, bn1, bn2, bn3, bn4, bn5, bn6, bn7, bn8;
        long bn9, bo0, bo1, bo2, bo3, bo4, bo5, bo6, bo7, bo8, bo9, bp0, bp1, bp2, bp3, bp4, bp5, bp6, bp7, bp8, bp9;
        long bq0, bq1, bq2, bq3, bq4, bq5, bq6, bq7, bq8, bq9, br0, br1, br2, br3, br4, br5, br6, br7, br8, br9, bs0;
        long bs1, bs2, bs3, bs4, bs5, bs6, bs7, bs8, bs9, bt0, bt1, bt2, bt3, bt4, bt5, bt6, bt7, bt8, bt9, bu0, bu1;
        long bu2, bu3, bu4, bu5, bu6, bu7, bu8, bu9, bv0, bv1, bv2, bv3, bv4, bv5, bv6, bv7, bv8, bv9, bw0, bw1, bw2;
        long bw3, bw4, bw5, bw6, bw7, bw8, bw9, bx0, bx1, bx2, bx3, bx4, bx5, bx6, bx7, bx8, bx9, by0, by1, by2, by3;
        long by4, by5, by6, by7, by8, by9, bz0, bz1, bz2, bz3, bz4, bz5, bz6, bz7, bz8, bz9, ca0, ca1, ca2, ca3, ca4;
        long ca5, ca6, ca7, ca8, ca9, cb0, cb1, cb2, cb3, cb4, cb5, cb6, cb7, cb8, cb9, cc0, cc1, cc2, cc3, cc4, cc5;
        long cc6, cc7, cc8, cc9, cd0, cd1, cd2, cd3, cd4, cd5, cd6, cd7, cd8, cd9, ce0, ce1, ce2, ce3, ce4, ce5, ce6;
        long ce7, ce8, ce9, cf0, cf1, cf2, cf3, cf4, cf5, cf6, cf7, cf8, cf9, cg0, cg1, cg2, cg3, cg4, cg5, cg6, cg7;
        long cg8, cg9, ch0, ch1, ch2, ch3, ch4, ch5, ch6, ch7, ch8, ch9, ci0, ci1, ci2, ci3, ci4, ci5, ci6, ci7, ci8;
        long ci9, cj0, cj1, cj2, cj3, cj4, cj5, cj6, cj7, cj8, cj9, ck0, ck1, ck2, ck3, ck4, ck5, ck6, ck7, ck8, ck9;
        long cl0, cl1, cl2, cl3, cl4, cl5, cl6, cl7, cl8, cl9, cm0, cm1, cm2, cm3, cm4, cm5, cm6, cm7, cm8, cm9, cn0;
        long cn1, cn2, cn3, cn4, cn5, cn6, cn7, cn8, cn9, co0, co1, co2, co3, co4, co5, co6, co7, co8, co9, cp0, cp1;
        long cp2, cp3, cp4, cp5, cp6, cp7, cp8, cp9, cq0, cq1, cq2, cq3, cq4, cq5, cq6, cq7, cq8, cq9, cr0, cr1, cr2;
        long cr3, cr4, cr5, cr6, cr7, cr8, cr9, cs0, cs1, cs2, cs3, cs4, cs5, cs6, cs7, cs8, cs9, ct0, ct1, ct2, ct3;
        long ct4, ct5, ct6, ct7, ct8, ct9, cu0, cu1, cu2, cu3, cu4, cu5, cu6, cu7, cu8, cu9, cv0, cv1, cv2, cv3, cv4;
        long cv5, cv6, cv7, cv8, cv9, cw0, cw1, cw2, cw3, cw4, cw5, cw6, cw7, cw8, cw9, cx0, cx1, cx2, cx3, cx4, cx5;
        long cx6, cx7, cx8, cx9, cy0, cy1, cy2, cy3, cy4, cy5, cy6, cy7, cy8, cy9, cz0, cz1, cz2, cz3, cz4, cz5, cz6;
        long cz7, cz8, cz9, da0, da1, da2, da3, da4, da5, da6, da7, da8, da9, db0, db1, db2, db3, db4, db5, db6, db7;
        long db8, db9, dc0, dc1, dc2, dc3, dc4, dc5, dc6, dc7, dc8, dc9, dd0, dd1, dd2, dd3, dd4, dd5, dd6, dd7, dd8;
        long dd9, de0, de1, de2, de3, de4, de5, de6, de7, de8, de9, df0, df1, df2, df3, df4, df5, df6, df7, df8, df9;
        long dg0, dg1, dg2, dg3, dg4, dg5, dg6, dg7, dg8, dg9, dh0, dh1, dh2, dh3, dh4, dh5, dh6, dh7, dh8, dh9, di0;
        long di1, di2, di3, di4, di5, di6, di7, di8, di9, dj0, dj1, dj2, dj3, dj4, dj5, dj6, dj7, dj8, dj9, dk0, dk1;
        long dk2, dk3, dk4, dk5, dk6, dk7, dk8, dk9, dl0, dl1, dl2, dl3, dl4, dl5, dl6, dl7, dl8, dl9, dm0, dm1, dm2;
        long dm3, dm4, dm5, dm6, dm7, dm8, dm9, dn0, dn1, dn2, dn3, dn4, dn5, dn6, dn7, dn8, dn9, do0, do1, do2, do3;
        long do4, do5, do6, do7, do8, do9, dp0, dp1, dp2, dp3, dp4, dp5, dp6, dp7, dp8, dp9, dq0, dq1, dq2, dq3, dq4;
        long dq5, dq6, dq7, dq8, dq9, dr0, dr1, dr2, dr3, dr4, dr5, dr6, dr7, dr8, dr9, ds0, ds1, ds2, ds3, ds4, ds5;
        long ds6, ds7, ds8, ds9, dt0, dt1, dt2, dt3, dt4, dt5, dt6, dt7, dt8, dt9, du0, du1, du2, du3, du4, du5, du6;
        long du7, du8, du9, dv0, dv1, dv2, dv3, dv4, dv5, dv6, dv7, dv8, dv9, dw0, dw1, dw2, dw3, dw4, dw5, dw6, dw7;
        long dw8, dw9, dx0, dx1, dx2, dx3, dx4, dx5, dx6, dx7, dx8, dx9, dy0, dy1, dy2, dy3, dy4, dy5, dy6, dy7, dy8;
        long dy9;
        if (never) {
            throw new AssertionError();
        }
    }

    /**
     * Checks for 32 KiB of stack: enough for a sequence of calls that is not retried, such as the exit of a task.
     *
     * @throws StackOverflowError if the stack is too small
     */
    @SuppressWarnings("unused")
    public static void checkExit() {
        long aa0, aa1, aa2, aa3, aa4, aa5, aa6, aa7, aa8, aa9, ab0, ab1, ab2, ab3, ab4, ab5, ab6, ab7, ab8, ab9, ac0;
        long ac1, ac2, ac3, ac4, ac5, ac6, ac7, ac8, ac9, ad0, ad1, ad2, ad3, ad4, ad5, ad6, ad7, ad8, ad9, ae0, ae1;
        long ae2, ae3, ae4, ae5, ae6, ae7, ae8, ae9, af0, af1, af2, af3, af4, af5, af6, af7, af8, af9, ag0, ag1, ag2;
        long ag3, ag4, ag5, ag6, ag7, ag8, ag9, ah0, ah1, ah2, ah3, ah4, ah5, ah6, ah7, ah8, ah9, ai0, ai1, ai2, ai3;
        long ai4, ai5, ai6, ai7, ai8, ai9, aj0, aj1, aj2, aj3, aj4, aj5, aj6, aj7, aj8, aj9, ak0, ak1, ak2, ak3, ak4;
        long ak5, ak6, ak7, ak8, ak9, al0, al1, al2, al3, al4, al5, al6, al7, al8, al9, am0, am1, am2, am3, am4, am5;
        long am6, am7, am8, am9, an0, an1, an2, an3, an4, an5, an6, an7, an8, an9, ao0, ao1, ao2, ao3, ao4, ao5, ao6;
        long ao7, ao8, ao9, ap0, ap1, ap2, ap3, ap4, ap5, ap6, ap7, ap8, ap9, aq0, aq1, aq2, aq3, aq4, aq5, aq6, aq7;
        long aq8, aq9, ar0, ar1, ar2, ar3, ar4, ar5, ar6, ar7, ar8, ar9, as0, as1, as2, as3, as4, as5, as6, as7, as8;
        long as9, at0, at1, at2, at3, at4, at5, at6, at7, at8, at9, au0, au1, au2, au3, au4, au5, au6, au7, au8, au9;
        long av0, av1, av2, av3, av4, av5, av6, av7, av8, av9, aw0, aw1, aw2, aw3, aw4, aw5, aw6, aw7, aw8, aw9, ax0;
        long ax1, ax2, ax3, ax4, ax5, ax6, ax7, ax8, ax9, ay0, ay1, ay2, ay3, ay4, ay5, ay6, ay7, ay8, ay9, az0, az1;
        long az2, az3, az4, az5, az6, az7, az8, az9, ba0, ba1, ba2, ba3, ba4, ba5, ba6, ba7, ba8, ba9, bb0, bb1, bb2;
        long bb3, bb4, bb5, bb6, bb7, bb8, bb9, bc0, bc1, bc2, bc3, bc4, bc5, bc6, bc7, bc8, bc9, bd0, bd1, bd2, bd3;
        long bd4, bd5, bd6, bd7, bd8, bd9, be0, be1, be2, be3, be4, be5, be6, be7, be8, be9, bf0, bf1, bf2, bf3, bf4;
        long bf5, bf6, bf7, bf8, bf9, bg0, bg1, bg2, bg3, bg4, bg5, bg6, bg7, bg8, bg9, bh0, bh1, bh2, bh3, bh4, bh5;
        long bh6, bh7, bh8, bh9, bi0, bi1, bi2, bi3, bi4, bi5, bi6, bi7, bi8, bi9, bj0, bj1, bj2, bj3, bj4, bj5, bj6;
        long bj7, bj8, bj9, bk0, bk1, bk2, bk3, bk4, bk5, bk6, bk7, bk8, bk9, bl0, bl1, bl2, bl3, bl4, bl5, bl6, bl7;
        long bl8, bl9, bm0, bm1, bm2, bm3, bm4, bm5, bm6, bm7, bm8, bm9, bn0, bn1, bn2, bn3, bn4, bn5, bn6, bn7, bn8;
        long bn9, bo0, bo1, bo2, bo3, bo4, bo5, bo6, bo7, bo8, bo9, bp0, bp1, bp2, bp3, bp4, bp5, bp6, bp7, bp8, bp9;
        long bq0, bq1, bq2, bq3, bq4, bq5, bq6, bq7, bq8, bq9, br0, br1, br2, br3, br4, br5, br6, br7, br8, br9, bs0;
        long bs1, bs2, bs3, bs4, bs5, bs6, bs7, bs8, bs9, bt0, bt1, bt2, bt3, bt4, bt5, bt6, bt7, bt8, bt9, bu0, bu1;
        long bu2, bu3, bu4, bu5, bu6, bu7, bu8, bu9, bv0, bv1, bv2, bv3, bv4, bv5, bv6, bv7, bv8, bv9, bw0, bw1, bw2;
        long bw3, bw4, bw5, bw6, bw7, bw8, bw9, bx0, bx1, bx2, bx3, bx4, bx5, bx6, bx7, bx8, bx9, by0, by1, by2, by3;
        long by4, by5, by6, by7, by8, by9, bz0, bz1, bz2, bz3, bz4, bz5, bz6, bz7, bz8, bz9, ca0, ca1, ca2, ca3, ca4;
        long ca5, ca6, ca7, ca8, ca9, cb0, cb1, cb2, cb3, cb4, cb5, cb6, cb7, cb8, cb9, cc0, cc1, cc2, cc3, cc4, cc5;
        long cc6, cc7, cc8, cc9, cd0, cd1, cd2, cd3, cd4, cd5, cd6, cd7, cd8, cd9, ce0, ce1, ce2, ce3, ce4, ce5, ce6;
        long ce7, ce8, ce9, cf0, cf1, cf2, cf3, cf4, cf5, cf6, cf7, cf8, cf9, cg0, cg1, cg2, cg3, cg4, cg5, cg6, cg7;
        long cg8, cg9, ch0, ch1, ch2, ch3, ch4, ch5, ch6, ch7, ch8, ch9, ci0, ci1, ci2, ci3, ci4, ci5, ci6, ci7, ci8;
        long ci9, cj0, cj1, cj2, cj3, cj4, cj5, cj6, cj7, cj8, cj9, ck0, ck1, ck2, ck3, ck4, ck5, ck6, ck7, ck8, ck9;
        long cl0, cl1, cl2, cl3, cl4, cl5, cl6, cl7, cl8, cl9, cm0, cm1, cm2, cm3, cm4, cm5, cm6, cm7, cm8, cm9, cn0;
        long cn1, cn2, cn3, cn4, cn5, cn6, cn7, cn8, cn9, co0, co1, co2, co3, co4, co5, co6, co7, co8, co9, cp0, cp1;
        long cp2, cp3, cp4, cp5, cp6, cp7, cp8, cp9, cq0, cq1, cq2, cq3, cq4, cq5, cq6, cq7, cq8, cq9, cr0, cr1, cr2;
        long cr3, cr4, cr5, cr6, cr7, cr8, cr9, cs0, cs1, cs2, cs3, cs4, cs5, cs6, cs7, cs8, cs9, ct0, ct1, ct2, ct3;
        long ct4, ct5, ct6, ct7, ct8, ct9, cu0, cu1, cu2, cu3, cu4, cu5, cu6, cu7, cu8, cu9, cv0, cv1, cv2, cv3, cv4;
        long cv5, cv6, cv7, cv8, cv9, cw0, cw1, cw2, cw3, cw4, cw5, cw6, cw7, cw8, cw9, cx0, cx1, cx2, cx3, cx4, cx5;
        long cx6, cx7, cx8, cx9, cy0, cy1, cy2, cy3, cy4, cy5, cy6, cy7, cy8, cy9, cz0, cz1, cz2, cz3, cz4, cz5, cz6;
        long cz7, cz8, cz9, da0, da1, da2, da3, da4, da5, da6, da7, da8, da9, db0, db1, db2, db3, db4, db5, db6, db7;
        long db8, db9, dc0, dc1, dc2, dc3, dc4, dc5, dc6, dc7, dc8, dc9, dd0, dd1, dd2, dd3, dd4, dd5, dd6, dd7, dd8;
        long dd9, de0, de1, de2, de3, de4, de5, de6, de7, de8, de9, df0, df1, df2, df3, df4, df5, df6, df7, df8, df9;
        long dg0, dg1, dg2, dg3, dg4, dg5, dg6, dg7, dg8, dg9, dh0, dh1, dh2, dh3, dh4, dh5, dh6, dh7, dh8, dh9, di0;
        long di1, di2, di3, di4, di5, di6, di7, di8, di9, dj0, dj1, dj2, dj3, dj4, dj5, dj6, dj7, dj8, dj9, dk0, dk1;
        long dk2, dk3, dk4, dk5, dk6, dk7, dk8, dk9, dl0, dl1, dl2, dl3, dl4, dl5, dl6, dl7, dl8, dl9, dm0, dm1, dm2;
        long dm3, dm4, dm5, dm6, dm7, dm8, dm9, dn0, dn1, dn2, dn3, dn4, dn5, dn6, dn7, dn8, dn9, do0, do1, do2, do3;
        long do4, do5, do6, do7, do8, do9, dp0, dp1, dp2, dp3, dp4, dp5, dp6, dp7, dp8, dp9, dq0, dq1, dq2, dq3, dq4;
        long dq5, dq6, dq7, dq8, dq9, dr0, dr1, dr2, dr3, dr4, dr5, dr6, dr7, dr8, dr9, ds0, ds1, ds2, ds3, ds4, ds5;
        long ds6, ds7, ds8, ds9, dt0, dt1, dt2, dt3, dt4, dt5, dt6, dt7, dt8, dt9, du0, du1, du2, du3, du4, du5, du6;
        long du7, du8, du9, dv0, dv1, dv2, dv3, dv4, dv5, dv6, dv7, dv8, dv9, dw0, dw1, dw2, dw3, dw4, dw5, dw6, dw7;
        long dw8, dw9, dx0, dx1, dx2, dx3, dx4, dx5, dx6, dx7, dx8, dx9, dy0, dy1, dy2, dy3, dy4, dy5, dy6, dy7, dy8;
        long dy9, dz0, dz1, dz2, dz3, dz4, dz5, dz6, dz7, dz8, dz9, ea0, ea1, ea2, ea3, ea4, ea5, ea6, ea7, ea8, ea9;
        long eb0, eb1, eb2, eb3, eb4, eb5, eb6, eb7, eb8, eb9, ec0, ec1, ec2, ec3, ec4, ec5, ec6, ec7, ec8, ec9, ed0;
        long ed1, ed2, ed3, ed4, ed5, ed6, ed7, ed8, ed9, ee0, ee1, ee2, ee3, ee4, ee5, ee6, ee7, ee8, ee9, ef0, ef1;
        long ef2, ef3, ef4, ef5, ef6, ef7, ef8, ef9, eg0, eg1, eg2, eg3, eg4, eg5, eg6, eg7, eg8, eg9, eh0, eh1, eh2;
        long eh3, eh4, eh5, eh6, eh7, eh8, eh9, ei0, ei1, ei2, ei3, ei4, ei5, ei6, ei7, ei8, ei9, ej0, ej1, ej2, ej3;
        long ej4, ej5, ej6, ej7, ej8, ej9, ek0, ek1, ek2, ek3, ek4, ek5, ek6, ek7, ek8, ek9, el0, el1, el2, el3, el4;
        long el5, el6, el7, el8, el9, em0, em1, em2, em3, em4, em5, em6, em7, em8, em9, en0, en1, en2, en3, en4, en5;
        long en6, en7, en8, en9, eo0, eo1, eo2, eo3, eo4, eo5, eo6, eo7, eo8, eo9, ep0, ep1, ep2, ep3, ep4, ep5, ep6;
        long ep7, ep8, ep9, eq0, eq1, eq2, eq3, eq4, eq5, eq6, eq7, eq8, eq9, er0, er1, er2, er3, er4, er5, er6, er7;
        long er8, er9, es0, es1, es2, es3, es4, es5, es6, es7, es8, es9, et0, et1, et2, et3, et4, et5, et6, et7, et8;
        long et9, eu0, eu1, eu2, eu3, eu4, eu5, eu6, eu7, eu8, eu9, ev0, ev1, ev2, ev3, ev4, ev5, ev6, ev7, ev8, ev9;
        long ew0, ew1, ew2, ew3, ew4, ew5, ew6, ew7, ew8, ew9, ex0, ex1, ex2, ex3, ex4, ex5, ex6, ex7, ex8, ex9, ey0;
        long ey1, ey2, ey3, ey4, ey5, ey6, ey7, ey8, ey9, ez0, ez1, ez2, ez3, ez4, ez5, ez6, ez7, ez8, ez9, fa0, fa1;
        long fa2, fa3, fa4, fa5, fa6, fa7, fa8, fa9, fb0, fb1, fb2, fb3, fb4, fb5, fb6, fb7, fb8, fb9, fc0, fc1, fc2;
        long fc3, fc4, fc5, fc6, fc7, fc8, fc9, fd0, fd1, fd2, fd3, fd4, fd5, fd6, fd7, fd8, fd9, fe0, fe1, fe2, fe3;
        long fe4, fe5, fe6, fe7, fe8, fe9, ff0, ff1, ff2, ff3, ff4, ff5, ff6, ff7, ff8, ff9, fg0, fg1, fg2, fg3, fg4;
        long fg5, fg6, fg7, fg8, fg9, fh0, fh1, fh2, fh3, fh4, fh5, fh6, fh7, fh8, fh9, fi0, fi1, fi2, fi3, fi4, fi5;
        long fi6, fi7, fi8, fi9, fj0, fj1, fj2, fj3, fj4, fj5, fj6, fj7, fj8, fj9, fk0, fk1, fk2, fk3, fk4, fk5, fk6;
        long fk7, fk8, fk9, fl0, fl1, fl2, fl3, fl4, fl5, fl6, fl7, fl8, fl9, fm0, fm1, fm2, fm3, fm4, fm5, fm6, fm7;
        long fm8, fm9, fn0, fn1, fn2, fn3, fn4, fn5, fn6, fn7, fn8, fn9, fo0, fo1, fo2, fo3, fo4, fo5, fo6, fo7, fo8;
        long fo9, fp0, fp1, fp2, fp3, fp4, fp5, fp6, fp7, fp8, fp9, fq0, fq1, fq2, fq3, fq4, fq5, fq6, fq7, fq8, fq9;
        long fr0, fr1, fr2, fr3, fr4, fr5, fr6, fr7, fr8, fr9, fs0, fs1, fs2, fs3, fs4, fs5, fs6, fs7, fs8, fs9, ft0;
        long ft1, ft2, ft3, ft4, ft5, ft6, ft7, ft8, ft9, fu0, fu1, fu2, fu3, fu4, fu5, fu6, fu7, fu8, fu9, fv0, fv1;
        long fv2, fv3, fv4, fv5, fv6, fv7, fv8, fv9, fw0, fw1, fw2, fw3, fw4, fw5, fw6, fw7, fw8, fw9, fx0, fx1, fx2;
        long fx3, fx4, fx5, fx6, fx7, fx8, fx9, fy0, fy1, fy2, fy3, fy4, fy5, fy6, fy7, fy8, fy9, fz0, fz1, fz2, fz3;
        long fz4, fz5, fz6, fz7, fz8, fz9, ga0, ga1, ga2, ga3, ga4, ga5, ga6, ga7, ga8, ga9, gb0, gb1, gb2, gb3, gb4;
        long gb5, gb6, gb7, gb8, gb9, gc0, gc1, gc2, gc3, gc4, gc5, gc6, gc7, gc8, gc9, gd0, gd1, gd2, gd3, gd4, gd5;
        long gd6, gd7, gd8, gd9, ge0, ge1, ge2, ge3, ge4, ge5, ge6, ge7, ge8, ge9, gf0, gf1, gf2, gf3, gf4, gf5, gf6;
        long gf7, gf8, gf9, gg0, gg1, gg2, gg3, gg4, gg5, gg6, gg7, gg8, gg9, gh0, gh1, gh2, gh3, gh4, gh5, gh6, gh7;
        long gh8, gh9, gi0, gi1, gi2, gi3, gi4, gi5, gi6, gi7, gi8, gi9, gj0, gj1, gj2, gj3, gj4, gj5, gj6, gj7, gj8;
        long gj9, gk0, gk1, gk2, gk3, gk4, gk5, gk6, gk7, gk8, gk9, gl0, gl1, gl2, gl3, gl4, gl5, gl6, gl7, gl8, gl9;
        long gm0, gm1, gm2, gm3, gm4, gm5, gm6, gm7, gm8, gm9, gn0, gn1, gn2, gn3, gn4, gn5, gn6, gn7, gn8, gn9, go0;
        long go1, go2, go3, go4, go5, go6, go7, go8, go9, gp0, gp1, gp2, gp3, gp4, gp5, gp6, gp7, gp8, gp9, gq0, gq1;
        long gq2, gq3, gq4, gq5, gq6, gq7, gq8, gq9, gr0, gr1, gr2, gr3, gr4, gr5, gr6, gr7, gr8, gr9, gs0, gs1, gs2;
        long gs3, gs4, gs5, gs6, gs7, gs8, gs9, gt0, gt1, gt2, gt3, gt4, gt5, gt6, gt7, gt8, gt9, gu0, gu1, gu2, gu3;
        long gu4, gu5, gu6, gu7, gu8, gu9, gv0, gv1, gv2, gv3, gv4, gv5, gv6, gv7, gv8, gv9, gw0, gw1, gw2, gw3, gw4;
        long gw5, gw6, gw7, gw8, gw9, gx0, gx1, gx2, gx3, gx4, gx5, gx6, gx7, gx8, gx9, gy0, gy1, gy2, gy3, gy4, gy5;
        long gy6, gy7, gy8, gy9, gz0, gz1, gz2, gz3, gz4, gz5, gz6, gz7, gz8, gz9, ha0, ha1, ha2, ha3, ha4, ha5, ha6;
        long ha7, ha8, ha9, hb0, hb1, hb2, hb3, hb4, hb5, hb6, hb7, hb8, hb9, hc0, hc1, hc2, hc3, hc4, hc5, hc6, hc7;
        long hc8, hc9, hd0, hd1, hd2, hd3, hd4, hd5, hd6, hd7, hd8, hd9, he0, he1, he2, he3, he4, he5, he6, he7, he8;
        long he9, hf0, hf1, hf2, hf3, hf4, hf5, hf6, hf7, hf8, hf9, hg0, hg1, hg2, hg3, hg4, hg5, hg6, hg7, hg8, hg9;
        long hh0, hh1, hh2, hh3, hh4, hh5, hh6, hh7, hh8, hh9, hi0, hi1, hi2, hi3, hi4, hi5, hi6, hi7, hi8, hi9, hj0;
        long hj1, hj2, hj3, hj4, hj5, hj6, hj7, hj8, hj9, hk0, hk1, hk2, hk3, hk4, hk5, hk6, hk7, hk8, hk9, hl0, hl1;
        long hl2, hl3, hl4, hl5, hl6, hl7, hl8, hl9, hm0, hm1, hm2, hm3, hm4, hm5, hm6, hm7, hm8, hm9, hn0, hn1, hn2;
        long hn3, hn4, hn5, hn6, hn7, hn8, hn9, ho0, ho1, ho2, ho3, ho4, ho5, ho6, ho7, ho8, ho9, hp0, hp1, hp2, hp3;
        long hp4, hp5, hp6, hp7, hp8, hp9, hq0, hq1, hq2, hq3, hq4, hq5, hq6, hq7, hq8, hq9, hr0, hr1, hr2, hr3, hr4;
        long hr5, hr6, hr7, hr8, hr9, hs0, hs1, hs2, hs3, hs4, hs5, hs6, hs7, hs8, hs9, ht0, ht1, ht2, ht3, ht4, ht5;
        long ht6, ht7, ht8, ht9, hu0, hu1, hu2, hu3, hu4, hu5, hu6, hu7, hu8, hu9, hv0, hv1, hv2, hv3, hv4, hv5, hv6;
        long hv7, hv8, hv9, hw0, hw1, hw2, hw3, hw4, hw5, hw6, hw7, hw8, hw9, hx0, hx1, hx2, hx3, hx4, hx5, hx6, hx7;
        long hx8, hx9;
        if (never) {
            throw new AssertionError();
        }
    }
}
