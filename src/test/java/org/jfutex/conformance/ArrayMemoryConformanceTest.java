package org.jfutex.conformance;

import org.jfutex.key.FutexMemory;
import org.jfutex.memory.ArrayMemory;

class ArrayMemoryConformanceTest extends FutexConformance {

    @Override
    protected FutexMemory newMemory() {
        return ArrayMemory.of(new long[1024]);
    }

    @Override
    public Long missingAddress() {
        return 8192L;
    }
}
