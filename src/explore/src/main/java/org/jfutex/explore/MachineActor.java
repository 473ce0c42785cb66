package org.jfutex.explore;

import java.util.function.Supplier;
import org.jfutex.WaitResult;
import org.jspecify.annotations.Nullable;

/** A guest that is a step machine. The explorer's own thread runs it. */
final class MachineActor extends Actor {

    private final Supplier<? extends StepMachine> program;
    private @Nullable StepMachine machine;
    private @Nullable WaitResult awaited;

    MachineActor(Execution execution, int index, String name, Supplier<? extends StepMachine> program) {
        super(execution, index, name);
        this.program = program;
    }

    @Override
    void reset() {
        super.reset();
        machine = program.get();
        awaited = null;
    }

    @Override
    long localState() {
        long state = machine().state();
        return state == StepMachine.UNKNOWN ? super.localState() : state ^ (long) index << 56;
    }

    private StepMachine machine() {
        if (machine == null) {
            throw new IllegalStateException(name() + " has not begun");
        }
        return machine;
    }

    /** Makes one step. */
    void run() {
        if (status == Status.SLEEPING) {
            boolean over = wait != null && wait.poll() != null;
            status = Status.READY;
            awaited = endWait();
            if (!over) {
                return; // to leave the queue was this step
            }
        }
        if (!machine().step(this) && status == Status.READY) {
            status = Status.DONE;
        }
    }

    @Override
    void begin() {}

    @Override
    public WaitResult await(long address, int expected, int bitset, long nanos) {
        throw new IllegalStateException(name() + " is a step machine and cannot sleep within a step: use beginAwait");
    }

    @Override
    public void beginAwait(long address, int expected, int bitset, long nanos) {
        awaited = queue(address, expected, bitset, nanos);
    }

    @Override
    public WaitResult awaited() {
        if (awaited == null) {
            throw new IllegalStateException("no wait of " + name() + " has ended");
        }
        return awaited;
    }
}
