package org.jfutex.example;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.WaitResult;
import org.jfutex.time.Deadline;
import org.jspecify.annotations.Nullable;

/**
 * A scheduler that runs many guest threads on one Java thread, for emulators with a single host thread. No guest ever
 * blocks that thread.
 *
 * <p>A guest runs until it must wait, and returns its wait to the scheduler. A callback at the end of the wait puts the
 * guest back into the mailbox. Another guest, another Java thread or the clock's thread may end the wait. The scheduler
 * never polls a wait. Only the scheduler's thread starts and runs guests.
 */
final class GuestScheduler {

    /** One guest thread. */
    interface Guest {
        /**
         * Runs until the guest must wait.
         *
         * @param last the result of its last wait, or null at the start
         * @return the wait, or null at its end
         */
        @Nullable
        Blocked run(@Nullable WaitResult last);
    }

    /** The wait of a guest, and its deadline. */
    record Blocked(PreparedWait pending, Deadline deadline) {}

    private record Turn(Guest guest, @Nullable WaitResult last) {}

    private final FutexTable table;
    // runnable guests; any thread adds, the scheduler's thread takes
    private final BlockingQueue<Turn> mailbox = new LinkedBlockingQueue<>();
    private int alive; // used by the scheduler's thread only

    GuestScheduler(FutexTable table) {
        this.table = table;
    }

    void start(Guest guest) {
        alive++;
        mailbox.add(new Turn(guest, null));
    }

    /** Runs all guests to their ends. Sleeps while all of them wait. */
    void run() throws InterruptedException {
        while (alive > 0) {
            run(mailbox.take());
        }
    }

    /** Runs guests until all of them have ended or wait, then returns, so that the caller can do other work. */
    void runUntilIdle() {
        for (Turn t; (t = mailbox.poll()) != null; ) {
            run(t);
        }
    }

    private void run(Turn turn) {
        Guest guest = turn.guest();
        Blocked b = guest.run(turn.last());
        if (b == null) {
            alive--;
        } else {
            b.pending().asStage(b.deadline()).thenAccept(end -> mailbox.add(new Turn(guest, end)));
        }
    }

    /** Returns the number of guests that have not ended. */
    int alive() {
        return alive;
    }

    /** Returns the waits of all guests, for diagnosis. */
    @Override
    public String toString() {
        return alive + " guests, waiting: " + table.waiters();
    }
}
