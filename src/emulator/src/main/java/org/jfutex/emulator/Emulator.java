package org.jfutex.emulator;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadFactory;

/**
 * Runs a statically linked program for 64-bit RISC-V Linux.
 *
 * <pre>
 *   java -cp emulator.jar:jfutex.jar org.jfutex.emulator.Emulator [-virtual] [-trace] PROGRAM ARGUMENT...
 * </pre>
 */
public final class Emulator {

    private Emulator() {}

    /**
     * Runs a program with the environment of the JVM, and exits with its exit code.
     *
     * @param arguments options, the program, and its arguments
     * @throws IOException if the program cannot be read
     */
    public static void main(String[] arguments) throws IOException {
        List<String> words = Arrays.asList(arguments);
        int options = 0;
        while (options < words.size() && words.get(options).startsWith("-")) {
            options++;
        }
        if (options == words.size()) {
            System.err.println("usage: Emulator [-virtual] [-trace] PROGRAM ARGUMENT...");
            System.exit(2);
        }
        boolean virtual = words.subList(0, options).contains("-virtual");
        boolean tracing = words.subList(0, options).contains("-trace");
        ThreadFactory threads = virtual ? virtualThreads() : Thread::new;
        OutputStream out = new FileOutputStream(FileDescriptor.out);
        OutputStream err = new FileOutputStream(FileDescriptor.err);
        Machine machine = new Machine(threads, new FileInputStream(FileDescriptor.in), out, err, tracing);
        List<String> environment =
                System.getenv().entrySet().stream().map(Object::toString).toList();
        System.exit(machine.run(Path.of(words.get(options)), words.subList(options + 1, words.size()), environment));
    }

    /**
     * Returns a factory of virtual threads.
     *
     * @return the factory
     * @throws UnsupportedOperationException if the JDK is older than 21
     */
    public static ThreadFactory virtualThreads() {
        try {
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            Class<?> type = Class.forName("java.lang.Thread$Builder");
            return (ThreadFactory) type.getMethod("factory").invoke(builder);
        } catch (ReflectiveOperationException e) {
            throw new UnsupportedOperationException("virtual threads need JDK 21", e);
        }
    }
}
