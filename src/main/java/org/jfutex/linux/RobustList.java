package org.jfutex.linux;

import org.jfutex.FutexTable;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jspecify.annotations.Nullable;

/**
 * Marks the locks that a task dies with, and wakes a waiter of each: the robust list that set_robust_list(2) registered.
 *
 * <pre>
 *   head     next            the first entry, or the head itself
 *   head+w   futex_offset    from an entry to its futex word, signed
 *   head+2w  list_op_pending the entry that is being locked or unlocked, or NULL
 *   entry    next            the next entry, or the head
 * </pre>
 *
 * <p>w is the size of a C long. Bit 0 of a pointer says that the entry which it leads to is a PI futex. Source: Linux 2.6.17; robust_futexes.
 *
 * @param head where the list head lies
 * @param abi how pointers lie in it
 */
record RobustList(long head, Abi abi) {

    /** Entries that are looked at; a list that is longer, or a circle, ends there. ROBUST_LIST_LIMIT. */
    static final int LIMIT = 2048;

    static final int WAITERS = 0x8000_0000;
    static final int OWNER_DIED = 0x4000_0000;
    static final int TID_MASK = 0x3fff_ffff;

    /** What is a fault of the guest's own making ends the walk, and nobody hears of it. */
    private static final class Corrupt extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Corrupt() {
            super(null, null, false, false);
        }
    }

    /** The size that a head must be said to have. */
    static long headSize(Abi abi) {
        return 3L * abi.wordBytes();
    }

    /**
     * Walks the list on behalf of a dying task. What a memory throws at one lock, but for a fault, is thrown on when all others are served.
     *
     * @param tid the task's id, as its words hold it
     */
    void walk(FutexTable table, FutexMemory memory, int tid) {
        Walk walk = new Walk(table, new GuestMemory(memory, abi), tid);
        try {
            walk.run();
        } catch (MemoryFaultException | Corrupt e) {
            // so it ends there
        }
        if (walk.trouble != null) {
            throw Exit.<RuntimeException>undeclared(walk.trouble);
        }
    }

    private final class Walk {

        private final FutexTable table;
        private final GuestMemory guest;
        private final int tid;

        /** What was thrown first that does not end the walk. */
        @Nullable
        Throwable trouble;

        Walk(FutexTable table, GuestMemory guest, int tid) {
            this.table = table;
            this.guest = guest;
            this.tid = tid;
        }

        void run() {
            long link = guest.loadPointer(head);
            long offset = guest.loadWord(head + abi.wordBytes());
            long pending = guest.loadPointer(head + 2L * abi.wordBytes());
            int left = LIMIT;
            while (entry(link) != head && left-- > 0) {
                long entry = entry(link);
                MemoryFaultException broken = null;
                long next = 0;
                try {
                    next = guest.loadPointer(entry); // first, since a woken task may take the entry away
                } catch (MemoryFaultException e) {
                    broken = e;
                }
                if (entry != entry(pending)) {
                    serve(word(entry, offset), isPi(link), false);
                }
                if (broken != null) {
                    throw broken;
                }
                link = next;
            }
            if (entry(pending) != 0) {
                serve(word(entry(pending), offset), isPi(pending), true);
            }
        }

        private long entry(long link) {
            return link & ~1;
        }

        private boolean isPi(long link) {
            return (link & 1) != 0;
        }

        private long word(long entry, long offset) {
            return abi.register(entry + offset);
        }

        /** What goes wrong at one lock, and is no fault of the guest's, keeps no other from being served. */
        private void serve(long word, boolean pi, boolean pending) {
            try {
                ownerDied(word, pi, pending);
            } catch (MemoryFaultException | Corrupt e) {
                throw e;
            } catch (Throwable e) {
                trouble = trouble == null ? e : trouble;
            }
        }

        private void ownerDied(long word, boolean pi, boolean pending) {
            if ((word & 3) != 0) {
                throw new Corrupt();
            }
            for (int seen = guest.memory().load(word); ; ) {
                if (pending && !pi && (seen & TID_MASK) == 0) {
                    Wakes.byKernel(
                            table,
                            guest.memory(),
                            word); // it died between its unlock and its wake, or woken and before it had locked
                    return;
                }
                if ((seen & TID_MASK) != tid) {
                    return;
                }
                int before = guest.memory().compareAndExchange(word, seen, (seen & WAITERS) | OWNER_DIED);
                if (before == seen) {
                    if (!pi && (seen & WAITERS) != 0) {
                        Wakes.byKernel(
                                table,
                                guest.memory(),
                                word); // waiters of a PI futex are woken by the release of its lock
                    }
                    return;
                }
                seen = before;
            }
        }
    }
}
