package org.jfutex.stress;

import org.jfutex.key.Access;
import org.jfutex.key.AnonymousKey;
import org.jfutex.key.FutexKey;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.SharedKey;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.MemoryFile;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Words and keys of an address space while it changes. */
public class SpaceChanges {

    private SpaceChanges() {}

    private static final int PAGE = 4096;

    /** A word that is changed while the space forks. The outcome is (changed, the parent's word, the child's word). */
    @JCStressTest
    @Outcome(id = "1, 1, 0", expect = Expect.ACCEPTABLE, desc = "Forked before the change.")
    @Outcome(id = "1, 1, 1", expect = Expect.ACCEPTABLE, desc = "Forked after the change.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The change is lost.")
    @State
    public static class ForkAgainstChange {
        private final AddressSpace space = new AddressSpace();
        private final long word = space.map(MapRequest.anonymous(PAGE));
        private AddressSpace child;

        public ForkAgainstChange() {
            space.store(word, 0);
        }

        @Actor
        public void changer(III_Result r) {
            r.r1 = space.compareAndExchange(word, 0, 1) == 0 ? 1 : 0;
        }

        @Actor
        public void forker() {
            child = space.fork();
        }

        @Arbiter
        public void end(III_Result r) {
            r.r2 = space.load(word);
            r.r3 = child.load(word);
        }
    }

    /**
     * Two changes of a page that is shared with a child. The first change copies the page, and the second must not
     * write to the old copy. The outcome is both words, and the child's.
     */
    @JCStressTest
    @Outcome(id = "1, 1, 0", expect = Expect.ACCEPTABLE, desc = "Both changes are kept, and the child sees neither.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A change is lost with the old copy, or seen by the child.")
    @State
    public static class CopyOnWriteAgainstChange {
        private final AddressSpace space = new AddressSpace();
        private final long word = space.map(MapRequest.anonymous(PAGE));
        private final AddressSpace child;

        public CopyOnWriteAgainstChange() {
            space.store(word, 0);
            child = space.fork();
        }

        @Actor
        public void one() {
            space.compareAndExchange(word, 0, 1);
        }

        @Actor
        public void other() {
            space.compareAndExchange(word + 4, 0, 1);
        }

        @Arbiter
        public void end(III_Result r) {
            r.r1 = space.load(word);
            r.r2 = space.load(word + 4);
            r.r3 = child.load(word) + child.load(word + 4);
        }
    }

    /**
     * Two spaces that share a page each change their own word. The outcome is (the parent's word, the child's word).
     */
    @JCStressTest
    @Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "Each space has its own value.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "One wrote into the other's memory.")
    @State
    public static class CopyOnWriteOnBothSides {
        private final AddressSpace space = new AddressSpace();
        private final long word = space.map(MapRequest.anonymous(PAGE));
        private final AddressSpace child;

        public CopyOnWriteOnBothSides() {
            space.store(word, 0);
            child = space.fork();
        }

        @Actor
        public void parent() {
            space.compareAndExchange(word, 0, 1);
        }

        @Actor
        public void child() {
            child.compareAndExchange(word, 0, 2);
        }

        @Arbiter
        public void end(II_Result r) {
            r.r1 = space.load(word);
            r.r2 = child.load(word);
        }
    }

    /** Returns the result of a lookup: 0 nothing, 1 private memory, 2 the right offset of the file, 3 another key. */
    private static int find(AddressSpace space, long address, MemoryFile file, long position) {
        try {
            FutexKey key = space.sharedKey(address, Access.READ);
            if (key.equals(SharedKey.at(file, position))) {
                return 2;
            }
            return key.equals(new AnonymousKey(space, address)) ? 1 : 3;
        } catch (MemoryFaultException e) {
            return 0;
        }
    }

    @JCStressTest
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "Looked up before the file was mapped over it.")
    @Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "Looked up afterwards.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "An intermediate state, or a hole that never existed.")
    @State
    public static class LookUpAgainstMap {
        private final AddressSpace space = new AddressSpace();
        private final MemoryFile file = new MemoryFile("stress", 2 * PAGE);
        private final long page = space.map(MapRequest.anonymous(PAGE));

        @Actor
        public void mapper() {
            space.map(MapRequest.file(file.open(Access.WRITE), 1, PAGE).shared().at(page));
        }

        @Actor
        public void looker(I_Result r) {
            r.r1 = find(space, page + 8, file, PAGE + 8);
        }
    }

    @JCStressTest
    @Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "Looked up before it was unmapped.")
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "Looked up after it was unmapped: a fault.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A key of a mapping that never existed.")
    @State
    public static class LookUpAgainstUnmap {
        private final AddressSpace space = new AddressSpace();
        private final MemoryFile file = new MemoryFile("stress", 2 * PAGE);
        private final long page =
                space.map(MapRequest.file(file.open(Access.WRITE), 1, PAGE).shared());

        @Actor
        public void unmapper() {
            space.unmap(page, PAGE);
        }

        @Actor
        public void looker(I_Result r) {
            r.r1 = find(space, page + 8, file, PAGE + 8);
        }
    }

    // ---- the mutants: memory in a few arrays, changed without a lock

    /**
     * The mutant of {@link CopyOnWriteAgainstChange}: each thread copies the page and writes to its copy. The outcome
     * is both words.
     */
    @JCStressTest
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "One after the other: both changes are kept.")
    @Outcome(
            id = {"0, 1", "1, 0"},
            expect = Expect.ACCEPTABLE_INTERESTING,
            desc = "A change is lost with the old copy.")
    @State
    public static class CopyOnWriteTwice {
        private volatile int[] page = new int[16];
        private volatile boolean shared = true;

        private void change(int word) {
            if (shared) {
                page = page.clone();
                shared = false;
            }
            page[word] = 1;
        }

        @Actor
        public void one() {
            change(0);
        }

        @Actor
        public void other() {
            change(1);
        }

        @Arbiter
        public void end(II_Result r) {
            r.r1 = page[0];
            r.r2 = page[1];
        }
    }

    /** The mutant of {@link LookUpAgainstMap}: the old mapping is removed, and then the file is mapped. */
    @JCStressTest
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "Looked up before the file was mapped over it.")
    @Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "Looked up afterwards.")
    @Outcome(id = "0", expect = Expect.ACCEPTABLE_INTERESTING, desc = "A hole that should never exist.")
    @State
    public static class MapInTwoSteps {
        private final AddressSpace space = new AddressSpace();
        private final MemoryFile file = new MemoryFile("stress", 2 * PAGE);
        private final long page = space.map(MapRequest.anonymous(PAGE));

        @Actor
        public void mapper() {
            space.unmap(page, PAGE);
            space.map(MapRequest.file(file.open(Access.WRITE), 1, PAGE).shared().at(page));
        }

        @Actor
        public void looker(I_Result r) {
            r.r1 = find(space, page + 8, file, PAGE + 8);
        }
    }
}
