package org.jfutex.replay;

import java.io.PrintStream;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.key.FutexMemory;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.MapRequest;

/** The example of the mail of 2 September 2003, played with the keys of 2002 and with those that the mail proposes. */
final class Story {

    private static final long PAGE = 0x1000_0000;
    private static final long WORD = PAGE + 64;

    /** Two processes that share a private page, because neither has written to it after the fork. */
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

    /** The effect of a wake by B. */
    record Outcome(int woken, boolean ranA, boolean ranB) {

        @Override
        public String toString() {
            return "wakes " + woken + ": A " + (ranA ? "ran" : "sleeps") + ", B " + (ranB ? "ran" : "sleeps");
        }
    }

    private Story() {}

    /** Prints the story in ten lines. Returns whether it ends with VMA keys as the mail demands. */
    static boolean tell(PrintStream out) {
        Outcome pageAll = wake(Family.underPageKeys(), Integer.MAX_VALUE);
        Outcome pageOne = wake(Family.underPageKeys(), 1);
        Outcome vmaAll = wake(Family.underVmaKeys(), Integer.MAX_VALUE);
        Outcome vmaOne = wake(Family.underVmaKeys(), 1);
        out.println("The example of the mail of 2 September 2003:");
        out.println("   A maps a private page, writes 1 to a word of it, and forks B.");
        out.println("   Neither writes to the page after that, so the two still share one physical page.");
        out.println("   A waits on the word, then B waits on it, each in its own memory. B wakes all.");
        out.println("      page key (2002)   " + pageAll + "   A should sleep on");
        out.println("      VMA key (2003)    " + vmaAll);
        out.println("   They wait again, and B wakes one.");
        out.println("      page key (2002)   " + pageOne + "   B has lost its wake");
        out.println("      VMA key (2003)    " + vmaOne);
        out.println(
                "   A page key matches waiters of all processes that share the page, (mm, uaddr) those of one memory.");
        Outcome right = new Outcome(1, false, true);
        return vmaAll.equals(right) && vmaOne.equals(right);
    }

    /** A waits, then B waits, then B wakes. Returns the effect. */
    private static Outcome wake(Family family, int count) {
        FutexTable table = new FutexTable();
        PreparedWait a = table.prepare(family.a, WORD, Scope.SHARED, 1);
        PreparedWait b = table.prepare(family.b, WORD, Scope.SHARED, 1);
        int woken = table.wake(family.b, WORD, Scope.SHARED, count);
        return new Outcome(woken, a.poll() != null, b.poll() != null);
    }
}
