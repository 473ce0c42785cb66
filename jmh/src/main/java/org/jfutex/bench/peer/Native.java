package org.jfutex.bench.peer;

import java.lang.invoke.MethodHandle;
import java.lang.reflect.Array;
import java.nio.Buffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * Functions of the C library, called through the Foreign Function API. This API exists since JDK 22, and the benchmarks
 * are compiled for 17. So the method handle is obtained by reflection; calls of it are as fast as of any other.
 */
final class Native {

    private static final String FOREIGN = "java.lang.foreign.";

    private Native() {}

    static boolean isAvailable() {
        return Runtime.version().feature() >= 22;
    }

    /** Returns a handle of a function that takes this many C longs and returns one. */
    static MethodHandle longs(String name, int arguments) {
        try {
            Class<?> linkerType = Class.forName(FOREIGN + "Linker");
            Class<?> layoutType = Class.forName(FOREIGN + "MemoryLayout");
            Class<?> descriptorType = Class.forName(FOREIGN + "FunctionDescriptor");
            Class<?> segmentType = Class.forName(FOREIGN + "MemorySegment");
            Class<?> optionsType = Class.forName(FOREIGN + "Linker$Option").arrayType();

            Object linker = linkerType.getMethod("nativeLinker").invoke(null);
            Object lookup = linkerType.getMethod("defaultLookup").invoke(linker);
            Optional<?> symbol = (Optional<?>) Class.forName(FOREIGN + "SymbolLookup")
                    .getMethod("find", String.class)
                    .invoke(lookup, name);

            Object jlong =
                    Class.forName(FOREIGN + "ValueLayout").getField("JAVA_LONG").get(null);
            Object[] layouts = (Object[]) Array.newInstance(layoutType, arguments);
            Arrays.fill(layouts, jlong);
            Object descriptor = descriptorType
                    .getMethod("of", layoutType, layouts.getClass())
                    .invoke(null, jlong, layouts);
            return (MethodHandle) linkerType
                    .getMethod("downcallHandle", segmentType, descriptorType, optionsType)
                    .invoke(
                            linker,
                            symbol.orElseThrow(),
                            descriptor,
                            Array.newInstance(optionsType.componentType(), 0));
        } catch (ReflectiveOperationException e) {
            throw new UnsupportedOperationException("calls into the C library need JDK 22 or later", e);
        }
    }

    /** Returns the address of a direct buffer's position. */
    static long address(Buffer direct) {
        try {
            Class<?> segmentType = Class.forName(FOREIGN + "MemorySegment");
            Object segment = segmentType.getMethod("ofBuffer", Buffer.class).invoke(null, direct);
            return (long) segmentType.getMethod("address").invoke(segment);
        } catch (ReflectiveOperationException e) {
            throw new UnsupportedOperationException("addresses of buffers need JDK 22 or later", e);
        }
    }
}
