package org.jfutex.endive;

import java.util.stream.Stream;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.wasm.types.DataSegment;

/**
 * A memory that delegates loads, stores and growth to another memory of Endive. Endive's own classes are final, so an
 * adapter cannot extend them.
 */
@SuppressWarnings("removal") // deprecated methods that are still abstract in Memory
abstract class DelegatingMemory implements Memory {

    /*
     * The atomic instructions are the defaults of Memory: each locks the monitor that lock(address) returns, and then
     * loads and stores. The other memory's own monitors are not used, for it may keep one for each address for ever.
     * All bytes of an aligned word of 64 bits share one monitor.
     */

    private static final int MONITORS = 256; // a power of two

    private final Memory bytes;
    private final Object[] monitors =
            Stream.generate(Object::new).limit(MONITORS).toArray();

    DelegatingMemory(Memory bytes) {
        this.bytes = bytes;
    }

    @Override
    public int pages() {
        return bytes.pages();
    }

    @Override
    public int grow(int pages) {
        return bytes.grow(pages);
    }

    @Override
    public int initialPages() {
        return bytes.initialPages();
    }

    @Override
    public int maximumPages() {
        return bytes.maximumPages();
    }

    @Override
    public boolean shared() {
        return bytes.shared();
    }

    @Override
    public Object lock(int address) {
        return monitors[(address >>> 3) & (MONITORS - 1)];
    }

    @Override
    public int waitOn(int address, int expected, long timeout) {
        return atomicWait(address, expected, timeout);
    }

    @Override
    public int waitOn(int address, long expected, long timeout) {
        return atomicWait(address, expected, timeout);
    }

    @Override
    public int notify(int address, int count) {
        return atomicNotify(address, count);
    }

    @Override
    public abstract int atomicWait(int address, int expected, long timeout);

    @Override
    public abstract int atomicWait(int address, long expected, long timeout);

    @Override
    public abstract int atomicNotify(int address, int count);

    @Override
    public void initialize(Instance instance, DataSegment[] segments) {
        bytes.initialize(instance, segments);
    }

    @Override
    public void initialize(Instance instance, DataSegment[] segments, int index) {
        bytes.initialize(instance, segments, index);
    }

    @Override
    public void initPassiveSegment(int segment, int target, int offset, int size) {
        bytes.initPassiveSegment(segment, target, offset, size);
    }

    @Override
    public void write(int address, byte[] data, int offset, int size) {
        bytes.write(address, data, offset, size);
    }

    @Override
    public byte read(int address) {
        return bytes.read(address);
    }

    @Override
    public byte[] readBytes(int address, int length) {
        return bytes.readBytes(address, length);
    }

    @Override
    public void writeI32(int address, int data) {
        bytes.writeI32(address, data);
    }

    @Override
    public int readInt(int address) {
        return bytes.readInt(address);
    }

    @Override
    public void writeLong(int address, long data) {
        bytes.writeLong(address, data);
    }

    @Override
    public long readLong(int address) {
        return bytes.readLong(address);
    }

    @Override
    public void writeShort(int address, short data) {
        bytes.writeShort(address, data);
    }

    @Override
    public short readShort(int address) {
        return bytes.readShort(address);
    }

    @Override
    public long readU16(int address) {
        return bytes.readU16(address);
    }

    @Override
    public void writeByte(int address, byte data) {
        bytes.writeByte(address, data);
    }

    @Override
    public void writeF32(int address, float data) {
        bytes.writeF32(address, data);
    }

    @Override
    public long readF32(int address) {
        return bytes.readF32(address);
    }

    @Override
    public float readFloat(int address) {
        return bytes.readFloat(address);
    }

    @Override
    public void writeF64(int address, double data) {
        bytes.writeF64(address, data);
    }

    @Override
    public double readDouble(int address) {
        return bytes.readDouble(address);
    }

    @Override
    public long readF64(int address) {
        return bytes.readF64(address);
    }

    @Override
    public void zero() {
        bytes.zero();
    }

    @Override
    public void fill(byte value, int from, int to) {
        bytes.fill(value, from, to);
    }

    @Override
    public void copy(int target, int source, int length) {
        bytes.copy(target, source, length);
    }

    @Override
    public void drop(int segment) {
        bytes.drop(segment);
    }
}
