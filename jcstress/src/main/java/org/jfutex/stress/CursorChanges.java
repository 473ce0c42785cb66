package org.jfutex.stress;

import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.WordSize;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.MemoryCursor;
import org.jfutex.memory.Protection;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** Stores through a cursor that holds the page, while the space changes. */
public class CursorChanges {

    private CursorChanges() {}

    private static final int PAGE = 4096;

    /** A space whose page a cursor has entered. */
    private static class Held {
        final AddressSpace space = new AddressSpace();
        final long word = space.map(MapRequest.anonymous(PAGE));
        final MemoryCursor cursor = space.cursor(1);

        Held() {
            cursor.store(word, WordSize.U32, 0);
        }
    }

    /** Two stores while the space forks. The outcome is the parent's second word, and both words of the child. */
    @JCStressTest
    @Outcome(id = "1, 0, 0", expect = Expect.ACCEPTABLE, desc = "Forked before the stores.")
    @Outcome(id = "1, 1, 0", expect = Expect.ACCEPTABLE, desc = "Forked between the stores.")
    @Outcome(id = "1, 1, 1", expect = Expect.ACCEPTABLE, desc = "Forked after the stores.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A store is lost, or the child has the later store alone.")
    @State
    public static class ForkAgainstStores extends Held {
        private AddressSpace child;

        @Actor
        public void writer() {
            cursor.storeRelease(word, WordSize.U32, 1);
            cursor.storeRelease(word + 8, WordSize.U32, 1);
        }

        @Actor
        public void forker() {
            child = space.fork();
        }

        @Arbiter
        public void end(III_Result r) {
            cursor.close();
            r.r1 = space.load(word + 8);
            r.r2 = child.load(word);
            r.r3 = child.load(word + 8);
        }
    }

    /** The stores of {@link ForkAgainstStores}, in a session. */
    @JCStressTest
    @Outcome(id = "1, 0, 0", expect = Expect.ACCEPTABLE, desc = "Forked before the stores.")
    @Outcome(id = "1, 1, 0", expect = Expect.ACCEPTABLE, desc = "Forked between the stores.")
    @Outcome(id = "1, 1, 1", expect = Expect.ACCEPTABLE, desc = "Forked after the stores.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A store is lost, or the child has the later store alone.")
    @State
    public static class ForkAgainstSession extends Held {
        private AddressSpace child;

        @Actor
        public void writer() {
            cursor.begin();
            cursor.storeRelease(word, WordSize.U32, 1);
            cursor.storeRelease(word + 8, WordSize.U32, 1);
            cursor.end();
        }

        @Actor
        public void forker() {
            child = space.fork();
        }

        @Arbiter
        public void end(III_Result r) {
            cursor.close();
            r.r1 = space.load(word + 8);
            r.r2 = child.load(word);
            r.r3 = child.load(word + 8);
        }
    }

    /** A store while the page becomes read-only. The outcome is the word after that, and in the end. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "The store faulted.")
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "The store came first.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The store happened after the protection.")
    @State
    public static class ProtectAgainstStore extends Held {

        @Actor
        public void writer() {
            try {
                cursor.store(word, WordSize.U32, 1);
            } catch (MemoryFaultException e) {
                // it was protected before
            }
        }

        @Actor
        public void protector(II_Result r) {
            space.protect(word, PAGE, Protection.READ);
            r.r1 = space.load(word);
        }

        @Arbiter
        public void end(II_Result r) {
            cursor.close();
            r.r2 = space.load(word);
        }
    }
}
