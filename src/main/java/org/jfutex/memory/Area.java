package org.jfutex.memory;

import org.jfutex.key.SharedKey;
import org.jspecify.annotations.Nullable;

/**
 * A VMA prepared for those who ask for the hash of a key in it; it ends with the VMA.
 *
 * <p>It can be handed on without any order. Who gets it by a race may find it ended, and asks the map then.
 */
final class Area {

    private final long start;
    private final long length;

    /** Whether words are named by the file and nothing forbids any access, up to the file's end. */
    private final boolean plainlyShared;

    /** What the hash of a key in the file is above the address. */
    private final long origin;

    private volatile @Nullable Vma vma; // null once it has been replaced

    Area(Vma vma) {
        MappableFile file = vma.file();
        this.start = vma.start();
        this.length = vma.end() - vma.start();
        this.plainlyShared =
                file != null && vma.sharing() == Sharing.SHARED && vma.protection() == Protection.READ_WRITE;
        this.origin = file == null ? 0 : SharedKey.hash(file, vma.pgoff() << Mm.PAGE_SHIFT) - vma.start();
        this.vma = vma;
    }

    /** Whether an address lies here. */
    boolean holds(long address) {
        return Long.compareUnsigned(address - start, length) < 0;
    }

    /** The VMA as long as it is mapped. */
    @Nullable
    Vma vma() {
        return vma;
    }

    /** The VMA is about to be replaced. */
    void end() {
        vma = null;
    }

    boolean isPlainlyShared() {
        return plainlyShared;
    }

    /** The hash of the key that names a word by the file. */
    long fileHash(long address) {
        return address + origin;
    }
}
