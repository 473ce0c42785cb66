package org.jfutex.memory;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Where pages go that are pushed out: a temporary file that exists from the first push-out on. */
final class SwapStore {

    /*
     * A channel would be closed, and every page in it lost, when a thread that reads it is interrupted. RandomAccessFile does not
     * know interrupts. The file has no name any more when it is used, so it goes with the process (on systems that cannot remove an
     * open file, at its orderly end).
     *
     * A slot is freed when its page is read back or discarded, and by the cleaner when the page itself is gone.
     */

    private static final Cleaner CLEANER = Cleaner.create();

    private final ReentrantLock lock = new ReentrantLock();

    private final BitSet used = new BitSet(); // guarded by lock

    private int lowest; // guarded by lock; no place below is free

    private final byte[] buffer = new byte[Mm.PAGE_SIZE]; // guarded by lock

    private @Nullable RandomAccessFile file; // guarded by lock

    /** A place in the store, which holds one page. */
    static final class Slot {

        private final SwapStore store;
        private final int index;
        private final Cleaner.Cleanable freeing;

        private Slot(SwapStore store, int index, Page page) {
            this.store = store;
            this.index = index;
            this.freeing = CLEANER.register(page, () -> store.free(index));
        }

        void read(ByteBuffer into) {
            store.read(index, into);
        }

        void free() {
            freeing.clean();
        }
    }

    /** Writes a page's bytes to a free place, which will be freed when the page is collected at the latest. */
    Slot write(ByteBuffer bytes, Page page) {
        lock.lock();
        try {
            int index = used.nextClearBit(lowest);
            bytes.get(0, buffer);
            RandomAccessFile f = openLocked();
            f.seek((long) index << Mm.PAGE_SHIFT);
            f.write(buffer);
            used.set(index); // before there is somebody who will free it, since an error may be one of memory
            Slot slot = null;
            try {
                slot = new Slot(this, index, page);
                lowest = index + 1;
            } finally {
                if (slot == null) {
                    used.clear(index);
                }
            }
            return slot;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write to the swap", e);
        } finally {
            lock.unlock();
        }
    }

    private void read(int index, ByteBuffer into) {
        lock.lock();
        try {
            RandomAccessFile f = openLocked();
            f.seek((long) index << Mm.PAGE_SHIFT);
            f.readFully(buffer);
            into.put(0, buffer);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read from the swap", e);
        } finally {
            lock.unlock();
        }
    }

    private void free(int index) {
        lock.lock();
        try {
            used.clear(index);
            lowest = Math.min(lowest, index);
        } finally {
            lock.unlock();
        }
    }

    /** How many pages are out. */
    int used() {
        lock.lock();
        try {
            return used.cardinality();
        } finally {
            lock.unlock();
        }
    }

    private RandomAccessFile openLocked() throws IOException {
        RandomAccessFile f = file;
        if (f == null) {
            Path path = Files.createTempFile("jfutex", ".swap");
            f = new RandomAccessFile(path.toFile(), "rw");
            file = f;
            try {
                Files.delete(path);
            } catch (IOException e) {
                path.toFile().deleteOnExit(); // it cannot be removed while it is open
            }
        }
        return f;
    }
}
