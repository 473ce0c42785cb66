package org.jfutex.conformance;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.jfutex.Scope;
import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappedObject;
import org.jfutex.key.MappingListener;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.SharedKey;
import org.jfutex.memory.AddressSpace;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Checks that each deliberate mistake of a memory fails its conformance test, which passes without the mistake. */
class MistakesTest {

    private static final MappedObject ONE_FOR_ALL = new MappedObject() {};
    private static final List<FutexMemory> KEPT = new ArrayList<>();

    private interface Rule {
        void check(Kit kit) throws Exception;
    }

    @SuppressWarnings("ImmutableEnumChecker")
    private enum Mistake {
        PRIVATE_MEMORY_IS_SHARED_BY_ALL(KeyRules::equalAddressesInDifferentMemoriesAreDifferentWords),
        SHARED_WORDS_BY_ADDRESS(KeyRules::sharedWordIsOneFutexAtAllAddresses),
        OBJECT_IGNORED(KeyRules::differentSharedWordsNeverMatch),
        OFFSET_IN_THE_OBJECT_IGNORED(KeyRules::differentSharedWordsNeverMatch),
        KEY_DEPENDS_ON_THE_VALUE(KeyRules::wordKeyIsStableAndDiffersFromNeighbours),
        HASH_IS_ANOTHER_KEYS(KeyRules::sharedHashEqualsKeyHashAndGrowsWithAddress),
        FORK_SHARES_EVERYTHING(KeyRules::forkAndCopyOnWriteKeepPrivateWaitersSeparate),
        LOWER_HALF_ONLY(kit -> kit.allSixtyFourBitsAreCompared(Scope.PRIVATE)),
        UPPER_HALF_ONLY(kit -> kit.allSixtyFourBitsAreCompared(Scope.SHARED)),
        MOVES_OVERTAKE(kit -> kit.moveDuringHeldReportMovesWaiter(Scope.PRIVATE)),
        UNMAP_OVERTAKES(kit -> kit.unmapDuringHeldReportEndsWait(Scope.SHARED)),
        UNMAP_NOT_REPORTED(kit -> kit.waiterFollowsMoveAndEndsAtUnmap(Scope.PRIVATE)),
        KEPT_FOR_EVER(kit -> kit.closedMemoryCanBeCollected(Scope.PRIVATE)),
        EXCHANGE_IN_TWO_STEPS(WordRules::concurrentUpdatesAreNeverLost),
        WRITES_IN_ANY_CASE(WordRules::compareAndExchangeWritesOnlyOnExpectedValue),
        FAULT_AT_ANOTHER_ADDRESS(WordRules::missingWordFaultsWithItsAddress);

        private final Rule rule;

        Mistake(Rule rule) {
            this.rule = rule;
        }
    }

    /** The suite over an address space with a mistake, or without one. */
    private static final class Kit extends FutexConformance {

        private final AddressSpaceConformanceTest right = new AddressSpaceConformanceTest();
        private final @Nullable Mistake mistake;

        Kit(@Nullable Mistake mistake) {
            this.mistake = mistake;
        }

        private FutexMemory mistaken(FutexMemory memory) {
            return new Mistaken((AddressSpace) memory, mistake);
        }

        @Override
        protected FutexMemory newMemory() {
            FutexMemory memory = mistaken(right.newMemory());
            if (mistake == Mistake.KEPT_FOR_EVER) {
                KEPT.add(memory);
            }
            return memory;
        }

        @Override
        public long base() {
            return right.base();
        }

        @Override
        public @Nullable Long missingAddress() {
            return right.missingAddress();
        }

        @Override
        public FutexMemory fork(FutexMemory parent) {
            return mistake == Mistake.FORK_SHARES_EVERYTHING ? parent : mistaken(((Mistaken) parent).space.fork());
        }

        @Override
        public @Nullable Remappable remappable(MappingListener listener) {
            if (mistake == null) {
                return right.remappable(listener);
            }
            AddressSpace space = (AddressSpace) right.newMemory();
            return new Unordered(space, listener, mistake != Mistake.UNMAP_NOT_REPORTED);
        }

        @Override
        public List<Place> aliases() {
            return mistaken(right.aliases());
        }

        @Override
        public List<Place> strangers() {
            return mistaken(right.strangers());
        }

        private List<Place> mistaken(List<Place> places) {
            return places.stream()
                    .map(p -> new Place(mistaken(p.memory()), p.address()))
                    .toList();
        }
    }

    /** A memory that reports each change without regard to the order of concurrent changes. */
    private record Unordered(AddressSpace memory, MappingListener listener, boolean reportsUnmap)
            implements FutexConformance.Remappable {

        @Override
        public void move(long from, long length, long to) {
            memory.remapTo(from, length, length, to);
            listener.moved(memory, from, length, to);
        }

        @Override
        public void unmap(long address, long length) {
            memory.unmap(address, length);
            if (reportsUnmap) {
                listener.unmapped(memory, address, length);
            }
        }
    }

    private record Mistaken(AddressSpace space, @Nullable Mistake mistake) implements FutexMemory {

        private boolean is(Mistake other) {
            return mistake == other;
        }

        @Override
        public int load(long address) {
            try {
                return space.load(address);
            } catch (MemoryFaultException e) {
                throw is(Mistake.FAULT_AT_ANOTHER_ADDRESS) ? new MemoryFaultException(0, Access.READ) : e;
            }
        }

        @Override
        public long loadLong(long address) {
            long all = space.loadLong(address);
            return is(Mistake.LOWER_HALF_ONLY) ? (int) all : is(Mistake.UPPER_HALF_ONLY) ? all >>> 32 << 32 : all;
        }

        @SuppressWarnings("ThreadPriorityCheck")
        @Override
        public int compareAndExchange(long address, int expected, int desired) {
            if (is(Mistake.EXCHANGE_IN_TWO_STEPS) || is(Mistake.WRITES_IN_ANY_CASE)) {
                int held = space.load(address);
                Thread.yield(); // lengthens the race window, so that the mistake shows soon, even on one processor
                if (held == expected || is(Mistake.WRITES_IN_ANY_CASE)) {
                    space.store(address, desired);
                }
                return held;
            }
            return space.compareAndExchange(address, expected, desired);
        }

        @Override
        public long sharedHash(long address, Access access) {
            long hash = FutexMemory.super.sharedHash(address, access);
            return is(Mistake.HASH_IS_ANOTHER_KEYS) ? hash + 4 : hash;
        }

        @Override
        public FutexKey sharedKey(long address, Access access) {
            FutexKey key = space.sharedKey(address, access);
            if (is(Mistake.KEY_DEPENDS_ON_THE_VALUE)) {
                return new AnonymousKey(this, address + 64L * space.load(address));
            }
            if (is(Mistake.SHARED_WORDS_BY_ADDRESS)) {
                return new AnonymousKey(this, address);
            }
            if (key instanceof SharedKey shared) {
                return is(Mistake.OBJECT_IGNORED)
                        ? SharedKey.at(ONE_FOR_ALL, address & 4095)
                        : is(Mistake.OFFSET_IN_THE_OBJECT_IGNORED)
                                ? SharedKey.at(shared.object(), address & 4095)
                                : key;
            }
            return is(Mistake.PRIVATE_MEMORY_IS_SHARED_BY_ALL)
                    ? SharedKey.at(ONE_FOR_ALL, address)
                    : new AnonymousKey(this, address);
        }

        @Override
        public boolean equals(Object other) {
            return this == other; // compares by identity
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }

    @ParameterizedTest
    @EnumSource
    void mistakeFailsItsTestAndOnlyThen(Mistake mistake) {
        assertThrows(AssertionError.class, run(mistake, mistake));
        assertDoesNotThrow(run(mistake, null));
    }

    private static Executable run(Mistake test, @Nullable Mistake mistake) {
        return () -> test.rule.check(new Kit(mistake));
    }

    @AfterEach
    void releaseKeptMemories() {
        KEPT.clear();
    }
}
