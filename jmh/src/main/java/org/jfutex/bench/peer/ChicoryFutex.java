package org.jfutex.bench.peer;

import com.dylibso.chicory.runtime.ByteArrayMemory;
import com.dylibso.chicory.runtime.Memory;
import com.dylibso.chicory.wasm.types.MemoryLimits;

/**
 * The shared memory that Chicory uses by default: {@code memory.atomic.wait32} and {@code notify}. Endive is derived
 * from Chicory.
 */
final class ChicoryFutex implements Futex {

    private final Memory memory;

    ChicoryFutex(int words) {
        int pages = words * 4 / Memory.PAGE_SIZE + 1;
        memory = new ByteArrayMemory(new MemoryLimits(pages, pages, true));
    }

    @Override
    public int load(int word) {
        return memory.atomicReadInt(word * 4);
    }

    @Override
    public void store(int word, int value) {
        memory.atomicWriteInt(word * 4, value);
    }

    @Override
    public int getAndSet(int word, int value) {
        return memory.atomicXchgInt(word * 4, value);
    }

    @Override
    public boolean compareAndSet(int word, int expected, int desired) {
        return memory.atomicCmpxchgInt(word * 4, expected, desired) == expected;
    }

    @Override
    public boolean await(int word, int expected) {
        return await(word, expected, -1);
    }

    @Override
    public boolean await(int word, int expected, long nanos) {
        return memory.atomicWait(word * 4, expected, nanos) != 1;
    }

    @Override
    public int wake(int word, int count) {
        return memory.atomicNotify(word * 4, count);
    }
}
