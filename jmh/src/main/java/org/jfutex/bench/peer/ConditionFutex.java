package org.jfutex.bench.peer;

import java.util.Arrays;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A preallocated lock and condition for each word. */
final class ConditionFutex extends DirectWords {

    private final Place[] places;

    ConditionFutex(int words) {
        super(words);
        places = new Place[words];
        Arrays.setAll(places, i -> new Place());
    }

    private static final class Place extends ReentrantLock {
        private static final long serialVersionUID = 1L;
        private final transient Condition changed = newCondition();
    }

    @Override
    public boolean await(int word, int expected) throws InterruptedException {
        Place p = places[word];
        p.lock();
        try {
            if (load(word) != expected) {
                return false;
            }
            p.changed.await();
            return true;
        } finally {
            p.unlock();
        }
    }

    @Override
    public boolean await(int word, int expected, long nanos) throws InterruptedException {
        Place p = places[word];
        p.lock();
        try {
            if (load(word) != expected) {
                return false;
            }
            p.changed.awaitNanos(nanos);
            return true;
        } finally {
            p.unlock();
        }
    }

    @Override
    public int wake(int word, int count) {
        Place p = places[word];
        p.lock();
        try {
            if (count == 1) {
                p.changed.signal();
            } else {
                p.changed.signalAll();
            }
            return 0;
        } finally {
            p.unlock();
        }
    }
}
