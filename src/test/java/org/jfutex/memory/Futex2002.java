package org.jfutex.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jfutex.key.Access;
import org.jfutex.key.MemoryFaultException;

/**
 * The futexes of Linux 2.5: named by the page that holds the word, which is pinned as long as somebody waits.
 *
 * <p>A second look-up for every waiter, by address, lets the copy-on-write handler move it along to the new page; nothing else does. It lives
 * in the tests only, to fail beside the rules that replaced it.
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
    int lookUps;

    @Override
    public KeyRule keys() {
        return KeyRule.VM_MAYSHARE; // not asked
    }

    @Override
    public Waiting queue(AddressSpace mm, long address) {
        Waiter w = new Waiter(mm, address, page(mm, address));
        lookUps += 2; // the page's hash, and the one by address for the call-back
        queue.add(w);
        return () -> w.woken;
    }

    @Override
    public int wake(AddressSpace mm, long address, int count) {
        Page page = page(mm, address);
        lookUps += 2;
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

    /** A write, whose copy of the page calls back for the waiters of that page of that mm. */
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

    /** Pages that may not be swapped out, since somebody waits there. */
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
