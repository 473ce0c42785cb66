package org.jfutex.key;

import static java.util.Objects.requireNonNull;

import java.nio.ByteOrder;

/**
 * A view of another memory that forwards every access to it. A subclass overrides what it changes, such as the keys, or
 * what it observes.
 *
 * <p>Only {@link #load(long)}, {@link #loadLong}, {@link #compareAndExchange}, {@link #sharedKey}, {@link
 * #isUserAddress}, {@link #makeResident}, {@link #byteOrder} and {@link #underlying} are forwarded. The other methods
 * are the defaults, which call these. So a subclass that overrides {@link #compareAndExchange} sees every write of the
 * table. The memory's own versions of the other methods are not called.
 *
 * <p>A view has private keys of its own: a private wait through the view is not found by a private wake through the
 * memory.
 */
public abstract class ForwardingMemory implements FutexMemory {

    private final FutexMemory target;

    /**
     * Creates a view.
     *
     * @param target the memory that receives the accesses
     */
    protected ForwardingMemory(FutexMemory target) {
        this.target = requireNonNull(target, "target");
    }

    /**
     * Returns the memory that receives the accesses. It may itself be a view.
     *
     * @return the memory
     */
    protected final FutexMemory target() {
        return target;
    }

    @Override
    public int load(long address) {
        return target.load(address);
    }

    @Override
    public long loadLong(long address) {
        return target.loadLong(address);
    }

    @Override
    public int compareAndExchange(long address, int expected, int desired) {
        return target.compareAndExchange(address, expected, desired);
    }

    @Override
    public FutexKey sharedKey(long address, Access access) {
        return target.sharedKey(address, access);
    }

    @Override
    public void makeResident(long address) {
        target.makeResident(address);
    }

    @Override
    public boolean isUserAddress(long address) {
        return target.isUserAddress(address);
    }

    @Override
    public ByteOrder byteOrder() {
        return target.byteOrder();
    }

    @Override
    public FutexMemory underlying() {
        return target.underlying();
    }
}
