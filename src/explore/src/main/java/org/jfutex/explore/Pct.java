package org.jfutex.explore;

import java.util.SplittableRandom;

/**
 * Probabilistic concurrency testing: the guest of the highest priority runs, priorities are random, and at a few random
 * steps the guest that runs gets the lowest. A bug that needs d orderings among n guests and k steps is found with a
 * probability of at least 1/(n k<sup>d-1</sup>).
 *
 * <p>Source: Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010.
 */
final class Pct implements Chooser {

    private final SplittableRandom random;
    private final int[] priorities;
    private final int[] changes; // the steps at which the guest that runs gets the lowest priority
    private int lowest;

    Pct(long seed, int guests, int depth, int length) {
        random = new SplittableRandom(seed);
        priorities = new int[guests];
        for (int i = 0; i < guests; i++) {
            int j = random.nextInt(i + 1);
            priorities[i] = priorities[j];
            priorities[j] = i + 1;
        }
        changes = new int[depth - 1];
        for (int i = 0; i < changes.length; i++) {
            changes[i] = 1 + random.nextInt(Math.max(1, length));
        }
    }

    @Override
    public int choose(Execution execution, int[] options, int count) {
        int steps = RandomWalk.steps(options, count);
        if (steps == 0 || (steps < count && random.nextInt(16) == 0)) {
            return options[steps + random.nextInt(count - steps)];
        }
        for (int change : changes) {
            if (change == execution.steps()) {
                priorities[highest(options, steps)] = --lowest;
            }
        }
        return Choice.step(highest(options, steps));
    }

    private int highest(int[] options, int steps) {
        int best = Choice.guest(options[0]);
        for (int i = 1; i < steps; i++) {
            int guest = Choice.guest(options[i]);
            best = priorities[guest] > priorities[best] ? guest : best;
        }
        return best;
    }

    @Override
    public int preemptions() {
        return Integer.MAX_VALUE;
    }
}
