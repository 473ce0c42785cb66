package org.jfutex.sync;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappedObject;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.SharedKey;

/**
 * A minimal memory of an embedder: one object mapped at some address, with only the three required methods.
 */
record MappedWords(ByteBuffer bytes, long start, MappedObject object) implements FutexMemory {

    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private int index(long address, Access access) {
        long index = address - start;
        if (index < 0 || index > bytes.capacity() - Integer.BYTES) {
            throw new MemoryFaultException(address, access);
        }
        return (int) index;
    }

    @Override
    public int load(long address) {
        return (int) INT.getVolatile(bytes, index(address, Access.READ));
    }

    @Override
    public int compareAndExchange(long address, int expected, int desired) {
        return (int) INT.compareAndExchange(bytes, index(address, Access.WRITE), expected, desired);
    }

    @Override
    public FutexKey sharedKey(long address, Access access) {
        return SharedKey.at(object, index(address, access));
    }
}
