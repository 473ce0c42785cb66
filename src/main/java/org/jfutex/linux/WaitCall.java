package org.jfutex.linux;

import java.util.function.Supplier;
import org.jfutex.PendingWait;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.WaitOptions;
import org.jfutex.WaitResult;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.WordSize;

/** A sleeping WAIT, WAIT_BITSET or futex_wait call. */
final class WaitCall extends SleepingCall<WaitResult> {

    private final Supplier<FutexMemory> place;
    private final long address;
    private final Scope scope;
    private final int expected;
    private final int bitset;
    private final boolean everyHandlerEnds;

    /**
     * Creates a call that has not begun.
     *
     * @param limitOfRestart computes the deadline after a restart
     * @param place returns the memory of the word after the first checks of its address; a restart calls it again
     * @param everyHandlerEnds whether a handler with SA_RESTART ends the call, too, as it ends a timed WAIT
     */
    WaitCall(
            CallSettings kernel,
            Task task,
            TimeLimit limit,
            Supplier<TimeLimit> limitOfRestart,
            Supplier<FutexMemory> place,
            long address,
            Scope scope,
            int expected,
            int bitset,
            boolean everyHandlerEnds) {
        super(kernel, task, limit, limitOfRestart);
        this.place = place;
        this.address = address;
        this.scope = scope;
        this.expected = expected;
        this.bitset = bitset;
        this.everyHandlerEnds = everyHandlerEnds;
    }

    @Override
    PreparedWait queue() {
        WaitOptions options = new WaitOptions(WordSize.U32, bitset, task().priority());
        return kernel().table().prepare(place.get(), address, scope, Integer.toUnsignedLong(expected), options);
    }

    @Override
    long outcome(PendingWait<WaitResult> wait, WaitResult how) {
        return ErrnoMapping.of(how);
    }

    @Override
    void giveBack(PendingWait<WaitResult> wait) {
        ((PreparedWait) wait).forwardWake();
    }

    @Override
    boolean restarts(SignalDisposition found) {
        return found == SignalDisposition.NO_HANDLER
                || (found == SignalDisposition.RESTARTING_HANDLER && !everyHandlerEnds);
    }
}
