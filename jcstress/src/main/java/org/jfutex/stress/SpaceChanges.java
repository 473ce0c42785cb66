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

/** Words and keys of an address space that changes meanwhile. */
public class SpaceChanges {

    private SpaceChanges() {}

    private static final int PAGE = 4096;

    /** A word that is changed while the space forks. The outcome is (changed, the parent's word, the child's). */
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

    /** Two changes of a page that a child shares: the first copies it, the second must not go to the old copy. The outcome is both words. */
    @JCStressTest
    @Outcome(id = "1, 1, 0", expect = Expect.ACCEPTABLE, desc = "Both are there, and the child sees neither.")
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

    /** Two spaces that share a page each change their own word. The outcome is (the parent's word, the child's). */
    @JCStressTest
    @Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "To each its own.")
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

    /** What a look-up may find: 0 nothing, 1 private memory, 2 the right place of the file, 3 anything else. */
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
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "Named before the file was mapped over it.")
    @Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "Named afterwards.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Something between the two, or a hole that never was.")
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
    @Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "Named before it was unmapped.")
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "Nothing there any more: a fault.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A name of something that never was there.")
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

    // ---- the twins: memory in a few arrays, changed without a lock

    /** The twin of {@link CopyOnWriteAgainstChange}: each copies the shared page, and writes into its own copy. The outcome is both words. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "One after the other: both are there.")
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

    /** The twin of {@link LookUpAgainstMap}: what was there is unmapped, then the file is mapped. */
    @JCStressTest
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "Named before the file was mapped over it.")
    @Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "Named afterwards.")
    @Outcome(id = "0", expect = Expect.ACCEPTABLE_INTERESTING, desc = "A hole that never was.")
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
