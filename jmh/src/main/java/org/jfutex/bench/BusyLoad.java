package org.jfutex.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Threads or processes that keep the processors busy until this is closed. */
final class BusyLoad implements AutoCloseable {

    private final List<Process> processes = new ArrayList<>();
    private volatile boolean over;

    private BusyLoad() {}

    /** Starts the load with this name: {@code T4} is four threads of this JVM, {@code P4} is four processes. */
    static BusyLoad start(String name) throws IOException {
        BusyLoad load = new BusyLoad();
        int count = Integer.parseInt(name.substring(1));
        for (int i = 0; i < count; i++) {
            if (name.startsWith("T")) {
                Threads.platform(load::compute);
            } else {
                load.processes.add(process());
            }
        }
        for (Process p : load.processes) {
            if (p.getInputStream().read() < 0) {
                throw new IOException("a busy process did not start");
            }
        }
        return load;
    }

    private static Process process() throws IOException {
        return new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        BusyLoad.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private void compute() {
        for (long x = 0; !over; ) {
            x += System.nanoTime();
        }
    }

    @Override
    public void close() {
        over = true;
        processes.forEach(Process::destroyForcibly);
    }

    /** Keeps a processor busy until the parent closes this process's input. */
    public static void main(String[] args) throws IOException {
        BusyLoad load = new BusyLoad();
        Threads.platform(load::compute);
        System.out.println("busy");
        System.out.flush();
        while (System.in.read() >= 0) {}
        load.close();
    }
}
