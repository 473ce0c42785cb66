package org.jfutex.explore;

import java.util.SplittableRandom;

/** Chooses at random: any guest with equal probability, and a fault in one of eight decisions. */
final class RandomWalk implements Chooser {

    private final SplittableRandom random;

    RandomWalk(long seed) {
        random = new SplittableRandom(seed);
    }

    @Override
    public int choose(Execution execution, int[] options, int count) {
        int steps = steps(options, count);
        boolean fault = steps == 0 || (steps < count && random.nextInt(8) == 0);
        return fault ? options[steps + random.nextInt(count - steps)] : options[random.nextInt(steps)];
    }

    /** Returns how many of the options are steps; they come first. */
    static int steps(int[] options, int count) {
        int n = 0;
        while (n < count && Choice.isStep(options[n])) {
            n++;
        }
        return n;
    }

    @Override
    public int preemptions() {
        return Integer.MAX_VALUE;
    }
}
