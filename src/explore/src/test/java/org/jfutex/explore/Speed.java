package org.jfutex.explore;

/** Measures schedules per second without reduction: a mutex of two guests, on threads and as step machines. */
final class Speed {

    private Speed() {}

    /**
     * Runs for some seconds each.
     *
     * @param args the number of rounds, 5 unless given
     */
    public static void main(String[] args) {
        int rounds = args.length == 0 ? 5 : Integer.parseInt(args[0]);
        Explorer threads = Mutex3.threads(Explorer.allSchedules(), 2, false).withoutReduction();
        Explorer machines = Mutex3.machines(Explorer.allSchedules(), 2).withoutReduction();
        for (int i = 0; i < rounds; i++) {
            measure("threads", threads);
            measure("step machines", machines);
        }
    }

    private static void measure(String name, Explorer explorer) {
        long schedules = 0;
        long steps = 0;
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < 2_000_000_000L) {
            Exploration all = explorer.check();
            schedules += all.schedules();
            steps += all.steps();
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        System.out.printf(
                "JDK %d, %-13s %,9.0f schedules/s, %,11.0f steps/s, %,d MB of heap in use%n",
                Runtime.version().feature(),
                name,
                schedules / seconds,
                steps / seconds,
                (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) >> 20);
    }
}
