package org.jfutex.example;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jfutex.Deadline;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.WaitResult;
import org.jspecify.annotations.Nullable;

/**
 * Runs many guest threads on one Java thread, as emulators do that own a single host thread: no guest ever blocks it.
 *
 * <p>A guest thread runs until it must wait, and gives its wait to the scheduler. The end of the wait puts it back into the mailbox, whichever thread ends it: another guest,
 * a foreign waker, or the clock's; no wait is ever asked twice whether it has ended. Guests are started, and run, by the scheduler's thread alone.
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
    private final BlockingQueue<Turn> mailbox = new LinkedBlockingQueue<>(); // who can run; any thread adds, ours takes
    private int alive; // our thread's

    GuestScheduler(FutexTable table) {
        this.table = table;
    }

    void start(Guest guest) {
        alive++;
        mailbox.add(new Turn(guest, null));
    }

    /** Runs all guests to their ends, and sleeps while all of them wait. */
    void run() throws InterruptedException {
        while (alive > 0) {
            run(mailbox.take());
        }
    }

    /** Runs all that can run, and returns when all guests have ended or wait: for those who have more to do on this thread. */
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

    /** How many guests have not ended. */
    int alive() {
        return alive;
    }

    /** What everybody waits for. */
    @Override
    public String toString() {
        return alive + " guests, waiting: " + table.waiters();
    }
}
