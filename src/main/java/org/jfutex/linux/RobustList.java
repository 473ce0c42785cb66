package org.jfutex.linux;

import java.util.concurrent.locks.LockSupport;
import org.jfutex.FutexTable;
import org.jfutex.MixedWaitersException;
import org.jfutex.Scope;
import org.jfutex.key.FirstFailure;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;

/**
 * The robust list that set_robust_list(2) registered. The walk at exit marks each lock that the task holds and wakes
 * one of its waiters.
 *
 * <pre>
 *   head     next            the first entry, or the head itself
 *   head+w   futex_offset    from an entry to its futex word, signed
 *   head+2w  list_op_pending the entry that is being locked or unlocked, or NULL
 *   entry    next            the next entry, or the head
 * </pre>
 *
 * <p>w is the size of a C long. Bit 0 of a pointer is set if its entry is a PI futex.
 *
 * <p>Source: Linux 2.6.17; the kernel's page on the robust futex ABI.
 *
 * @param head the address of the list head
 * @param abi the layout of the list's pointers
 */
record RobustList(long head, Abi abi) {

    /** The maximum number of visited entries, ROBUST_LIST_LIMIT. It ends the walk of a longer list, or of a cycle. */
    static final int LIMIT = 2048;

    private static final long PAUSE = 1_000_000;

    static final int WAITERS = 0x8000_0000;
    static final int OWNER_DIED = 0x4000_0000;
    static final int TID_MASK = 0x3fff_ffff;

    /** Ends the walk silently at a list that the guest has corrupted. */
    private static final class Corrupt extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Corrupt() {
            super(null, null, false, false);
        }
    }

    /** Returns the size of a list head, which set_robust_list must be called with. */
    static long headSize(Abi abi) {
        return 3L * abi.wordBytes();
    }

    /**
     * Walks the list for an exiting task. If the memory throws anything but a fault at one lock, the other locks are
     * still processed.
     *
     * @param tid the thread id that the task's words hold
     * @param failure receives what was thrown
     */
    void walk(FutexTable table, FutexMemory memory, int tid, FirstFailure failure) {
        try {
            new Walk(table, new GuestMemory(memory, abi), tid, failure).run();
        } catch (MemoryFaultException | Corrupt e) {
            // so the walk ends here
        } catch (Throwable e) {
            failure.add(e);
        }
    }

    private final class Walk {

        private final FutexTable table;
        private final GuestMemory guest;
        private final int tid;
        private final FirstFailure failure;

        Walk(FutexTable table, GuestMemory guest, int tid, FirstFailure failure) {
            this.table = table;
            this.guest = guest;
            this.tid = tid;
            this.failure = failure;
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
                    next = guest.loadPointer(entry); // first, since a woken task may free the entry
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

        /** Processes one lock. A failure that is not a fault is kept, so that the walk continues. */
        private void serve(long word, boolean pi, boolean pending) {
            try {
                ownerDied(word, pi, pending);
            } catch (MemoryFaultException | Corrupt e) {
                throw e;
            } catch (Throwable e) {
                failure.add(e);
            }
        }

        private void ownerDied(long word, boolean pi, boolean pending) {
            if ((word & 3) != 0) {
                throw new Corrupt();
            }
            for (int seen = guest.memory().load(word); ; ) {
                if (pending && !pi && (seen & TID_MASK) == 0) {
                    wakeByKernel(
                            table,
                            guest.memory(),
                            word); // the task died between unlock and wake, or was woken and died before it locked
                    return;
                }
                if ((seen & TID_MASK) != tid) {
                    return;
                }
                int before = guest.memory().compareAndExchange(word, seen, (seen & WAITERS) | OWNER_DIED);
                if (before == seen) {
                    if (!pi && (seen & WAITERS) != 0) {
                        wakeByKernel(
                                table, guest.memory(), word); // the release of the lock wakes the waiters of a PI futex
                    }
                    return;
                }
                seen = before;
            }
        }
    }

    /**
     * Wakes one waiter by a shared operation, as the kernel does at an exit. No caller could handle a failure. If there
     * is no heap memory, the method retries until there is, since no other thread makes this wake.
     */
    static void wakeByKernel(FutexTable table, FutexMemory memory, long address) {
        for (boolean over = !AddressChecks.isAligned(address); !over; ) {
            try {
                table.wake(memory, address, Scope.SHARED, 1);
                over = true;
            } catch (MemoryFaultException | MixedWaitersException e) {
                over = true;
            } catch (OutOfMemoryError e) {
                LockSupport.parkNanos(PAUSE);
            }
        }
    }
}
