package org.jfutex.memory;

/**
 * An entry of a page table: a page, and what may be done with it without asking the VMA. Immutable, and, if anything may be done, never put into a
 * table again after it was taken out, so that who finds it a second time knows that it was there all the time.
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

    /** This entry with no more than a certain access. */
    Pte atMost(int limit) {
        return access <= limit ? this : new Pte(page, limit);
    }

    /** What a protection allows. */
    static int allowed(Protection protection) {
        return protection.writable() ? WRITE : protection.readable() ? READ : NONE;
    }
}
