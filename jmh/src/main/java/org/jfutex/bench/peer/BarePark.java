package org.jfutex.bench.peer;

import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/**
 * The lower bound for sleeping: the waker knows the threads and unparks them. A wake-all also removes the threads.
 * Another wake always unparks the threads that came first, which is right for two threads with a word each.
 */
final class BarePark extends DirectWords {

    private final Sleepers[] sleepers;

    BarePark(int words) {
        super(words);
        sleepers = new Sleepers[words];
        Arrays.setAll(sleepers, i -> new Sleepers());
    }

    private static final class Sleepers {
        private Thread[] threads = new Thread[1];
        private int count;
        private volatile Thread last;

        synchronized void add(Thread thread) {
            if (count == threads.length) {
                threads = Arrays.copyOf(threads, 2 * count);
            }
            threads[count++] = thread;
            last = thread;
        }

        int unpark(int most) {
            if (most == ALL) {
                synchronized (this) { // so that the thread that came last is visible
                    int all = count;
                    for (int i = 0; i < all; i++) {
                        LockSupport.unpark(threads[i]);
                    }
                    // otherwise the threads of one group would hide the heap use of the next
                    threads = new Thread[1];
                    count = 0;
                    last = null;
                    return all;
                }
            }
            if (last != null) {
                LockSupport.unpark(threads[0]);
                return 1;
            }
            return 0;
        }
    }

    private void come(int word) {
        Thread me = Thread.currentThread();
        Sleepers s = sleepers[word];
        if (s.last != me) {
            s.add(me);
        }
    }

    @Override
    public boolean await(int word, int expected) {
        come(word);
        if (load(word) != expected) {
            return false;
        }
        LockSupport.park(this);
        return true;
    }

    @Override
    public boolean await(int word, int expected, long nanos) {
        come(word);
        if (load(word) != expected) {
            return false;
        }
        LockSupport.parkNanos(this, nanos);
        return true;
    }

    @Override
    public int wake(int word, int count) {
        return sleepers[word].unpark(count);
    }
}
