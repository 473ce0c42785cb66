package org.jfutex.memory;

import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappedObject;

/** The mapped object in the shared keys of a memory that is mapped as a whole: it has one for all of its words. */
final class WholeMemory implements MappedObject {

    private final FutexMemory memory;
    private final long seed;

    WholeMemory(FutexMemory memory, long seed) {
        this.memory = memory;
        this.seed = seed;
    }

    @Override
    public long seed() {
        return seed;
    }

    @Override
    public String toString() {
        return memory.toString();
    }
}
