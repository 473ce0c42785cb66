package org.jfutex.example;

import java.util.ArrayDeque;
import java.util.Queue;
import org.jfutex.Deadline;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.WaitResult;
import org.jspecify.annotations.Nullable;

/**
 * Runs many guest threads on one Java thread that never blocks, as emulators do that own a single host thread.
 *
 * <p>A guest thread runs until it must wait, and gives its wait to the scheduler. The call-back of the wait's end makes it runnable again; no wait is
 * ever asked twice whether it has ended.
 */
final class GuestScheduler {

    /** A guest thread. */
    interface Guest {
        /**
         * Runs until the guest must wait.
         *
         * @param last how its last wait ended, null at the start
         * @return what it waits for, null at its end
         */
        @Nullable
        Blocked run(@Nullable WaitResult last);
    }

    /** What a guest waits for, and for how long. */
    record Blocked(PreparedWait pending, Deadline deadline) {}

    private record Turn(Guest guest, @Nullable WaitResult last) {}

    private final FutexTable table;
    private final Queue<Turn> runnable = new ArrayDeque<>();
    private int alive;

    GuestScheduler(FutexTable table) {
        this.table = table;
    }

    void start(Guest guest) {
        alive++;
        runnable.add(new Turn(guest, null));
    }

    /** Runs all that can run, and returns when all guests have ended or wait. */
    void runUntilIdle() {
        for (Turn t; (t = runnable.poll()) != null; ) {
            Guest guest = t.guest();
            Blocked b = guest.run(t.last());
            if (b == null) {
                alive--;
            } else {
                b.pending().asStage(b.deadline()).thenAccept(end -> runnable.add(new Turn(guest, end)));
            }
        }
    }

    /** How many guests have not ended. */
    int alive() {
        return alive;
    }

    /** What everybody waits for. */
    @Override
    public String toString() {
        return alive + " guests, waiting: " + table.dump();
    }
}
