package org.jfutex.bench.peer;

/** Words to wait on and to wake: one contender of a benchmark. Words are numbered from 0 and hold 0 at first. */
public interface Futex {

    /** A count for "everybody". */
    int ALL = Integer.MAX_VALUE;

    /** Reads a word, volatile. */
    int load(int word);

    /** Writes a word, volatile. */
    void store(int word, int value);

    /** Writes a word, volatile, and says what it held. */
    int getAndSet(int word, int value);

    /** Writes a word, volatile, if it holds the expected value. */
    boolean compareAndSet(int word, int expected, int desired);

    /** Sleeps until woken, or for no reason, if the word holds the expected value; says whether it did. */
    boolean await(int word, int expected) throws InterruptedException;

    /** The same for a time. */
    boolean await(int word, int expected, long nanos) throws InterruptedException;

    /** Wakes waiters of a word; says how many, if it knows. */
    int wake(int word, int count);

    /** Wakes some waiters of a word and moves others to another; says how many in all. */
    default int requeue(int from, int to, int wake, int move) {
        throw new UnsupportedOperationException("no requeue");
    }

    /** Whether all these threads sleep; they wait on this word and nobody else does. */
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
