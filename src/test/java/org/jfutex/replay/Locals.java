package org.jfutex.replay;

import java.util.List;
import org.jfutex.key.WordSize;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.MapRequest;

/** The memory of one thread, its stack and its thread-local variables: the robust list's head and what its calls point to. */
final class Locals {

    /** How far a robust entry stands behind its word. */
    private static final long ENTRY = 0x800;

    /** The n-th threads of the two processes have theirs at the same address, since the second process is a fork of the first. */
    private static final long BASE = 0x0800_0000_0000L;

    private static final int WAITV_SIZE = 24;
    private static final int FUTEX_32 = 2;

    private final AddressSpace memory;
    private final long head;
    private final long pending;
    private final long timespec;
    private final long waitv;

    Locals(AddressSpace memory, int number) {
        this.memory = memory;
        long start = memory.map(MapRequest.anonymous(Region.PAGE).at(BASE + 0x1_0000L * number));
        head = start + ENTRY;
        pending = head + 16;
        timespec = head + 0x100;
        waitv = head + 0x200;
        put(head, head);
        put(head + 8, -ENTRY);
        put(pending, 0);
    }

    /** The address of the robust list's head. */
    long robustHead() {
        return head;
    }

    /** Puts the entry of a word at the front of the robust list. */
    void pushRobust(long word, boolean pi) {
        put(word + ENTRY, memory.loadLong(head));
        put(head, entry(word, pi));
    }

    /** Says that the entry of a word is about to be put in or taken out. */
    void setPending(long word, boolean pi) {
        put(pending, entry(word, pi));
    }

    /** A timespec below one second. */
    long timespec(long nanos) {
        put(timespec, 0);
        put(timespec + 8, nanos);
        return timespec;
    }

    /** An array for futex_waitv. */
    long waitv(List<Long> words, List<Integer> expected, int flags) {
        for (int i = 0; i < words.size(); i++) {
            long element = waitv + (long) i * WAITV_SIZE;
            put(element, Integer.toUnsignedLong(expected.get(i)));
            put(element + 8, words.get(i));
            put(element + 16, FUTEX_32 | flags);
        }
        return waitv;
    }

    private static long entry(long word, boolean pi) {
        return word + ENTRY | (pi ? 1 : 0);
    }

    private void put(long address, long value) {
        memory.store(address, WordSize.U64, value);
    }
}
