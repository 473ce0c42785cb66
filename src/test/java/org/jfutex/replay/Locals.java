package org.jfutex.replay;

import java.util.List;

/** The memory of one thread: the head of its robust list, and the structures that its calls point to. */
final class Locals {

    /** The offset of a robust entry from its word. */
    private static final long ENTRY = 0x800;

    private static final int WAITV_SIZE = 24;
    private static final int FUTEX_32 = 2;

    private final GuestView memory;
    private final long head;
    private final long pending;
    private final long timespec;
    private final long waitv;

    Locals(GuestView memory, int number) {
        this.memory = memory;
        head = GuestView.THREADS + (long) number * GuestView.THREAD_SIZE + ENTRY;
        pending = head + 16;
        timespec = head + 0x100;
        waitv = head + 0x200;
        memory.putLong(head, head);
        memory.putLong(head + 8, -ENTRY);
        memory.putLong(pending, 0);
    }

    /** Returns the address of the head of the robust list. */
    long robustHead() {
        return head;
    }

    /** Inserts the entry of a word at the front of the robust list. */
    void pushRobust(long word, boolean pi) {
        memory.putLong(word + ENTRY, memory.getLong(head));
        memory.putLong(head, entry(word, pi));
    }

    /** Stores the entry of a word as the pending one, which is being inserted or removed. */
    void setPending(long word, boolean pi) {
        memory.putLong(pending, entry(word, pi));
    }

    /** Writes a timespec below one second. Returns its address. */
    long timespec(long nanos) {
        memory.putLong(timespec, 0);
        memory.putLong(timespec + 8, nanos);
        return timespec;
    }

    /** Writes an array for futex_waitv. Returns its address. */
    long waitv(List<Long> words, List<Integer> expected, int flags) {
        for (int i = 0; i < words.size(); i++) {
            long element = waitv + (long) i * WAITV_SIZE;
            memory.putLong(element, Integer.toUnsignedLong(expected.get(i)));
            memory.putLong(element + 8, words.get(i));
            memory.putLong(element + 16, FUTEX_32 | flags);
        }
        return waitv;
    }

    private static long entry(long word, boolean pi) {
        return word + ENTRY | (pi ? 1 : 0);
    }
}
