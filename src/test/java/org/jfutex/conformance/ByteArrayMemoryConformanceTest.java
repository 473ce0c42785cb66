package org.jfutex.conformance;

import org.jfutex.key.FutexMemory;
import org.jfutex.memory.ByteArrayMemory;

class ByteArrayMemoryConformanceTest extends FutexConformance {

    @Override
    protected FutexMemory newMemory() {
        return ByteArrayMemory.of(new byte[8192]);
    }

    @Override
    public Long missingAddress() {
        return 8192L;
    }
}
