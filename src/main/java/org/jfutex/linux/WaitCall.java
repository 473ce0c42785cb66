package org.jfutex.linux;

import java.util.function.Supplier;
import org.jfutex.PendingWait;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.WaitOptions;
import org.jfutex.WaitResult;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.WordSize;

/** A wait on one word: WAIT, WAIT_BITSET, futex_wait. */
final class WaitCall extends SleepingCall<WaitResult> {

    private final Supplier<FutexMemory> place;
    private final long address;
    private final Scope scope;
    private final int expected;
    private final int bitset;
    private final boolean everyHandlerEnds;

    /**
     * A wait that has not begun.
     *
     * @param limitOfRestart its deadline after a restart
     * @param place the first part of the key step, which a restart repeats
     * @param everyHandlerEnds whether a signal handler ends it even if it was installed with SA_RESTART, as with a timed WAIT
     */
    WaitCall(
            Kernel kernel,
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
        return Results.of(how);
    }

    @Override
    void giveBack(PendingWait<WaitResult> wait) {
        ((PreparedWait) wait).passOn();
    }

    @Override
    boolean restarts(SignalAction found) {
        return found == SignalAction.NO_HANDLER || (found == SignalAction.RESTARTING_HANDLER && !everyHandlerEnds);
    }
}
