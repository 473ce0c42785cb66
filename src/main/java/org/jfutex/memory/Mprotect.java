package org.jfutex.memory;

import java.util.ArrayList;
import java.util.List;
import org.jfutex.memory.MappingException.Reason;
import org.jspecify.annotations.Nullable;

/** Implementation of mprotect: changes the protection of mappings. */
final class Mprotect {

    private Mprotect() {}

    static void protect(Mm mm, long address, long length, Protection protection) {
        long end = Addresses.endOf(address, length);
        mm.lock();
        try {
            VmaMap map = mm.map();
            List<Vma> changed = new ArrayList<>();
            MappingException refusal = null;
            long done = address; // as in Linux, the pages before the first error change
            while (done < end && refusal == null) {
                Vma vma = map.find(done);
                refusal = refusal(vma, done, protection);
                if (vma != null && refusal == null) {
                    changed.add(vma.clip(done, end).with(protection));
                    done = Math.min(end, vma.end());
                }
            }
            if (done > address) {
                VmaMap newMap = map.with(address, done, changed);
                int allowed = Pte.allowed(protection);
                mm.prepareLocked(newMap);
                mm.closeLocked(address, done);
                mm.editLocked(address, done, (at, pte) -> pte.atMost(allowed));
                mm.publishLocked(newMap, address, done);
            }
            if (refusal != null) {
                throw refusal;
            }
        } finally {
            mm.unlock();
        }
    }

    private static @Nullable MappingException refusal(@Nullable Vma vma, long address, Protection protection) {
        if (vma == null) {
            return new MappingException(Reason.NOT_MAPPED, address, "nothing is mapped");
        }
        if (protection.writable() && !vma.mayWrite()) {
            return new MappingException(Reason.READ_ONLY, address, "mapped by a read-only descriptor");
        }
        return null;
    }
}
