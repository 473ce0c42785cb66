package org.jfutex.explore;

import org.jfutex.PendingWait;
import org.jfutex.WaitResult;

/** A guest that runs on a thread. The thread is used for all runs of an exploration. */
final class ThreadActor extends Actor {

    /** Ends the program of a guest when the run is over. */
    static final class Abort extends Error {
        private static final long serialVersionUID = 1L;

        static final Abort INSTANCE = new Abort();

        private Abort() {
            super("the run is over", null, false, false);
        }
    }

    private final GuestProgram program;

    /** Whether the next operation belongs to the step that was chosen when this guest began or continued. */
    private boolean fresh;

    /** Whether the program has begun and not returned. */
    private boolean live;

    /** Whether other code than {@link #await} sleeps. */
    private boolean parked;

    ThreadActor(Execution execution, int index, String name, GuestProgram program) {
        super(execution, index, name);
        this.program = program;
    }

    @Override
    void reset() {
        super.reset();
        fresh = true;
        live = false;
        parked = false;
    }

    boolean isLive() {
        return live;
    }

    boolean isParked() {
        return parked;
    }

    /** Starts the thread, which then waits for the baton. */
    void start() {
        if (thread == null) {
            thread = Threads.start("guest " + name(), this::runAll);
        }
    }

    private void runAll() {
        while (true) {
            execution.baton().await(this);
            if (execution.isClosed()) {
                execution.leave(this);
                return;
            }
            live = true;
            Throwable thrown = null;
            try {
                deliverSignal();
                program.run(this);
            } catch (Throwable e) {
                thrown = e;
            }
            live = false;
            Thread.interrupted();
            execution.finished(this, thrown);
        }
    }

    @Override
    void begin() {
        execution.reach(this);
    }

    /** Gives way before the next operation, unless that belongs to the present step. */
    void reach() {
        if (fresh) {
            fresh = false;
        } else {
            execution.giveWay(this);
        }
        deliverSignal();
    }

    private void deliverSignal() {
        if (signalled && wait == null) {
            signalled = false;
            Thread.currentThread().interrupt();
        }
    }

    /** Sleeps for code that waits through the table. Returns early if the code must check its wait. */
    void park(PendingWait<?> pending, long until) {
        if (pending.poll() != null || Thread.currentThread().isInterrupted()) {
            return;
        }
        wait = pending;
        deadline = until;
        status = Status.SLEEPING;
        execution.queued(this);
        Recorder recorder = execution.recorder();
        if (recorder != null) {
            recorder.event(this, "sleeps");
        }
        parked = true;
        execution.giveWay(this);
        parked = false;
        Object end = pending.poll();
        observe(end == null ? -1 : ((Enum<?>) end).ordinal());
        if (recorder != null) {
            recorder.event(this, "continues: " + (end == null ? signalled ? "interrupted" : "timed out" : end));
        }
        wait = null;
        deadline = Long.MAX_VALUE;
        fresh = end != null;
        deliverSignal();
    }

    @Override
    public WaitResult await(long address, int expected, int bitset, long nanos) {
        WaitResult end = queue(address, expected, bitset, nanos);
        if (end == null) {
            execution.giveWay(this);
            PendingWait<?> slept = wait;
            fresh = slept != null && slept.poll() != null;
            end = endWait();
        }
        return end;
    }

    @Override
    public void beginAwait(long address, int expected, int bitset, long nanos) {
        throw new IllegalStateException(name() + " is not a step machine: use await");
    }

    @Override
    public WaitResult awaited() {
        throw new IllegalStateException(name() + " is not a step machine: await returns the result");
    }
}
