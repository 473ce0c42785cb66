package org.jfutex.bench.peer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Words outside the heap, accessed as directly as Java permits. */
abstract class DirectWords implements Futex {

    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder())
            .withInvokeExactBehavior();

    final ByteBuffer bytes;

    DirectWords(int words) {
        bytes = ByteBuffer.allocateDirect(words * Integer.BYTES);
    }

    @Override
    public final int load(int word) {
        return (int) INT.getVolatile(bytes, word * Integer.BYTES);
    }

    @Override
    public final void store(int word, int value) {
        INT.setVolatile(bytes, word * Integer.BYTES, value);
    }

    @Override
    public final int getAndSet(int word, int value) {
        return (int) INT.getAndSet(bytes, word * Integer.BYTES, value);
    }

    @Override
    public final boolean compareAndSet(int word, int expected, int desired) {
        return INT.compareAndSet(bytes, word * Integer.BYTES, expected, desired);
    }
}
