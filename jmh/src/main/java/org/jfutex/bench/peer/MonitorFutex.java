package org.jfutex.bench.peer;

import java.util.Arrays;

/** A preallocated object for each word, with {@code synchronized}, {@code Object.wait} and {@code Object.notify}. */
final class MonitorFutex extends DirectWords {

    private final Object[] places;

    MonitorFutex(int words) {
        super(words);
        places = new Object[words];
        Arrays.setAll(places, i -> new Object());
    }

    @Override
    public boolean await(int word, int expected) throws InterruptedException {
        return await(word, expected, 0);
    }

    @Override
    public boolean await(int word, int expected, long nanos) throws InterruptedException {
        Object place = places[word];
        synchronized (place) {
            if (load(word) != expected) {
                return false;
            }
            place.wait(nanos / 1_000_000, (int) (nanos % 1_000_000));
            return true;
        }
    }

    @Override
    public int wake(int word, int count) {
        Object place = places[word];
        synchronized (place) {
            if (count == 1) {
                place.notify();
            } else {
                place.notifyAll();
            }
            return 0;
        }
    }
}
