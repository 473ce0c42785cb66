package org.jfutex;

/** A thread that performs random steps and whose progress a watchdog can check. */
abstract class Worker {

    private final String name;

    /** Returns the number of steps done. */
    private volatile long steps;

    Worker(String name) {
        this.name = name;
    }

    /** Performs one random step. */
    abstract void step() throws Exception;

    /** Ends all operations that are still open. */
    void end() throws Exception {}

    final long steps() {
        return steps;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    final void countedStep() throws Exception {
        step();
        steps++;
    }

    @Override
    public String toString() {
        return name;
    }
}
