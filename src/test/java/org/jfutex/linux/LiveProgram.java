package org.jfutex.linux;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;

/** A futex program for a few threads of one process: one step gives one thread one command. */
record LiveProgram(List<Step> steps) {

    static final int ACTORS = 4;

    /** The offsets of the words that programs use; few, so that threads use equal ones. */
    private static final long[] WORDS = {0, 4, 4096};

    private static final int[] OPERATIONS = {
        Machine.WAIT,
        Machine.WAIT,
        Machine.WAIT,
        Machine.WAIT_BITSET,
        Machine.WAIT_BITSET,
        Step.WAITV,
        Step.WAITV,
        Machine.WAKE,
        Machine.WAKE,
        Machine.WAKE_BITSET,
        Machine.REQUEUE,
        Machine.CMP_REQUEUE,
        Machine.WAKE_OP,
        Step.STORE,
        Step.WAIT_BRIEFLY
    };

    /**
     * One command for one thread.
     *
     * @param op an operation of futex(2), or one of the constants
     * @param word an offset
     * @param val a count, or a value
     * @param val2 a second count
     * @param val3 a bitset, a value to compare, or a wake-op
     */
    record Step(int actor, int op, boolean isPrivate, long word, int val, int val2, long word2, int val3) {

        static final int STORE = 100;
        static final int WAITV = 101;
        static final int WAIT_BRIEFLY = 102;

        /** Returns the operation with its flag, for futex(2). */
        int number() {
            return (op == WAIT_BRIEFLY ? Machine.WAIT : op) | (isPrivate ? Machine.PRIVATE_FLAG : 0);
        }

        /** Returns whether the step passes its second count in place of a timeout. */
        boolean hasSecondCount() {
            return op == Machine.REQUEUE || op == Machine.CMP_REQUEUE || op == Machine.WAKE_OP;
        }
    }

    static LiveProgram random(long seed, int length) {
        Random random = new Random(seed);
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            steps.add(step(random));
        }
        return new LiveProgram(steps);
    }

    private static Step step(Random random) {
        int op = OPERATIONS[random.nextInt(OPERATIONS.length)];
        boolean counts = op == Machine.WAKE
                || op == Machine.WAKE_BITSET
                || op == Machine.REQUEUE
                || op == Machine.CMP_REQUEUE
                || op == Machine.WAKE_OP;
        int val = counts ? count(random) : random.nextInt(6) == 0 ? 1 : 0;
        int val3 = switch (op) {
            case Machine.WAIT_BITSET, Machine.WAKE_BITSET -> random.nextInt(12) == 0 ? 0 : 1 + random.nextInt(7);
            case Machine.CMP_REQUEUE -> random.nextInt(6) == 0 ? 1 : 0;
            case Machine.WAKE_OP ->
                random.nextInt(9) << 28 | random.nextInt(7) << 24 | random.nextInt(3) << 12 | random.nextInt(2);
            default -> 0;
        };
        return new Step(
                random.nextInt(ACTORS),
                op,
                random.nextInt(4) == 0,
                word(random),
                val,
                random.nextInt(8) == 0 ? Machine.ALL : random.nextInt(3),
                word(random),
                val3);
    }

    private static int count(Random random) {
        return switch (random.nextInt(12)) {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> Machine.ALL;
            default -> 1 + random.nextInt(2);
        };
    }

    private static long word(Random random) {
        return random.nextInt(20) == 0 ? 2 : WORDS[random.nextInt(WORDS.length)];
    }

    /** Returns a shorter program that still fails, by leaving out ever smaller runs of steps. */
    LiveProgram shrunk(Predicate<LiveProgram> fails) {
        LiveProgram best = this;
        for (int run = Math.max(1, steps.size() / 2); run >= 1; run /= 2) {
            for (int from = 0; from + run <= best.steps.size(); ) {
                List<Step> fewer = new ArrayList<>(best.steps.subList(0, from));
                fewer.addAll(best.steps.subList(from + run, best.steps.size()));
                LiveProgram candidate = new LiveProgram(fewer);
                if (fails.test(candidate)) {
                    best = candidate;
                } else {
                    from++;
                }
            }
        }
        return best;
    }

    @Override
    public String toString() {
        StringBuilder s = new StringBuilder();
        steps.forEach(step -> s.append(step).append('\n'));
        return s.toString();
    }
}
