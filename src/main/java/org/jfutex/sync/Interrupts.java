package org.jfutex.sync;

/** The treatment of interrupts, which all locks share. */
final class Interrupts {

    private Interrupts() {}

    /** A wait that may throw {@link InterruptedException}. */
    interface Wait {
        void run() throws InterruptedException;
    }

    /** Runs an uninterruptible wait. */
    static void uninterruptibly(Wait wait) {
        try {
            wait.run();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Sleeps for a millisecond, before a retry of an operation whose success cannot be signalled. An interrupt stays
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

    /** Throws if the thread is interrupted. Interruptible methods call it first. */
    static void check() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }
}
