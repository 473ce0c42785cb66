package org.jfutex.linux;

import org.jfutex.key.ForwardingMemory;
import org.jfutex.key.FutexMemory;

/**
 * A memory as calls with the NUMA flag see it. The keys of its private words differ from those of calls without the
 * flag.
 *
 * <p>Linux keeps a private futex with a node in the hash table of that node, and other private futexes in the table of
 * the process. So a private wake with the flag finds no waiter without it. Shared futexes of a machine with one node
 * are in one table, whether they have the flag or not. A private key contains its memory. Here that memory is this
 * object.
 */
final class NumaMemory extends ForwardingMemory {

    /** The node word of a futex without a node: the kernel stores the node on which it runs. */
    private static final int NO_NODE = -1;

    private static final int ONLY_NODE = 0;

    NumaMemory(FutexMemory memory) {
        super(memory);
    }

    /**
     * Checks the node word, which follows the futex word. A machine of one node accepts 0 and -1. It stores 0 for -1,
     * even if the operation fails later.
     */
    void settleNode(long address) {
        int node = load(address + 4);
        if (node == NO_NODE) {
            target().getAndSet(address + 4, ONLY_NODE);
        } else if (node != ONLY_NODE) {
            throw new ErrnoException(Errno.EINVAL);
        }
    }
}
