package org.jfutex.bench;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Files;
import java.nio.file.Path;

/** Starts threads of both kinds, and pins platform threads to processors. */
final class Threads {

    /** JVM options that run JMH's own threads as virtual ones. */
    static final String VIRTUAL = "-Djmh.executor=VIRTUAL";

    /** JVM options for one carrier, and for two. */
    static final String ONE_CARRIER = "-Djdk.virtualThreadScheduler.parallelism=1";

    static final String AND_NO_MORE = "-Djdk.virtualThreadScheduler.maxPoolSize=1";

    static final String TWO_CARRIERS = "-Djdk.virtualThreadScheduler.parallelism=2";

    private static final long SMALL_STACK = 128 * 1024;

    private Threads() {}

    /** The code of a thread, which may throw. */
    interface Task {
        void run() throws Exception;
    }

    /** Starts a platform thread. */
    static Thread platform(Task task) {
        Thread t = new Thread(null, () -> run(task), "platform", SMALL_STACK);
        t.setDaemon(true);
        t.start();
        return t;
    }

    /** Starts a virtual thread. */
    static Thread virtual(Task task) {
        try {
            return (Thread) Virtual.START.invokeExact((Runnable) () -> run(task));
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
    }

    static boolean areVirtualAvailable() {
        return Runtime.version().feature() >= 21;
    }

    private static void run(Task task) {
        try {
            task.run();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Pins the calling platform thread to one processor. Works on Linux only, by {@code taskset} of util-linux. */
    static void pin(int processor) throws IOException, InterruptedException {
        String thread = Files.readSymbolicLink(Path.of("/proc/thread-self"))
                .getFileName()
                .toString();
        Process taskset = new ProcessBuilder("taskset", "-p", "-c", Integer.toString(processor), thread)
                .redirectErrorStream(true)
                .start();
        String said = new String(taskset.getInputStream().readAllBytes());
        if (taskset.waitFor() != 0) {
            throw new IllegalStateException("taskset: " + said);
        }
    }

    /** {@code Thread.startVirtualThread}, which exists since JDK 21. */
    private static final class Virtual {
        static final MethodHandle START = start();

        private static MethodHandle start() {
            try {
                return MethodHandles.publicLookup()
                        .findStatic(
                                Thread.class,
                                "startVirtualThread",
                                MethodType.methodType(Thread.class, Runnable.class));
            } catch (ReflectiveOperationException e) {
                throw new UnsupportedOperationException("virtual threads need JDK 21 or later", e);
            }
        }
    }
}
