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

/** The store of swapped-out pages: a temporary file, created at the first swap-out. */
final class SwapStore {

    /*
     * The store uses a RandomAccessFile, which ignores interrupts. An interrupt of a thread that reads a channel would
     * close the channel, and every page in it would be lost. The file is removed before it is used, so it disappears
     * with the process. On systems that cannot remove an open file, it is removed at an orderly exit.
     *
     * A slot is freed when its page is swapped in or discarded, and by the cleaner when the page is unreachable.
     */

    private static final Cleaner CLEANER = Cleaner.create();

    private final ReentrantLock lock = new ReentrantLock();

    private final BitSet used = new BitSet(); // guarded by lock

    private int lowest; // guarded by lock; no slot below is free

    private final byte[] buffer = new byte[Addresses.PAGE_SIZE]; // guarded by lock

    private @Nullable RandomAccessFile file; // guarded by lock

    /** A slot of the store, which holds one page. */
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

    /**
     * Writes a page's bytes to a free slot. The slot is freed, at the latest, after the page has become unreachable.
     */
    Slot write(ByteBuffer bytes, Page page) {
        lock.lock();
        try {
            int index = used.nextClearBit(lowest);
            bytes.get(0, buffer);
            RandomAccessFile f = openLocked();
            f.seek((long) index << Addresses.PAGE_SHIFT);
            f.write(buffer);
            // before the slot exists: its cleaner may run as soon as it does, and its creation may run out of memory
            used.set(index);
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
            f.seek((long) index << Addresses.PAGE_SHIFT);
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

    /** Returns the number of pages in this store. */
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
                path.toFile().deleteOnExit(); // this system cannot remove an open file
            }
        }
        return f;
    }
}
