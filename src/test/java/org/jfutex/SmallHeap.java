package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A separate JVM with a small heap, and methods that fill the heap up to the last object. */
public final class SmallHeap {

    private static final int MOST = 100_000; // objects

    @SuppressWarnings("unused")
    private static volatile @Nullable Object @Nullable [] ballast;

    private SmallHeap() {}

    /** An operation that runs in a full heap. */
    public interface Deed {
        /** Runs the operation. */
        void run() throws Exception;
    }

    /** Runs a class's main method in a small heap. Fails with its output unless its exit status is 0. */
    public static void runMainOf(Class<?> test, Path directory) throws Exception {
        Path output = directory.resolve("output");
        Process java = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:-UseTLAB", // any thread can use the remaining space
                        "-Xmx8m",
                        "-Xms8m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+IgnoreUnrecognizedVMOptions",
                        "-XX:-UseCompactObjectHeaders",
                        "-cp",
                        classPath(),
                        test.getName()))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(java.waitFor(240, TimeUnit.SECONDS), "the process does not end");
        } finally {
            java.destroyForcibly();
        }
        assertEquals(0, java.exitValue(), () -> Threads.unchecked(() -> Files.readString(output)));
    }

    private static String classPath() throws Exception {
        Set<String> places = new LinkedHashSet<>();
        for (String name : List.of(
                "org.jfutex.FutexTable",
                "org.jfutex.SmallHeap",
                "org.junit.jupiter.api.Assertions",
                "org.junit.platform.commons.util.Preconditions",
                "org.opentest4j.AssertionFailedError")) {
            places.add(Path.of(Class.forName(name)
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString());
        }
        return String.join(File.pathSeparator, places);
    }

    /** Must be called first by such a main method: ends the process after some time, even if its parent has died. */
    public static void limitTime() {
        Thread limit = new Thread(() -> {
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(200));
            Runtime.getRuntime().halt(3);
        });
        limit.setDaemon(true);
        limit.start();
    }

    /** References to the objects that fill the heap; clearing them frees the heap. */
    static @Nullable Object[] places() {
        @Nullable Object[] places = new @Nullable Object[MOST];
        ballast = places;
        return places;
    }

    /** Fills the heap, except for this many objects without fields. */
    static void fill(@Nullable Object[] places, int left) {
        int count = 0;
        for (int size = 1 << 18; size >= 0; size = size == 0 ? -1 : size / 512) { // 256 KiB, 512 bytes, 1, 0
            count = fill(places, count, size);
        }
        for (int i = 0; i < left; i++) {
            places[--count] = null;
        }
    }

    private static int fill(@Nullable Object[] places, int from, int size) {
        int count = from;
        try {
            while (true) {
                places[count] = new byte[size];
                count++;
            }
        } catch (OutOfMemoryError full) {
            return count;
        }
    }

    static void empty() {
        ballast = null;
    }

    /**
     * Runs an operation with free heap for exactly this many objects without fields. Returns the exception that it
     * throws.
     */
    public static @Nullable Throwable run(Deed deed, int left) {
        fill(places(), left);
        try {
            deed.run();
            return null;
        } catch (Throwable t) {
            return t;
        } finally {
            empty();
        }
    }
}
