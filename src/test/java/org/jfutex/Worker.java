package org.jfutex;

/** Somebody who does one random thing after the other, and whom a watchdog can watch. */
abstract class Worker {

    private final String name;

    /** How many steps are done. */
    private volatile long steps;

    Worker(String name) {
        this.name = name;
    }

    /** One random thing. */
    abstract void step() throws Exception;

    /** Gives up all that is still open. */
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
