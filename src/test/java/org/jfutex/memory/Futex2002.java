package org.jfutex.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jfutex.key.Access;
import org.jfutex.key.MemoryFaultException;

/**
 * The futexes of Linux 2.5, whose keys contain the page of the word. The page is pinned as long as it has waiters.
 *
 * <p>A second lookup for every waiter, by address, lets the copy-on-write handler move the waiter to the new page. No
 * other operation moves it. This class exists only in the tests, for comparison with the rules that replaced it.
 */
final class Futex2002 implements Rule {

    private static final class Waiter {
        final AddressSpace mm;
        final long address;
        Page page;
        boolean woken;

        Waiter(AddressSpace mm, long address, Page page) {
            this.mm = mm;
            this.address = address;
            this.page = page;
        }
    }

    private final List<Waiter> queue = new ArrayList<>();
    int lookups;

    @Override
    public KeyRule keys() {
        return KeyRule.VM_MAYSHARE; // not used
    }

    @Override
    public Waiting queue(AddressSpace mm, long address) {
        Waiter w = new Waiter(mm, address, page(mm, address));
        lookups += 2; // one by page, and one by address for the callback
        queue.add(w);
        return () -> w.woken;
    }

    @Override
    public int wake(AddressSpace mm, long address, int count) {
        Page page = page(mm, address);
        lookups += 2;
        int woken = 0;
        for (Waiter w : List.copyOf(queue)) {
            if (woken < count && w.page == page && offset(w.address) == offset(address)) {
                w.woken = true;
                queue.remove(w);
                woken++;
            }
        }
        return woken;
    }

    /** Writes a word. If the write copies the page, a callback moves the waiters of that page of that mm. */
    @Override
    public void store(AddressSpace mm, long address, int value) {
        Page before = page(mm, address);
        mm.store(address, value);
        Page after = page(mm, address);
        if (before != after) {
            for (Waiter w : List.copyOf(queue)) {
                if (w.mm == mm && w.address >>> 12 == address >>> 12) {
                    w.page = after;
                    queue.remove(w); // to the tail of the other queue
                    queue.add(w);
                }
            }
        }
    }

    /** Returns the number of pages that cannot be swapped out because they have waiters. */
    long pinned() {
        return queue.stream().map(w -> w.page).distinct().count();
    }

    private static Page page(AddressSpace mm, long address) {
        mm.load(address); // faults the page in for reading
        Pte pte = mm.mm.table.get(address);
        if (pte == null && Objects.requireNonNull(mm.vmaAt(address)).file() != null) {
            throw new MemoryFaultException(address, Access.READ);
        }
        return pte == null ? Page.ZERO : pte.page;
    }

    private static long offset(long address) {
        return address & 4095;
    }
}
