package org.jfutex.memory;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.SharedKey;
import org.jspecify.annotations.Nullable;

/** A simple model of {@link AddressSpace}: an array of pages, each with bytes of its own. */
final class SpaceModel {

    static final int PAGE = 4096;

    /** A file with bytes up to the end of its last page. When the file grows, the new bytes are zero. */
    static final class Inode {
        final MappableFile real;
        final byte[] data;
        int size;

        Inode(MappableFile real, int maxPages) {
            this.real = real;
            this.data = new byte[maxPages * PAGE];
            this.size = (int) real.size();
        }

        int pages() {
            return (size + PAGE - 1) / PAGE;
        }

        void truncate(int newSize) {
            Arrays.fill(data, Math.min(size, newSize), data.length, (byte) 0);
            size = newSize;
        }

        void punch(int from, int to) {
            Arrays.fill(data, from, Math.max(from, Math.min(to, pages() * PAGE)), (byte) 0);
        }
    }

    /** A mapped page. */
    static final class Entry {
        final Sharing sharing;
        final @Nullable Inode file;
        final int index;
        Protection protection;
        byte @Nullable [] copy; // the private copy; null if the page belongs to the file or is untouched

        Entry(Protection protection, Sharing sharing, @Nullable Inode file, int index) {
            this.protection = protection;
            this.sharing = sharing;
            this.file = file;
            this.index = index;
        }

        Entry forked() {
            Entry child = new Entry(protection, sharing, file, index);
            child.copy = copy == null ? null : copy.clone();
            return child;
        }

        boolean exists() {
            return copy != null || file == null || index < file.pages();
        }

        byte at(int offset) {
            byte[] mine = copy;
            return mine != null ? mine[offset] : file == null ? 0 : file.data[index * PAGE + offset];
        }

        void own() {
            if (copy == null) {
                byte[] mine = new byte[PAGE];
                for (int i = 0; i < PAGE; i++) {
                    mine[i] = at(i);
                }
                copy = mine;
            }
        }

        void set(int offset, byte value) {
            if (sharing == Sharing.PRIVATE) {
                own();
                requireNonNull(copy)[offset] = value;
            } else {
                requireNonNull(file).data[index * PAGE + offset] = value;
            }
        }
    }

    final @Nullable Entry[] pages;
    final long base;

    SpaceModel(long base, int pages) {
        this.base = base;
        this.pages = new Entry[pages];
    }

    SpaceModel fork() {
        SpaceModel child = new SpaceModel(base, pages.length);
        for (int i = 0; i < pages.length; i++) {
            Entry entry = pages[i];
            child.pages[i] = entry == null ? null : entry.forked();
        }
        return child;
    }

    /** Returns the page of an access; null if the access faults. */
    @Nullable
    Entry accessible(int page, Access access) {
        Entry entry = page < 0 || page >= pages.length ? null : pages[page];
        if (entry == null || !entry.exists()) {
            return null;
        }
        boolean allowed = access == Access.WRITE ? entry.protection.writable() : entry.protection.readable();
        return allowed ? entry : null;
    }

    /** Returns whether two pages would belong to one VMA if they were adjacent. */
    private boolean alike(int left, int right) {
        Entry a = pages[left];
        Entry b = pages[right];
        return a != null
                && b != null
                && a.protection == b.protection
                && a.sharing == b.sharing
                && a.file == b.file
                && (a.file == null || b.index == a.index + 1);
    }

    /** Returns the first page after the VMA that contains a page. */
    int vmaEnd(int page) {
        int end = page + 1;
        while (end < pages.length && alike(end - 1, end)) {
            end++;
        }
        return end;
    }

    List<Vma> vmas() {
        List<Vma> vmas = new ArrayList<>();
        for (int page = 0; page < pages.length; page++) {
            Entry entry = pages[page];
            if (entry != null) {
                int end = vmaEnd(page);
                Inode file = entry.file;
                vmas.add(new Vma(
                        base + (long) page * PAGE,
                        base + (long) end * PAGE,
                        entry.protection,
                        entry.sharing,
                        false,
                        file == null ? null : file.real,
                        file == null ? 0 : entry.index));
                page = end - 1;
            }
        }
        return vmas;
    }

    /**
     * Returns the expected key of a word for a shared operation; null if the lookup faults. The rule of Linux 2.6.28
     * copies a writable private file page.
     */
    @Nullable
    FutexKey key(FutexMemory memory, KeyRule rule, int page, int offset, Access access) {
        Entry entry = page < 0 || page >= pages.length ? null : pages[page];
        if (entry == null || !entry.protection.readable() || (access == Access.WRITE && !entry.protection.writable())) {
            return null;
        }
        FutexKey own = new AnonymousKey(memory, base + (long) page * PAGE + offset);
        FutexKey byFile = entry.file == null ? own : new SharedKey(entry.file.real, entry.index, offset);
        if (rule == KeyRule.VM_SHARED) {
            return entry.sharing == Sharing.SHARED ? byFile : own;
        }
        if (rule == KeyRule.VM_MAYSHARE) {
            return entry.sharing != Sharing.PRIVATE ? byFile : own;
        }
        if (!entry.exists()) {
            return null;
        }
        if (entry.sharing != Sharing.PRIVATE) {
            return byFile;
        }
        if (entry.protection.writable()) {
            entry.own();
            return own;
        }
        return entry.file == null || entry.copy != null ? null : byFile;
    }
}
