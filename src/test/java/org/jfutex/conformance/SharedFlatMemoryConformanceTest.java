package org.jfutex.conformance;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jfutex.key.FutexMemory;
import org.jfutex.memory.FlatMemory;

/** A flat memory whose words are named as those of a mapped object; in the other byte order, which the plain one does not have. */
class SharedFlatMemoryConformanceTest extends FutexConformance {

    @Override
    protected FutexMemory newMemory() {
        return FlatMemory.shared(ByteBuffer.allocateDirect(8192), ByteOrder.BIG_ENDIAN);
    }

    @Override
    public Long missingAddress() {
        return 8192L;
    }

    /** Two words of a memory, and one of another. */
    @Override
    public List<Place> strangers() {
        FutexMemory one = newMemory();
        return List.of(new Place(one, 0), new Place(one, 4096), new Place(newMemory(), 0));
    }
}
