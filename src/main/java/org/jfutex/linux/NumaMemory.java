package org.jfutex.linux;

import java.nio.ByteOrder;
import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.PrivateKey;
import org.jfutex.key.SharedKey;

/**
 * A memory as calls with the NUMA flag name its words, so that they never meet calls without it.
 *
 * <p>Linux keeps the two in different hash tables. Here a private or anonymous word is named after this object instead of the memory, and a word of
 * a shared object by the odd byte after it: a NUMA futex is 8 bytes, so that is inside of it, and no 32-bit futex has such an address.
 */
final class NumaMemory implements FutexMemory {

    /** No node yet: the kernel writes down the one it runs on. */
    private static final int NO_NODE = -1;

    private static final int ONLY_NODE = 0;

    private final FutexMemory memory;

    NumaMemory(FutexMemory memory) {
        this.memory = memory;
    }

    /**
     * The part of the key step that is about the node, which lies behind the word. A machine of one node accepts that or none, and writes the one for
     * none, whatever becomes of the operation.
     */
    void settleNode(long address) {
        int node = memory.load(address + 4);
        if (node == NO_NODE) {
            memory.getAndSet(address + 4, ONLY_NODE);
        } else if (node != ONLY_NODE) {
            throw new Refusal(Errno.EINVAL);
        }
    }

    @Override
    public FutexKey sharedKey(long address, Access access) {
        FutexKey key = memory.sharedKey(address, access);
        if (key instanceof SharedKey shared) {
            return new SharedKey(shared.object(), shared.pgoff(), shared.offset() | 1);
        }
        return key instanceof AnonymousKey ? new AnonymousKey(this, address) : new PrivateKey(this, address);
    }

    @Override
    public FutexMemory base() {
        return memory.base();
    }

    @Override
    public int load(long address) {
        return memory.load(address);
    }

    @Override
    public int compareAndExchange(long address, int expected, int desired) {
        return memory.compareAndExchange(address, expected, desired);
    }

    @Override
    public boolean isUserAddress(long address) {
        return memory.isUserAddress(address);
    }

    @Override
    public ByteOrder byteOrder() {
        return memory.byteOrder();
    }
}
