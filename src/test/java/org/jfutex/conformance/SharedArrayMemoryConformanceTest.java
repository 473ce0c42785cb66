package org.jfutex.conformance;

import java.nio.ByteOrder;
import java.util.List;
import org.jfutex.key.FutexMemory;
import org.jfutex.memory.ArrayMemory;

/** Conformance of a big-endian shared memory over an {@code int[]}, which has no 64-bit words. */
class SharedArrayMemoryConformanceTest extends FutexConformance {

    @Override
    protected FutexMemory newMemory() {
        return ArrayMemory.shared(new int[2048], ByteOrder.BIG_ENDIAN);
    }

    @Override
    public Long missingAddress() {
        return 8192L;
    }

    /** Returns two words of a memory, and one of another memory. */
    @Override
    public List<Place> strangers() {
        FutexMemory one = newMemory();
        return List.of(new Place(one, 0), new Place(one, 4096), new Place(newMemory(), 0));
    }
}
