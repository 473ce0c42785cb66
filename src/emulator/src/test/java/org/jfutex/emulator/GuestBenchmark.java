package org.jfutex.emulator;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jfutex.FutexTable;

/**
 * Prints a table of how long operations of a guest take: on this emulator, under {@code qemu-riscv64}, and natively.
 *
 * <p>The three take turns, and each figure is a median, so that a machine that is not alone disturbs all alike. Each
 * run of the emulator is a JVM of its own. The argument is the number of turns, five by default.
 */
final class GuestBenchmark {

    private record Operation(String name, long nativeCount, long count) {}

    private static final List<Operation> OPERATIONS = List.of(
            new Operation("compute", 20_000_000, 10_000_000),
            new Operation("uncontended", 10_000_000, 4_000_000),
            new Operation("contended", 5_000_000, 2_000_000),
            new Operation("robust", 10_000_000, 4_000_000),
            new Operation("condition", 50_000, 50_000),
            new Operation("fork", 500, 500));

    private GuestBenchmark() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        int turns = arguments.length == 0 ? 5 : Integer.parseInt(arguments[0]);
        String guest = Guests.compile("measure/bench.c").toString();
        String program = Path.of(guest).resolveSibling("bench-native").toString();
        run(List.of("gcc", "-O1", "-pthread", "-o", program, "src/test/guest/measure/bench.c"));
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String classPath = location(Emulator.class) + File.pathSeparator + location(FutexTable.class);
        List<String> emulator = List.of(java, "-cp", classPath, Emulator.class.getName(), guest);
        System.out.println("| operation | native, ns | qemu-riscv64, ns | emulator, ns | emulator / qemu |");
        System.out.println("|---|--:|--:|--:|--:|");
        for (Operation operation : OPERATIONS) {
            double[][] nanos = new double[3][turns];
            for (int i = 0; i < turns; i++) {
                nanos[0][i] = measure(List.of(program), operation.name(), operation.nativeCount());
                nanos[1][i] = measure(List.of("qemu-riscv64", guest), operation.name(), operation.count());
                nanos[2][i] = measure(emulator, operation.name(), operation.count());
            }
            for (double[] samples : nanos) {
                Arrays.sort(samples);
            }
            int middle = turns / 2;
            System.out.println(String.format(
                    Locale.ROOT,
                    "| %s | %.0f | %.0f | %.0f | %.1f |",
                    operation.name(),
                    nanos[0][middle],
                    nanos[1][middle],
                    nanos[2][middle],
                    nanos[2][middle] / nanos[1][middle]));
        }
    }

    private static String location(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation().getPath();
    }

    private static double measure(List<String> program, String operation, long count)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(program);
        command.addAll(List.of(operation, Long.toString(count)));
        return Double.parseDouble(run(command));
    }

    private static String run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String output = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IOException(command + " failed");
        }
        return output;
    }
}
