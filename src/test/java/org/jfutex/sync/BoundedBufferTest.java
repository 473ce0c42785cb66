package org.jfutex.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests a bounded buffer with two conditions. One lost signal stops it. */
class BoundedBufferTest {

    private static final int THINGS = 25_000;

    /**
     * The buffer consists of words only: the mutex, the two conditions, the number of items, and the items.
     */
    private record Buffer(WordPlacement.Side side, int capacity, Lock mutex, Condition notFull, Condition notEmpty) {

        static Buffer at(WordPlacement.Side side, int capacity) {
            FutexMutex mutex = side.mutex(0);
            return new Buffer(
                    side, capacity, mutex, mutex.newCondition(side.address(1)), mutex.newCondition(side.address(2)));
        }

        void put(int thing) throws InterruptedException {
            mutex.lock();
            try {
                int size;
                while ((size = side.load(3)) == capacity) {
                    notFull.await();
                }
                side.store(4 + size, thing);
                side.store(3, size + 1);
                notEmpty.signal();
            } finally {
                mutex.unlock();
            }
        }

        int take() throws InterruptedException {
            mutex.lock();
            try {
                int size;
                long patience = TimeUnit.MINUTES.toNanos(1);
                while ((size = side.load(3)) == 0) {
                    patience = notEmpty.awaitNanos(patience);
                }
                side.store(3, size - 1);
                int thing = side.load(4 + size - 1);
                notFull.signal();
                return thing;
            } finally {
                mutex.unlock();
            }
        }
    }

    static List<Object[]> contests() {
        return Contest.placesAndKinds();
    }

    @ParameterizedTest
    @MethodSource("contests")
    void everythingThatIsPutIsTakenOnce(WordPlacement place, Threads kind) throws Exception {
        AtomicLong put = new AtomicLong();
        AtomicLong taken = new AtomicLong();
        for (int capacity : new int[] {1, 3}) {
            Contest.run(kind, 8, place, (side, me) -> {
                Buffer buffer = Buffer.at(side, capacity);
                for (int i = 1; i <= THINGS; i++) {
                    if (me < 4) {
                        buffer.put(i * me);
                        put.addAndGet((long) i * me);
                    } else {
                        taken.addAndGet(buffer.take());
                    }
                }
            });
        }
        assertEquals(put.get(), taken.get());
        assertEquals(0, place.here().load(3));
        for (int word = 0; word < 3; word++) {
            assertEquals(0, place.here().waiters(word));
        }
    }
}
