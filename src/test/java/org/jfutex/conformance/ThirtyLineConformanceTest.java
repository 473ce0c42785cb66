package org.jfutex.conformance;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;

/** Conformance of the smallest embedder, whose memory is an array of ints. */
class ThirtyLineConformanceTest extends FutexConformance {

    private static final class Ints implements FutexMemory {

        private final AtomicIntegerArray words = new AtomicIntegerArray(2048);

        @Override
        public int load(long address) {
            return words.get(index(address, Access.READ));
        }

        @Override
        public int compareAndExchange(long address, int expected, int desired) {
            return words.compareAndExchange(index(address, Access.WRITE), expected, desired);
        }

        @Override
        public FutexKey sharedKey(long address, Access access) {
            index(address, access);
            return new AnonymousKey(this, address);
        }

        private int index(long address, Access access) {
            if (address < 0 || address >= 8192) {
                throw new MemoryFaultException(address, access);
            }
            return (int) (address / 4);
        }
    }

    @Override
    protected FutexMemory newMemory() {
        return new Ints();
    }

    @Override
    public Long missingAddress() {
        return 8192L;
    }
}
