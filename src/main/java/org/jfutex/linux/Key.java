package org.jfutex.linux;

import org.jfutex.Scope;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.PrivateKey;
import org.jfutex.key.WordSize;

/** The key step: what Linux says about an address before it looks at any word. */
final class Key {

    private static final int ALIGNMENT = WordSize.U32.bytes();

    private Key() {}

    static boolean isAligned(long address) {
        return (address & (ALIGNMENT - 1)) == 0;
    }

    /** Refuses a misaligned word. The rest of the step is the table's. */
    static void aligned(long address) {
        Refusal.unless(isAligned(address), Errno.EINVAL);
    }

    /** Refuses misaligned words, but a first word that does not exist wins over a second one that is misaligned. */
    static void aligned(FutexMemory memory, Scope scope, long first, long second) {
        aligned(first);
        if (!isAligned(second)) {
            resolve(memory, scope, first, Access.READ);
            throw new Refusal(Errno.EINVAL);
        }
    }

    /** The step as a whole, for an aligned word. */
    static FutexKey resolve(FutexMemory memory, Scope scope, long address, Access access) {
        if (scope == Scope.SHARED) {
            return memory.sharedKey(address, access);
        }
        if (!memory.isUserAddress(address)) {
            throw new MemoryFaultException(address, access);
        }
        return new PrivateKey(memory, address);
    }
}
