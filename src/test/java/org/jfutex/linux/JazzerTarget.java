package org.jfutex.linux;

import java.util.random.RandomGenerator;

/**
 * {@link CallFuzzer} as a target of Jazzer: the input bytes make the choices, so that coverage guides them.
 *
 * <pre>
 *     java -cp target/classes:target/test-classes:JAZZER:JUNIT com.code_intelligence.jazzer.Jazzer \
 *         --target_class=org.jfutex.linux.JazzerTarget \
 *         --instrumentation_includes=org.jfutex.** -max_len=2000 -max_total_time=600
 * </pre>
 *
 * <p>It compiles without Jazzer, so Jazzer is not a dependency. Jazzer 0.26.0 runs on JDK 17 and 25.
 */
public final class JazzerTarget {

    private JazzerTarget() {}

    /** The method that Jazzer calls. */
    public static void fuzzerTestOneInput(byte[] data) {
        Bytes bytes = new Bytes(data);
        CallFuzzer fuzzer = new CallFuzzer(bytes, CallFuzzer.NOTHING);
        try {
            while (!bytes.areUsedUp()) {
                fuzzer.step();
            }
            fuzzer.end();
        } catch (Throwable t) {
            throw new AssertionError(fuzzer.last() + ": " + t, t);
        }
        if (!fuzzer.table().waiters().isEmpty()) {
            throw new AssertionError("waiters are left: " + fuzzer.table().waiters());
        }
    }

    /** A random generator that reads its values from bytes, and zeros after the last byte. */
    private static final class Bytes implements RandomGenerator {

        private final byte[] data;
        private int used;

        Bytes(byte[] data) {
            this.data = data;
        }

        boolean areUsedUp() {
            return used >= data.length;
        }

        private int next() {
            return used < data.length ? data[used++] & 0xff : 0;
        }

        @Override
        public int nextInt(int bound) {
            return (bound <= 256 ? next() : nextInt() >>> 1) % bound;
        }

        @Override
        public int nextInt() {
            return next() | next() << 8 | next() << 16 | next() << 24;
        }

        @Override
        public long nextLong() {
            return (nextInt() & 0xffff_ffffL) | ((long) nextInt() << 32);
        }

        @Override
        public boolean nextBoolean() {
            return (next() & 1) != 0;
        }
    }
}
