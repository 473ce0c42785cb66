package org.jfutex;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A new JVM of the kind that runs the tests, for checks that are possible once in a process. */
final class Jvm {

    private Jvm() {}

    /**
     * Runs a program with only the library and these tests on its class path. Returns the lines that it prints.
     */
    static List<String> run(List<String> options, Class<?> program, String... args) throws Exception {
        Path log = Files.createTempFile("jfutex", ".log");
        try {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(options);
            command.addAll(List.of("-cp", classPath(), program.getName()));
            command.addAll(List.of(args));
            Process p = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            Integer status = status(p);
            List<String> lines = Files.readAllLines(log);
            if (status == null || status != 0) {
                throw new AssertionError(program + " ends with " + status + ": " + String.join("\n", lines));
            }
            return lines;
        } finally {
            Files.delete(log);
        }
    }

    private static @Nullable Integer status(Process p) throws InterruptedException {
        try {
            return p.waitFor(60, TimeUnit.SECONDS) ? p.exitValue() : null;
        } finally {
            p.destroyForcibly().waitFor();
        }
    }

    private static String classPath() throws Exception {
        return String.join(File.pathSeparator, place(FutexTable.class), place(Jvm.class));
    }

    private static String place(Class<?> c) throws Exception {
        return Path.of(c.getProtectionDomain().getCodeSource().getLocation().toURI())
                .toString();
    }
}
