package org.jfutex.explore;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes down the steps of one execution, in words. */
final class Recorder {

    private final Execution execution;
    private final List<ScheduleStep> steps = new ArrayList<>();

    /** What has happened since the last decision: a guest may hold locks of the table then, so no queue is read. */
    private final List<Runnable> pending = new ArrayList<>();

    Recorder(Execution execution) {
        this.execution = execution;
    }

    /**
     * Records an access to a word.
     *
     * @param text the action; the first %s stands for the word, the others for the values
     */
    void access(Actor actor, String text, long address, @Nullable Object... values) {
        Object[] all = new Object[values.length + 1];
        all[0] = execution.nameOf(address);
        System.arraycopy(values, 0, all, 1, values.length);
        event(actor, String.format(text, all));
    }

    /** Records what a guest does, or what happens to it. */
    void event(Actor actor, String action) {
        Map<String, Integer> words = execution.words();
        pending.add(
                () -> steps.add(new ScheduleStep(actor.name(), actor.index, action, words, execution.queueNames())));
    }

    /** Completes the steps by the queues as they are now, before a decision. */
    void complete() {
        pending.forEach(Runnable::run);
        pending.clear();
    }

    List<ScheduleStep> steps() {
        complete();
        return List.copyOf(steps);
    }
}
