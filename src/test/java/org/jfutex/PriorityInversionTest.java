package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The classic priority inversion, step by step, on a processor that always runs the runnable task of highest priority.
 *
 * <p>The low task takes the lock. Then the high task arrives and needs the lock. Then the middle task arrives and
 * computes for long. Which one finishes first, the high task or the middle task? The trace has one letter for each
 * step: the task that ran.
 */
class PriorityInversionTest {

    private static final long LOCK = 64;

    private final PiWorld w = new PiWorld();
    private final Program low = new Program('l', w.task(1, 10), 0, "lock", "work", "work", "work", "unlock", "work");
    private final Program high = new Program('H', w.task(3, 30), 2, "lock", "work", "unlock");
    private final Program middle = new Program('m', w.task(2, 20), 3, "work", "work", "work", "work", "work", "work");

    /** The steps of a task. */
    private static final class Program {

        final char letter;
        final PiTask task;
        final int arrival;
        final Deque<String> steps;

        @Nullable
        PiWait wait;

        Program(char letter, PiTask task, int arrival, String... steps) {
            this.letter = letter;
            this.task = task;
            this.arrival = arrival;
            this.steps = new ArrayDeque<>(List.of(steps));
        }

        boolean canRun(int now) {
            return now >= arrival && !steps.isEmpty() && (wait == null || wait.poll() != null);
        }

        void step() {
            switch (steps.remove()) {
                case "lock" -> wait = task.prepareLock(LOCK, Scope.PRIVATE);
                case "unlock" -> assertEquals(PiResult.UNLOCKED, task.unlock(LOCK, Scope.PRIVATE));
                default -> {}
            }
        }
    }

    private String run(ToIntFunction<PiTask> urgency) {
        List<Program> all = List.of(low, middle, high);
        StringBuilder trace = new StringBuilder();
        for (int now = 0; ; now++) {
            int time = now;
            List<Program> runnable = new ArrayList<>(all);
            runnable.removeIf(p -> !p.canRun(time));
            if (runnable.isEmpty()) {
                return trace.toString();
            }
            Program next = runnable.stream()
                    .max(Comparator.comparingInt(p -> urgency.applyAsInt(p.task)))
                    .orElseThrow();
            trace.append(next.letter);
            next.step();
        }
    }

    @Test
    void withoutInheritance_middleTaskDelaysHighTask() {
        assertEquals("llHmmmmmmlllHHl", run(PiTask::priority));
        w.assertQuiet();
    }

    @Test
    void withInheritance_highTaskWaitsOnlyForOwner() {
        assertEquals("llHlllHHmmmmmml", run(PiTask::effectivePriority));
        w.assertQuiet();
    }
}
