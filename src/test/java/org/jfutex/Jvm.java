package org.jfutex;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;
import org.junit.platform.commons.JUnitException;
import org.opentest4j.AssertionFailedError;

/** A new JVM of the kind that runs the tests, for checks that are possible once in a process. */
final class Jvm {

    private Jvm() {}

    /**
     * Runs a program with only the library and these tests on its class path. Returns the lines that it prints.
     */
    static List<String> run(List<String> options, Class<?> program, String... args) throws Exception {
        return run(TimeUnit.SECONDS.toMillis(60), classPath(FutexTable.class, Jvm.class), options, program, args);
    }

    /** Runs a program that uses the assertions of JUnit and may take several minutes. */
    static List<String> runWithAssertions(List<String> options, Class<?> program) throws Exception {
        String path = classPath(
                FutexTable.class, Jvm.class, Assertions.class, AssertionFailedError.class, JUnitException.class);
        return run(TimeUnit.MINUTES.toMillis(14), path, options, program);
    }

    private static List<String> run(
            long millis, String classPath, List<String> options, Class<?> program, String... args) throws Exception {
        Path log = Files.createTempFile("jfutex", ".log");
        try {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(options);
            command.addAll(List.of("-cp", classPath, program.getName()));
            command.addAll(List.of(args));
            Process p = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            Integer status = status(p, millis);
            List<String> lines = Files.readAllLines(log);
            if (status == null || status != 0) {
                throw new AssertionError(program + " ends with " + status + ": " + String.join("\n", lines));
            }
            return lines;
        } finally {
            Files.delete(log);
        }
    }

    private static @Nullable Integer status(Process p, long millis) throws InterruptedException {
        try {
            return p.waitFor(millis, TimeUnit.MILLISECONDS) ? p.exitValue() : null;
        } finally {
            p.destroyForcibly().waitFor();
        }
    }

    private static String classPath(Class<?>... classes) throws Exception {
        List<String> places = new ArrayList<>();
        for (Class<?> c : classes) {
            places.add(place(c));
        }
        return String.join(File.pathSeparator, places);
    }

    private static String place(Class<?> c) throws Exception {
        return Path.of(c.getProtectionDomain().getCodeSource().getLocation().toURI())
                .toString();
    }
}
