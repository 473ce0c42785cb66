package org.jfutex.bench.peer;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The simplest table: a concurrent map from a key to a lock and its waiters. It never removes a key. */
final class NaiveTable extends DirectWords {

    private final Object memory = new Object();
    private final ConcurrentMap<Key, Place> places = new ConcurrentHashMap<>();

    NaiveTable(int words) {
        super(words);
    }

    private record Key(Object memory, long address) {}

    private static final class Place {
        final ReentrantLock lock = new ReentrantLock();
        final Queue<Waiter> waiters = new ArrayDeque<>();
    }

    private static final class Waiter {
        final Condition condition;
        boolean woken;

        Waiter(Condition condition) {
            this.condition = condition;
        }
    }

    private Key key(int word) {
        return new Key(memory, word * 4L);
    }

    @Override
    public boolean await(int word, int expected) throws InterruptedException {
        return await(word, expected, Long.MAX_VALUE);
    }

    @Override
    public boolean await(int word, int expected, long nanos) throws InterruptedException {
        Place p = places.computeIfAbsent(key(word), k -> new Place());
        p.lock.lock();
        try {
            if (load(word) != expected) {
                return false;
            }
            Waiter w = new Waiter(p.lock.newCondition());
            p.waiters.add(w);
            try {
                for (long left = nanos; !w.woken && left > 0; ) {
                    if (nanos == Long.MAX_VALUE) {
                        w.condition.await();
                    } else {
                        left = w.condition.awaitNanos(left);
                    }
                }
            } finally {
                if (!w.woken) {
                    p.waiters.remove(w);
                }
            }
            return true;
        } finally {
            p.lock.unlock();
        }
    }

    @Override
    public int wake(int word, int count) {
        Place p = places.get(key(word));
        if (p == null) {
            return 0;
        }
        p.lock.lock();
        try {
            int woken = 0;
            for (Waiter w; woken < count && (w = p.waiters.poll()) != null; woken++) {
                w.woken = true;
                w.condition.signal();
            }
            return woken;
        } finally {
            p.lock.unlock();
        }
    }
}
