package org.jfutex.conformance;

import java.util.List;
import org.jfutex.key.Access;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappingListener;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.KeyRule;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.MemoryFile;
import org.jfutex.memory.OpenFile;
import org.jfutex.memory.SpaceSettings;
import org.jfutex.replay.MappingStage;
import org.jfutex.replay.Stage;

class AddressSpaceConformanceTest extends FutexConformance {

    private static final long BASE = 0x10000;

    @Override
    protected FutexMemory newMemory() {
        AddressSpace space = new AddressSpace();
        space.map(MapRequest.anonymous(8192).at(BASE));
        return space;
    }

    @Override
    public long base() {
        return BASE;
    }

    @Override
    public Long missingAddress() {
        return BASE + 8192;
    }

    @Override
    public FutexMemory fork(FutexMemory parent) {
        return ((AddressSpace) parent).fork();
    }

    @Override
    public Remappable remappable(MappingListener listener) {
        AddressSpace space = new AddressSpace(SpaceSettings.DEFAULT.withListener(listener));
        space.map(MapRequest.anonymous(8192).at(BASE));
        return new Remappable() {
            @Override
            public FutexMemory memory() {
                return space;
            }

            @Override
            public void move(long from, long length, long to) {
                space.remapTo(from, length, length, to);
            }

            @Override
            public void unmap(long address, long length) {
                space.unmap(address, length);
            }
        };
    }

    @Override
    public Stage stage() {
        return MappingStage.ofAddressSpaces(KeyRule.LINUX_2_6_28);
    }

    /** Returns one word through two mappings of different file offsets, in another process, and in a child. */
    @Override
    public List<Place> aliases() {
        OpenFile file = new MemoryFile("file", 8192).open(Access.WRITE);
        AddressSpace one = new AddressSpace();
        AddressSpace other = new AddressSpace();
        long whole = one.map(MapRequest.file(file, 0, 8192).shared());
        long second = one.map(MapRequest.file(file, 1, 4096).shared());
        long elsewhere = other.map(MapRequest.file(file, 1, 4096).shared().at(0x7000_0000));
        return List.of(
                new Place(one, whole + 4096 + 8),
                new Place(one, second + 8),
                new Place(other, elsewhere + 8),
                new Place(one.fork(), second + 8));
    }

    /** Returns words of two files at one address, and of two pages of a file. */
    @Override
    public List<Place> strangers() {
        OpenFile file = new MemoryFile("file", 8192).open(Access.WRITE);
        OpenFile twin = new MemoryFile("twin", 8192).open(Access.WRITE);
        AddressSpace one = new AddressSpace();
        AddressSpace other = new AddressSpace();
        return List.of(
                new Place(one, one.map(MapRequest.file(file, 0, 4096).shared().at(BASE))),
                new Place(
                        other, other.map(MapRequest.file(twin, 0, 4096).shared().at(BASE))),
                new Place(one, one.map(MapRequest.file(file, 1, 4096).shared())));
    }
}
