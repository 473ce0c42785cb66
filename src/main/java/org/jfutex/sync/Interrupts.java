package org.jfutex.sync;

import org.jfutex.Deadline;

/** The two ways to treat an interrupt: at once, or when the wait is over. */
final class Interrupts {

    private Interrupts() {}

    /** A wait that an interrupt ends, and that can be begun anew. */
    interface Wait {
        void run() throws InterruptedException;
    }

    /** Waits to the end. A thread that is interrupted meanwhile finds its interrupt status set when it returns. */
    static void defer(Wait wait) {
        boolean interrupted = false;
        try {
            for (boolean over = false; !over; ) {
                try {
                    wait.run();
                    over = true;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Sleeps for a moment, for one who must look again and cannot be woken. */
    static void pause() {
        try {
            defer(() -> Thread.sleep(1));
        } catch (StackOverflowError | OutOfMemoryError e) {
            Thread.onSpinWait(); // no room to sleep either
        }
    }

    /** What a method does last that has given up, and found an interrupt pending if that was the reason; without a deadline nothing else can be. */
    static void gaveUp(Deadline deadline) throws InterruptedException {
        if (Thread.interrupted() || deadline == Deadline.NEVER) {
            throw new InterruptedException();
        }
    }

    /** What an interruptible method does first. */
    static void check() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }
}
