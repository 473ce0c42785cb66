package org.jfutex.linux;

import org.jfutex.Scope;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.PrivateKey;
import org.jfutex.key.WordSize;

/** Checks addresses as Linux does before it reads any word: step 5 of {@link FutexSyscall}. */
final class AddressChecks {

    private static final int ALIGNMENT = WordSize.U32.bytes();

    private AddressChecks() {}

    static boolean isAligned(long address) {
        return (address & (ALIGNMENT - 1)) == 0;
    }

    /** Refuses a misaligned word. The table makes the other checks. */
    static void aligned(long address) {
        ErrnoException.unless(isAligned(address), Errno.EINVAL);
    }

    /** Refuses misaligned words. A fault of the first word precedes a misaligned second word. */
    static void aligned(FutexMemory memory, Scope scope, long first, long second) {
        aligned(first);
        if (!isAligned(second)) {
            resolve(memory, scope, first, Access.READ);
            throw new ErrnoException(Errno.EINVAL);
        }
    }

    /** Makes a word resident as Linux does. A shared operation has done so when it computed the key. */
    static void makeResident(FutexMemory memory, Scope scope, long address) {
        if (scope == Scope.PRIVATE) {
            if (!memory.isUserAddress(address)) {
                throw new MemoryFaultException(address, Access.WRITE);
            }
            memory.makeResident(address);
        }
    }

    /** Computes the key of an aligned word. */
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
