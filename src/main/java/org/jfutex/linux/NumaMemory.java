package org.jfutex.linux;

import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.ForwardingMemory;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.PrivateKey;
import org.jfutex.key.SharedKey;

/**
 * A memory as calls with the NUMA flag see it. Its keys differ from those of calls without the flag.
 *
 * <p>Linux keeps the two kinds in different hash tables. Here the key of a private or anonymous word contains this
 * object instead of the memory. The key of a word of a shared object contains the offset of the next byte. A NUMA futex
 * has 8 bytes, so that byte belongs to it, and no 32-bit futex has an odd offset.
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

    @Override
    public FutexKey sharedKey(long address, Access access) {
        FutexKey key = super.sharedKey(address, access);
        if (key instanceof SharedKey shared) {
            return new SharedKey(shared.object(), shared.pgoff(), shared.offset() | 1);
        }
        return key instanceof AnonymousKey ? new AnonymousKey(this, address) : new PrivateKey(this, address);
    }
}
