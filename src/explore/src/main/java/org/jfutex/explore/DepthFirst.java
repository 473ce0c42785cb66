package org.jfutex.explore;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Takes every combination of decisions, one in each run, the deepest decision first. */
final class DepthFirst implements Chooser {

    /** A decision: its options, and which of them the present run takes. */
    private static final class Frame {
        int[] options = new int[8];
        int count;
        int taken;
        long state;
        int step; // the number of steps before the decision
    }

    private final int preemptions;
    private final @Nullable VisitedStates visited; // null without reduction
    private Frame[] frames = new Frame[64];
    private int depth; // the number of decisions on the present path
    private int position; // the number of decisions that the present run has taken

    DepthFirst(int preemptions, @Nullable VisitedStates visited) {
        this.preemptions = preemptions;
        this.visited = visited;
    }

    @Override
    public int preemptions() {
        return preemptions;
    }

    /** Prepares the first run. */
    void begin() {
        depth = 0;
        position = 0;
    }

    /** Prepares the next run; returns whether there is one. */
    boolean next() {
        if (position < depth) {
            throw notDeterministic("ended early");
        }
        position = 0;
        while (depth > 0) {
            Frame last = frames[depth - 1];
            if (++last.taken < last.count) {
                return true;
            }
            depth--;
        }
        return false;
    }

    @Override
    public boolean isReplaying() {
        return position < depth;
    }

    @Override
    public int choose(Execution execution, int[] options, int count) {
        if (position < depth) {
            Frame f = frames[position++];
            if (f.count != count || !Arrays.equals(f.options, 0, count, options, 0, count)) {
                throw notDeterministic("led to other options: " + execution.id());
            }
            return f.options[f.taken];
        }
        long state = 0;
        if (visited != null) {
            state = execution.fingerprint();
            int left = preemptions == Integer.MAX_VALUE ? Integer.MAX_VALUE : preemptions - execution.preemptions();
            if (!visited.add(state, left)) {
                checkCycle(execution, state);
                return PRUNE;
            }
        }
        Frame f = push();
        f.state = state;
        f.step = execution.steps();
        f.count = count;
        f.taken = 0;
        if (f.options.length < count) {
            f.options = new int[count * 2];
        }
        System.arraycopy(options, 0, f.options, 0, count);
        position++;
        return f.options[0];
    }

    private static IllegalStateException notDeterministic(String how) {
        return new IllegalStateException("the guests are not deterministic: a schedule that was begun again " + how);
    }

    /** Reports a livelock if this path has been in the state before, and every guest has made a step since. */
    private void checkCycle(Execution execution, long state) {
        for (int i = depth - 1; i >= 0; i--) {
            if (frames[i].state == state && execution.everyGuestHasRunSince(frames[i].step)) {
                execution.livelock();
                return;
            }
        }
    }

    private Frame push() {
        if (depth == frames.length) {
            frames = Arrays.copyOf(frames, depth * 2);
        }
        if (frames[depth] == null) {
            frames[depth] = new Frame();
        }
        return frames[depth++];
    }
}
