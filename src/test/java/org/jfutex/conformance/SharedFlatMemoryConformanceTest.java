package org.jfutex.conformance;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jfutex.key.FutexMemory;
import org.jfutex.memory.FlatMemory;

/**
 * Conformance of a flat memory whose keys are those of a mapped object. Its byte order differs from the unshared one's.
 */
class SharedFlatMemoryConformanceTest extends FutexConformance {

    @Override
    protected FutexMemory newMemory() {
        return FlatMemory.shared(ByteBuffer.allocateDirect(8192), ByteOrder.BIG_ENDIAN);
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
