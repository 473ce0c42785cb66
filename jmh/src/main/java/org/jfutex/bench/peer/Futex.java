package org.jfutex.bench.peer;

/** A contender of a benchmark: words to wait on and to wake. Words are numbered from 0 and initially hold 0. */
public interface Futex {

    /** A count that means all waiters. */
    int ALL = Integer.MAX_VALUE;

    /** Reads a word with volatile semantics. */
    int load(int word);

    /** Writes a word with volatile semantics. */
    void store(int word, int value);

    /** Writes a word with volatile semantics and returns its previous value. */
    int getAndSet(int word, int value);

    /** Writes a word with volatile semantics if it holds the expected value. */
    boolean compareAndSet(int word, int expected, int desired);

    /** Sleeps until woken, or spuriously, if the word holds the expected value. Returns whether it did hold it. */
    boolean await(int word, int expected) throws InterruptedException;

    /** Sleeps until woken, but at most for the given time, if the word holds the expected value. */
    boolean await(int word, int expected, long nanos) throws InterruptedException;

    /** Wakes waiters of a word. Returns their number if it is known. */
    int wake(int word, int count);

    /** Wakes some waiters of a word and moves others to another word. Returns the total number. */
    default int requeue(int from, int to, int wake, int move) {
        throw new UnsupportedOperationException("no requeue");
    }

    /** Returns whether all these threads sleep. They are the only waiters of the word. */
    default boolean asleep(int word, Thread[] threads) {
        for (Thread t : threads) {
            Thread.State state = t.getState();
            if (state != Thread.State.WAITING && state != Thread.State.TIMED_WAITING) {
                return false;
            }
        }
        return true;
    }
}
