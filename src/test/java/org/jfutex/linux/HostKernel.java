package org.jfutex.linux;

import java.lang.invoke.MethodHandle;
import java.lang.reflect.Array;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * System calls of the host that runs the tests, by the Foreign Function API.
 *
 * <p>That API exists since JDK 22, and the tests are compiled for 17. So it is called by reflection.
 */
final class HostKernel {

    static final long FUTEX = 202;
    static final long FUTEX_WAITV = 449;
    private static final long GETTID = 186;

    private static final String FOREIGN = "java.lang.foreign.";
    private static final int ARGUMENTS = 7;

    private final MethodHandle syscall;

    private HostKernel(MethodHandle syscall) {
        this.syscall = syscall;
    }

    static boolean isAvailable() {
        return Runtime.version().feature() >= 22
                && System.getProperty("os.name").toLowerCase(Locale.ROOT).equals("linux")
                && System.getProperty("os.arch").equals("amd64");
    }

    static HostKernel connect() throws ReflectiveOperationException {
        Class<?> linkerType = Class.forName(FOREIGN + "Linker");
        Class<?> layoutType = Class.forName(FOREIGN + "MemoryLayout");
        Class<?> descriptorType = Class.forName(FOREIGN + "FunctionDescriptor");
        Class<?> segmentType = Class.forName(FOREIGN + "MemorySegment");
        Class<?> optionType = Class.forName(FOREIGN + "Linker$Option");
        Object linker = linkerType.getMethod("nativeLinker").invoke(null);
        Object lookup = linkerType.getMethod("defaultLookup").invoke(linker);
        Optional<?> symbol = (Optional<?>) Class.forName(FOREIGN + "SymbolLookup")
                .getMethod("find", String.class)
                .invoke(lookup, "syscall");
        Object jlong =
                Class.forName(FOREIGN + "ValueLayout").getField("JAVA_LONG").get(null);
        Object[] layouts = (Object[]) Array.newInstance(layoutType, ARGUMENTS);
        Arrays.fill(layouts, jlong);
        Object descriptor =
                descriptorType.getMethod("of", layoutType, layouts.getClass()).invoke(null, jlong, layouts);
        Object[] options = (Object[]) Array.newInstance(optionType, 1);
        options[0] =
                optionType.getMethod("captureCallState", String[].class).invoke(null, (Object) new String[] {"errno"});
        MethodHandle handle = (MethodHandle) linkerType
                .getMethod("downcallHandle", segmentType, descriptorType, options.getClass())
                .invoke(linker, symbol.orElseThrow(), descriptor, options);
        return new HostKernel(handle);
    }

    /** Makes a call. Returns a value or a negative errno. */
    long call(long number, long a, long b, long c, long d, long e, long f) {
        ByteBuffer errno = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
        try {
            long result = (long) syscall.invokeWithArguments(segment(errno), number, a, b, c, d, e, f);
            return result == -1 ? -errno.getInt(0) : result;
        } catch (Throwable t) {
            throw new AssertionError(t);
        }
    }

    long gettid() {
        return call(GETTID, 0, 0, 0, 0, 0, 0);
    }

    /** Returns the address of a direct buffer. */
    static long address(ByteBuffer direct) {
        try {
            Object segment = segment(direct);
            return (long) Class.forName(FOREIGN + "MemorySegment")
                    .getMethod("address")
                    .invoke(segment);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("addresses of buffers need JDK 22 or later", e);
        }
    }

    private static Object segment(ByteBuffer direct) throws ReflectiveOperationException {
        return Class.forName(FOREIGN + "MemorySegment")
                .getMethod("ofBuffer", Buffer.class)
                .invoke(null, direct);
    }
}
