package org.jfutex.memory;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** The list of a flat memory's buffers in the order of their addresses; immutable. */
final class BufferSegments {

    static final BufferSegments NONE = new BufferSegments(new Segment[0], 0);

    final long size;
    private final Segment[] parts;

    private BufferSegments(Segment[] parts, long size) {
        this.parts = parts;
        this.size = size;
    }

    /** A buffer and the address of its first byte. */
    record Segment(ByteBuffer bytes, long start) {
        int index(long address) {
            return (int) (address - start);
        }
    }

    BufferSegments with(ByteBuffer bytes) {
        Segment[] longer = Arrays.copyOf(parts, parts.length + 1);
        longer[parts.length] = new Segment(bytes, size);
        return new BufferSegments(longer, size + bytes.capacity());
    }

    /** Returns the part that contains an address, which must be in range. Most memories have only one part. */
    Segment holding(long address) {
        int low = 0;
        for (int high = parts.length - 1; low < high; ) {
            int middle = (low + high + 1) >>> 1;
            if (parts[middle].start <= address) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return parts[low];
    }
}
