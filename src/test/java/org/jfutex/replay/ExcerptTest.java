package org.jfutex.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappedObject;
import org.jfutex.key.SharedKey;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.KeyRule;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests excerpts on stages without some regions, and that typical mistakes of emulators are detected. */
class ExcerptTest {

    private static final Rule WHOLE = Rule.of(KeyRule.LINUX_2_6_28);

    /** A stage that has only some regions, on an address space whose keys have a planted mistake. */
    private record Partial(Set<Region> regions, Mistake mistake) implements Stage {

        @Override
        public FutexMemory newMemory() {
            return new Mistaken((AddressSpace) WHOLE.newMemory(), mistake);
        }

        @Override
        public FutexMemory fork(FutexMemory parent) {
            Mistaken p = (Mistaken) parent;
            return mistake == Mistake.FORK_SHARES_EVERYTHING ? p : new Mistaken(p.space.fork(), mistake);
        }

        @Override
        public @Nullable Long address(Region region) {
            return regions.contains(region) ? region.address : null;
        }
    }

    private enum Mistake {
        NONE,
        SHARED_WORDS_BY_ADDRESS,
        OFFSET_OF_THE_MAPPING_FORGOTTEN,
        PRIVATE_FILE_PAGES_BY_FILE,
        FORK_SHARES_EVERYTHING
    }

    private record Mistaken(AddressSpace space, Mistake mistake) implements FutexMemory {

        private static final MappedObject OBJECT = new MappedObject() {};

        @Override
        public int load(long address) {
            return space.load(address);
        }

        @Override
        public int compareAndExchange(long address, int expected, int desired) {
            return space.compareAndExchange(address, expected, desired);
        }

        @Override
        public FutexKey sharedKey(long address, Access access) {
            FutexKey key = space.sharedKey(address, access);
            long offset = address % Region.PAGE;
            return switch (mistake) {
                case SHARED_WORDS_BY_ADDRESS -> new AnonymousKey(this, address);
                case OFFSET_OF_THE_MAPPING_FORGOTTEN ->
                    key instanceof SharedKey shared
                            ? SharedKey.at(shared.object(), address - Region.FILE_S.address & 0xffff)
                            : key;
                case PRIVATE_FILE_PAGES_BY_FILE ->
                    address >= Region.FILE_P.address && address < Region.FILE_RO.address
                            ? SharedKey.at(OBJECT, offset)
                            : key;
                case NONE, FORK_SHARES_EVERYTHING -> key;
            };
        }

        @Override
        public boolean isUserAddress(long address) {
            return space.isUserAddress(address);
        }
    }

    @ParameterizedTest
    @MethodSource("names")
    void stageWithEveryRegion_playsEveryStep(String name) throws Exception {
        Recording all = Recording.builtIn(name + ".txt.gz");
        Excerpt excerpt = Excerpt.of(name, WHOLE);
        assertEquals(all.programs().size(), excerpt.programs());
        assertEquals(all.programs().stream().mapToInt(p -> p.lines().size()).sum(), excerpt.steps());
        assertEquals(List.of(), excerpt.play());
    }

    /** The remaining steps have their recorded results, so no omitted step has influenced them. */
    @ParameterizedTest
    @MethodSource("names")
    void omittedRegions_changeNoOtherResult(String name) {
        for (Region alone : Region.values()) {
            for (Set<Region> some : List.<Set<Region>>of(Set.of(alone), EnumSet.of(alone, Region.ANON_P))) {
                Excerpt excerpt = Excerpt.of(name, new Partial(some, Mistake.NONE));
                assertEquals(List.of(), excerpt.play(), some::toString);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = Mistake.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void everyMistake_isDetected(Mistake mistake) {
        Partial wrong = new Partial(Set.of(Region.values()), mistake);
        assertFalse(Excerpt.of("core", wrong).play().isEmpty());
    }

    @ParameterizedTest
    @EnumSource(
            value = Region.class,
            mode = EnumSource.Mode.INCLUDE,
            names = {"FILE_S", "ANON_P"})
    void mappingPrograms_requireAMappingStage(Region any) {
        Excerpt excerpt = Excerpt.of("vm-sample", new Partial(Set.of(Region.values()), Mistake.NONE));
        assertEquals(0, excerpt.steps());
        assertEquals(
                0,
                Excerpt.of("robust-sample", new Partial(Set.of(any), Mistake.NONE))
                        .steps());
    }

    static Stream<String> names() {
        return Excerpt.NAMES.stream();
    }
}
