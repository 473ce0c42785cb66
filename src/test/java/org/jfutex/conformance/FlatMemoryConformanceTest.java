package org.jfutex.conformance;

import java.nio.ByteBuffer;
import org.jfutex.key.FutexMemory;
import org.jfutex.memory.FlatMemory;

class FlatMemoryConformanceTest extends FutexConformance {

    @Override
    protected FutexMemory newMemory() {
        return FlatMemory.of(ByteBuffer.allocateDirect(8192));
    }

    @Override
    public Long missingAddress() {
        return 8192L;
    }
}
