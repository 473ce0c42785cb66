package org.jfutex.replay;

import java.util.Set;
import org.jfutex.key.Access;
import org.jfutex.key.FutexMemory;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.KeyRule;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.MappingException;
import org.jfutex.memory.MemoryFile;
import org.jfutex.memory.OpenFile;
import org.jfutex.memory.Protection;
import org.jfutex.memory.SpaceSettings;

/**
 * A stage with every region, whose address spaces have a given key rule.
 *
 * @param keys the key rule of its address spaces
 * @param without the disabled steps of the rule of 2.6.28, see {@link Cause}
 */
record Rule(KeyRule keys, Set<Cause> without) implements MappingStage {

    /** Returns a stage with an unchanged rule. */
    static Rule of(KeyRule keys) {
        return new Rule(keys, Set.of());
    }

    /** Returns a stage with the rule of 2.6.28 in which some steps are disabled. */
    static Rule modernWithout(Set<Cause> without) {
        return new Rule(KeyRule.LINUX_2_6_28, without);
    }

    @Override
    public FutexMemory newMemory() {
        AddressSpace space = new AddressSpace(SpaceSettings.DEFAULT.withKeyRule(keys));
        OpenFile file = new MemoryFile("file", 4 * Region.PAGE).open(Access.WRITE);
        OpenFile readOnly = file.file().open(Access.READ);
        MapRequest anonymous = MapRequest.anonymous(Region.SIZE);
        MapRequest start = MapRequest.file(file, 0, Region.SIZE);
        space.map(anonymous.at(Region.ANON_P.address));
        space.map(anonymous.shared().at(Region.ANON_S.address));
        space.map(start.shared().at(Region.FILE_S.address));
        space.map(MapRequest.file(file, 1, Region.SIZE).shared().at(Region.FILE_S2.address));
        space.map(start.at(Region.FILE_P.address));
        space.map(MapRequest.file(readOnly, 0, Region.SIZE)
                .shared()
                .protection(Protection.READ)
                .at(Region.FILE_RO.address));
        space.map(anonymous.protection(Protection.NONE).at(Region.NONE.address));
        return view(space);
    }

    @Override
    public FutexMemory fork(FutexMemory parent) {
        return view(space(parent).fork());
    }

    @Override
    public Long address(Region region) {
        return region.address;
    }

    @Override
    public void move(FutexMemory memory, Region region) {
        space(memory).remapTo(region.address, Region.SIZE, Region.SIZE, region.address + Region.MOVED);
    }

    @Override
    public void unmap(FutexMemory memory, Region region) {
        space(memory).unmap(region.address, Region.SIZE);
    }

    @Override
    public boolean protect(FutexMemory memory, Region region, boolean readable, boolean writable) {
        Protection protection = writable ? Protection.READ_WRITE : readable ? Protection.READ : Protection.NONE;
        try {
            space(memory).protect(region.address, Region.SIZE, protection);
            return true;
        } catch (MappingException e) {
            return false;
        }
    }

    /** Returns the memory that the tasks of an address space use. */
    private FutexMemory view(AddressSpace space) {
        return without.isEmpty() ? space : new WeakenedMemory(space, without);
    }

    private static AddressSpace space(FutexMemory memory) {
        return memory instanceof WeakenedMemory weakened ? weakened.space : (AddressSpace) memory;
    }
}
