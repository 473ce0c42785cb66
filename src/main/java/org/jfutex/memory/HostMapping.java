package org.jfutex.memory;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import org.jspecify.annotations.Nullable;

/** A part of a host file that is mapped into the JVM's own memory, and can be unmapped again. */
final class HostMapping {

    /*
     * Unmapping needs an API that Java 17 does not have. The first one that exists is used:
     *
     *     1. JDK 22 and later: FileChannel.map with a shared Arena, whose close unmaps.
     *     2. JDK 17 to 21: sun.misc.Unsafe.invokeCleaner, if the module jdk.unsupported is present. Later JDKs print a
     *        warning for it.
     *     3. Otherwise the garbage collector unmaps the buffer when it is unreachable.
     *
     * The caller of unmap guarantees that no thread accesses the bytes (see HostPage). With 2, such an access would end
     * the JVM.
     */

    private static final @Nullable Arenas ARENAS = Runtime.version().feature() >= 22 ? Arenas.find() : null;
    private static final @Nullable MethodHandle INVOKE_CLEANER = ARENAS == null ? findInvokeCleaner() : null;

    final ByteBuffer bytes;
    private final @Nullable Object arena;

    private HostMapping(ByteBuffer bytes, @Nullable Object arena) {
        this.bytes = bytes;
        this.arena = arena;
    }

    /** Maps a part of a file. The channel may be closed afterwards. */
    static HostMapping map(FileChannel channel, MapMode mode, long start, long length) throws IOException {
        return ARENAS == null
                ? new HostMapping(channel.map(mode, start, length), null)
                : ARENAS.map(channel, mode, start, length);
    }

    /** Returns whether {@link #unmap} unmaps at once, and not when the garbage collector has run. */
    static boolean unmapsAtOnce() {
        return ARENAS != null || INVOKE_CLEANER != null;
    }

    /** Unmaps the bytes. No thread may access them during or after this call. */
    void unmap() {
        if (arena != null) {
            closeArena();
        } else if (INVOKE_CLEANER != null) {
            try {
                INVOKE_CLEANER.invoke(bytes);
            } catch (Throwable e) {
                throw rethrown(e);
            }
        }
    }

    /** Unmaps the bytes if the garbage collector would not. For a file that has become unreachable. */
    void unmapUnreachable() {
        if (arena != null) {
            closeArena();
        }
    }

    private void closeArena() {
        if (ARENAS != null) {
            try {
                ARENAS.close.invoke(arena);
            } catch (Throwable e) {
                throw rethrown(e);
            }
        }
    }

    private static @Nullable MethodHandle findInvokeCleaner() {
        try {
            Class<?> type = Class.forName("sun.misc.Unsafe");
            Field instance = type.getDeclaredField("theUnsafe");
            instance.setAccessible(true);
            return MethodHandles.publicLookup()
                    .findVirtual(type, "invokeCleaner", MethodType.methodType(void.class, ByteBuffer.class))
                    .bindTo(instance.get(null));
        } catch (ReflectiveOperationException | RuntimeException e) {
            return null; // the module jdk.unsupported is not present
        }
    }

    private static RuntimeException rethrown(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException runtime ? runtime : new IllegalStateException(e);
    }

    /** Handles of the methods of Arena, FileChannel and MemorySegment that map and unmap a file. */
    private record Arenas(MethodHandle ofShared, MethodHandle map, MethodHandle asByteBuffer, MethodHandle close) {

        static @Nullable Arenas find() {
            try {
                MethodHandles.Lookup lookup = MethodHandles.publicLookup();
                Class<?> type = Class.forName("java.lang.foreign.Arena");
                Class<?> segment = Class.forName("java.lang.foreign.MemorySegment");
                return new Arenas(
                        lookup.findStatic(type, "ofShared", MethodType.methodType(type)),
                        lookup.findVirtual(
                                FileChannel.class,
                                "map",
                                MethodType.methodType(segment, MapMode.class, long.class, long.class, type)),
                        lookup.findVirtual(segment, "asByteBuffer", MethodType.methodType(ByteBuffer.class)),
                        lookup.findVirtual(type, "close", MethodType.methodType(void.class)));
            } catch (ReflectiveOperationException e) {
                return null;
            }
        }

        HostMapping map(FileChannel channel, MapMode mode, long start, long length) throws IOException {
            try {
                Object arena = ofShared.invoke();
                boolean mapped = false;
                try {
                    Object part = map.invoke(channel, mode, start, length, arena);
                    HostMapping mapping = new HostMapping((ByteBuffer) asByteBuffer.invoke(part), arena);
                    mapped = true;
                    return mapping;
                } finally {
                    if (!mapped) {
                        close.invoke(arena);
                    }
                }
            } catch (IOException e) {
                throw e;
            } catch (Throwable e) {
                throw rethrown(e);
            }
        }
    }
}
