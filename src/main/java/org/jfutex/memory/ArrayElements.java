package org.jfutex.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Atomic access to the elements of an array of 32 or 64 bits each. */
abstract sealed class ArrayElements {

    /** The size of an element in bytes. */
    final int bytes;

    /** The number of elements. */
    final int count;

    private ArrayElements(int bytes, int count) {
        this.bytes = bytes;
        this.count = count;
    }

    static ArrayElements of(long[] array) {
        return new Longs(array);
    }

    static ArrayElements of(int[] array) {
        return new Ints(array);
    }

    /** Reads an element, zero-extended, by a volatile read. */
    abstract long get(int index);

    /** Writes the low bits of a value to an element by a volatile write. */
    abstract void set(int index, long value);

    /** Replaces an element if it holds a value that {@link #get} has returned. */
    abstract boolean compareAndSet(int index, long seen, long value);

    private static final class Longs extends ArrayElements {

        private static final VarHandle LONG =
                MethodHandles.arrayElementVarHandle(long[].class).withInvokeExactBehavior();

        private final long[] array;

        Longs(long[] array) {
            super(Long.BYTES, array.length);
            this.array = array;
        }

        @Override
        long get(int index) {
            return (long) LONG.getVolatile(array, index);
        }

        @Override
        void set(int index, long value) {
            LONG.setVolatile(array, index, value);
        }

        @Override
        boolean compareAndSet(int index, long seen, long value) {
            return LONG.compareAndSet(array, index, seen, value);
        }
    }

    private static final class Ints extends ArrayElements {

        private static final VarHandle INT =
                MethodHandles.arrayElementVarHandle(int[].class).withInvokeExactBehavior();

        private final int[] array;

        Ints(int[] array) {
            super(Integer.BYTES, array.length);
            this.array = array;
        }

        @Override
        long get(int index) {
            return Integer.toUnsignedLong((int) INT.getVolatile(array, index));
        }

        @Override
        void set(int index, long value) {
            INT.setVolatile(array, index, (int) value);
        }

        @Override
        boolean compareAndSet(int index, long seen, long value) {
            return INT.compareAndSet(array, index, (int) seen, (int) value);
        }
    }
}
