package org.jfutex.stress;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappedObject;
import org.jfutex.key.SharedKey;

/** Two words that a guest may write in any access mode. The first is at address 0, the second at address 4. */
final class FieldMemory implements FutexMemory {

    static final VarHandle FIRST = handle("first");
    static final VarHandle SECOND = handle("second");

    private final MappedObject object; // null for a memory without shared keys

    int first;
    int second;

    private FieldMemory(MappedObject object) {
        this.object = object;
    }

    static FieldMemory unshared() {
        return new FieldMemory(null);
    }

    static FieldMemory shared() {
        return new FieldMemory(new MappedObject() {});
    }

    private static VarHandle handle(String field) {
        try {
            return MethodHandles.lookup().findVarHandle(FieldMemory.class, field, int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static VarHandle word(long address) {
        return address == 0 ? FIRST : SECOND;
    }

    @Override
    public int load(long address) {
        return (int) word(address).getVolatile(this);
    }

    @Override
    public int compareAndExchange(long address, int expected, int desired) {
        return (int) word(address).compareAndExchange(this, expected, desired);
    }

    @Override
    public FutexKey sharedKey(long address, Access access) {
        return object == null ? new AnonymousKey(this, address) : SharedKey.at(object, address);
    }
}
