package org.jfutex.replay;

import java.io.PrintStream;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.key.FutexMemory;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.MapRequest;

/** What the mail of 2 September 2003 is about, played under the key of 2002 and under the one that the mail proposes. */
final class Story {

    private static final long PAGE = 0x1000_0000;
    private static final long WORD = PAGE + 64;

    /** Two processes that have a private page in common, since nobody has written to it after the fork. */
    private record Family(FutexMemory a, FutexMemory b) {

        static Family underPageKeys() {
            PageKeys a = new PageKeys();
            a.compareAndExchange(WORD, 0, 1);
            return new Family(a, a.fork());
        }

        static Family underVmaKeys() {
            AddressSpace a = new AddressSpace();
            a.map(MapRequest.anonymous(Region.PAGE).at(PAGE));
            a.store(WORD, 1);
            return new Family(a, a.fork());
        }
    }

    /** What a wake by B has done. */
    record Outcome(int woken, boolean ranA, boolean ranB) {

        @Override
        public String toString() {
            return "wakes " + woken + ": A " + (ranA ? "ran" : "sleeps") + ", B " + (ranB ? "ran" : "sleeps");
        }
    }

    private Story() {}

    /** Tells it in ten lines; says whether it ended under VMA keys as the mail wants it. */
    static boolean tell(PrintStream out) {
        Outcome pageAll = wake(Family.underPageKeys(), Integer.MAX_VALUE);
        Outcome pageOne = wake(Family.underPageKeys(), 1);
        Outcome vmaAll = wake(Family.underVmaKeys(), Integer.MAX_VALUE);
        Outcome vmaOne = wake(Family.underVmaKeys(), 1);
        out.println("The mail of 2 September 2003, as it happens here:");
        out.println("   A maps a private page, writes 1 to a word of it, and forks B.");
        out.println("   Nobody writes to the page after that, so the two still have one page in common.");
        out.println("   A waits on the word, then B waits on it, each in its own memory. B wakes all.");
        out.println("      page key (2002)   " + pageAll + "   A was never meant");
        out.println("      VMA key (2003)    " + vmaAll);
        out.println("   Again, and B wakes one.");
        out.println("      page key (2002)   " + pageOne + "   B has lost its wake");
        out.println("      VMA key (2003)    " + vmaOne);
        out.println("   A key that names a page means whoever has the page; (mm, uaddr) means who waits there.");
        Outcome right = new Outcome(1, false, true);
        return vmaAll.equals(right) && vmaOne.equals(right);
    }

    /** A waits, B waits, B wakes. */
    private static Outcome wake(Family family, int count) {
        FutexTable table = new FutexTable();
        PreparedWait a = table.prepare(family.a, WORD, Scope.SHARED, 1);
        PreparedWait b = table.prepare(family.b, WORD, Scope.SHARED, 1);
        int woken = table.wake(family.b, WORD, Scope.SHARED, count);
        return new Outcome(woken, a.poll() != null, b.poll() != null);
    }
}
