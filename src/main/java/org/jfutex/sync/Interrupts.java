package org.jfutex.sync;

/** What methods do about interrupts. */
final class Interrupts {

    private Interrupts() {}

    /** A wait that may throw an interrupt. */
    interface Wait {
        void run() throws InterruptedException;
    }

    /** Runs an uninterruptible wait. */
    static void never(Wait wait) {
        try {
            wait.run();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Sleeps for a millisecond, for a thread that must try again and cannot be woken. An interrupt that comes stays
     * pending.
     */
    static void pause() {
        boolean interrupted = Thread.interrupted();
        try {
            Thread.sleep(1);
        } catch (InterruptedException e) {
            interrupted = true;
        } catch (StackOverflowError | OutOfMemoryError e) {
            Thread.onSpinWait(); // too little stack or memory to sleep either
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** What an interruptible method does first. */
    static void check() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }
}
