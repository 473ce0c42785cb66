package org.jfutex.model;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;

/**
 * A few words of memory. The model checker switches threads at each access, except at
 * {@code AtomicIntegerArray.compareAndExchange}.
 */
final class Words implements FutexMemory {

    private final AtomicIntegerArray words = new AtomicIntegerArray(4);

    void store(long address, int value) {
        words.set(index(address), value);
    }

    @Override
    public int load(long address) {
        return words.get(index(address));
    }

    @Override
    public int compareAndExchange(long address, int expected, int desired) {
        int i = index(address);
        while (!words.compareAndSet(i, expected, desired)) {
            int seen = words.get(i);
            if (seen != expected) {
                return seen;
            }
        }
        return expected;
    }

    @Override
    public int getAndSet(long address, int value) {
        return words.getAndSet(index(address), value);
    }

    @Override
    public FutexKey sharedKey(long address, Access access) {
        return new AnonymousKey(this, address);
    }

    private static int index(long address) {
        return (int) (address / 4);
    }
}
