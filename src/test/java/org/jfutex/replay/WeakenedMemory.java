package org.jfutex.replay;

import java.nio.ByteOrder;
import java.util.Set;
import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.Sharing;
import org.jfutex.memory.Vma;

/** An address space with the rule of 2.6.28 in which some steps are disabled. */
final class WeakenedMemory implements FutexMemory {

    final AddressSpace space;
    private final Set<Cause> without;

    WeakenedMemory(AddressSpace space, Set<Cause> without) {
        this.space = space;
        this.without = without;
    }

    @Override
    public FutexKey sharedKey(long address, Access access) {
        Vma vma = space.vmaAt(address);
        if (vma != null && vma.sharing() == Sharing.PRIVATE && vma.protection().readable()) {
            Cause does = vma.protection().writable() ? Cause.COPIED_PAGE : Cause.READ_ONLY_PAGE;
            if (without.contains(does)) {
                return new AnonymousKey(space, address);
            }
        }
        return space.sharedKey(address, access);
    }

    @Override
    public int load(long address) {
        return space.load(address);
    }

    @Override
    public int compareAndExchange(long address, int expected, int desired) {
        return space.compareAndExchange(address, expected, desired);
    }

    @Override
    public long loadLong(long address) {
        return space.loadLong(address);
    }

    @Override
    public void makeResident(long address) {
        space.makeResident(address);
    }

    @Override
    public boolean isUserAddress(long address) {
        return space.isUserAddress(address);
    }

    @Override
    public ByteOrder byteOrder() {
        return space.byteOrder();
    }
}
