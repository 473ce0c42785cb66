package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A page of a host file, which shows a part of a mapping. The last page of a file ends where the file ends. */
final class HostPage extends Page {

    /*
     * The mapping can be unmapped while the buffer is still reachable, so every access announces itself, loads too:
     *
     *     load, store                         unmap, truncate
     *     (A) enter the page                  (C) remove the entry, or freeze the page
     *     (B) read the entry and the bytes    (D) wait until the page has no accesses
     *     access the word                     (E) take the bytes away; unmap
     *     leave the page
     *
     * So no thread accesses the bytes at (E). In the protocol of Page a load does not announce itself. Therefore
     * bytes() returns null for these pages, which leads each load to the path that enters the page first.
     */

    private volatile @Nullable ByteBuffer mapped; // written while frozen; null after the page was discarded

    HostPage(ByteBuffer mapped) {
        super(null, false, false);
        this.mapped = mapped;
    }

    @Override
    boolean reaches(int end) {
        ByteBuffer b = mapped;
        return b != null && end <= b.capacity();
    }

    /** Returns whether the page shows bytes, and has not been discarded. */
    boolean isShown() {
        return mapped != null;
    }

    @Override
    boolean holds(int end) {
        return reaches(end);
    }

    @Override
    ByteBuffer bytesWithin() {
        return requireNonNull(mapped);
    }

    @Override
    @Nullable
    ByteBuffer swapInFrozen() {
        return mapped;
    }

    @Override
    boolean swapIn() {
        return mapped != null;
    }

    @Override
    void discard() {
        show(null);
    }

    /** Waits until no thread accesses the bytes, and replaces them by others with equal contents, or by none. */
    void show(@Nullable ByteBuffer bytes) {
        freeze();
        try {
            mapped = bytes;
        } finally {
            thaw();
        }
    }
}
