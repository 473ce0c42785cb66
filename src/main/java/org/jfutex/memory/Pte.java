package org.jfutex.memory;

/**
 * An entry of a page table: a page, and the access that is permitted without a lookup of the VMA. Immutable.
 *
 * <p>If an entry permits any access, it is never inserted again after its removal (no ABA). So a reader that reads one
 * entry twice knows that the entry was in the table in between.
 */
final class Pte {

    static final int NONE = 0;
    static final int READ = 1;
    static final int WRITE = 2;

    final Page page;
    final int access; // NONE, READ, or WRITE, which includes READ

    Pte(Page page, int access) {
        this.page = page;
        this.access = access;
    }

    /** Returns this entry with its access limited. */
    Pte atMost(int limit) {
        return access <= limit ? this : new Pte(page, limit);
    }

    /** Returns the access that a protection permits. */
    static int allowed(Protection protection) {
        return protection.writable() ? WRITE : protection.readable() ? READ : NONE;
    }
}
