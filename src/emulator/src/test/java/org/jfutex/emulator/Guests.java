package org.jfutex.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.opentest4j.TestAbortedException;

/** Compiles guest programs with the cross compiler of Debian, and runs them. */
final class Guests {

    /** The result of a program. */
    record Result(int exitCode, String out, String err) {}

    private static final Path SOURCES = Path.of("src/test/guest");
    private static final Path PROGRAMS = Path.of("target/guests");

    /** A guest that has not ended by then is reported with all its waiters. It is far longer than any guest runs. */
    private static final long HUNG_MINUTES = 10;

    private static final ConcurrentHashMap<String, Path> COMPILED = new ConcurrentHashMap<>();

    private Guests() {}

    /** Compiles a source, once. Without a cross compiler the test is left out, and says so. */
    static Path compile(String source) {
        return COMPILED.computeIfAbsent(source, Guests::run);
    }

    private static Path run(String source) {
        boolean isCxx = source.endsWith(".cc");
        Path program = PROGRAMS.resolve(source.replaceAll("\\.\\w+$", ""));
        List<String> command = new ArrayList<>(List.of(isCxx ? "riscv64-linux-gnu-g++" : "riscv64-linux-gnu-gcc"));
        command.addAll(List.of("-O1", "-static", "-pthread", isCxx ? "-std=c++20" : "-std=gnu11"));
        command.addAll(List.of("-o", program.toString(), SOURCES.resolve(source).toString()));
        try {
            Files.createDirectories(program.toAbsolutePath().getParent());
            Process compiler =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(compiler.getInputStream().readAllBytes());
            assertEquals(0, compiler.waitFor(), output);
            return program;
        } catch (IOException e) {
            System.err.println("left out: " + source + ", because there is no " + command.get(0));
            throw new TestAbortedException("there is no " + command.get(0), e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Runs a program on a machine of its own. */
    static Result run(Path program, ThreadFactory threads, String... arguments) throws InterruptedException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Machine machine = new Machine(threads, InputStream.nullInputStream(), out, err, false);
        FutureTask<Integer> running =
                new FutureTask<>(() -> machine.run(program, List.of(arguments), List.of("PATH=/bin")));
        Thread runner = new Thread(running, "guest " + program.getFileName());
        runner.setDaemon(true);
        runner.start();
        try {
            return new Result(running.get(HUNG_MINUTES, TimeUnit.MINUTES), out.toString(), err.toString());
        } catch (TimeoutException e) {
            throw new AssertionError(
                    program + " hangs; waiters: " + machine.tasks.table().waiters() + "\n" + err, e);
        } catch (ExecutionException e) {
            throw new AssertionError(program + " failed: " + err, e.getCause());
        }
    }

    /** Returns the names of all sources. */
    static List<String> sources() {
        try (var files = Files.list(SOURCES)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".c") || name.endsWith(".cc"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
