package org.jfutex.sync;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.jfutex.key.Access;
import org.jfutex.key.ForwardingMemory;
import org.jfutex.key.FutexKey;
import org.jfutex.memory.FlatMemory;

/** A shared memory that throws OutOfMemoryError for the key of one word, a given number of times. */
final class ScarceMemory extends ForwardingMemory {

    private final AtomicInteger failures = new AtomicInteger();
    private volatile long where;

    ScarceMemory() {
        super(FlatMemory.shared(ByteBuffer.allocateDirect(WordPlacement.SIZE)));
    }

    void failAt(long address, int times) {
        where = address;
        failures.set(times);
    }

    @Override
    public FutexKey sharedKey(long address, Access access) {
        if (address == where && failures.get() > 0 && failures.getAndDecrement() > 0) {
            throw new OutOfMemoryError("planned");
        }
        return super.sharedKey(address, access);
    }
}
