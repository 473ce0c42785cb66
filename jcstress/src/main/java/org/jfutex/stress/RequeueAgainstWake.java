package org.jfutex.stress;

import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.key.WordSize;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * A broadcast that requeues a waiter to a lock races with a thread that changes the compared word and then wakes the
 * lock's waiters.
 *
 * <p>The outcome is (moved, woken, still queued anywhere). The requeue increments the target's count before it
 * compares. So if a waker reads zero at the target, its write to the word came early enough for the comparison to see
 * it.
 */
@JCStressTest
@Outcome(id = "1, 1, 0", expect = Expect.ACCEPTABLE, desc = "Moved, then woken at the target.")
@Outcome(id = "0, 0, 1", expect = Expect.ACCEPTABLE, desc = "The word had changed, and no waiter moved.")
@Outcome(id = "1, 0, 1", expect = Expect.FORBIDDEN, desc = "Moved after the waker found no waiter: the wake is lost.")
@State
public class RequeueAgainstWake {

    private static final long CONDITION = 0;
    private static final long LOCK = 4;

    private final FutexTable table = FutexTable.builder().buckets(2).build();
    private final FieldMemory memory = FieldMemory.unshared();
    final PreparedWait wait = table.prepare(memory, CONDITION, Scope.PRIVATE, 0);

    @Actor
    public void requeuer(III_Result r) {
        r.r1 = table.compareAndRequeue(memory, CONDITION, LOCK, Scope.PRIVATE, WordSize.U32, 0, 1, 0)
                .moved();
    }

    @Actor
    public void waker(III_Result r) {
        memory.first = 1;
        r.r2 = table.wake(memory, LOCK, Scope.PRIVATE, 1);
    }

    @Arbiter
    public void end(III_Result r) {
        r.r3 = table.waiterCount(memory, CONDITION, Scope.PRIVATE) + table.waiterCount(memory, LOCK, Scope.PRIVATE);
    }

    // ---- the mutant, and the correct model beside it

    /**
     * A model of the protocol: the word, the target's counter, and the number of waiters at each word. Its monitor
     * stands for the locks of both buckets.
     */
    public abstract static class Base {
        private volatile int word;
        private volatile int counter; // changed under "this"
        private int source = 1; // under "this"
        private int target; // under "this"

        private void count(int more) {
            counter = counter + more;
        }

        final synchronized int countThenMove() {
            count(1); // (A)
            int moved = move();
            count(moved - 1);
            return moved;
        }

        final synchronized int moveThenCount() {
            int moved = move();
            for (int i = 0; i < 20; i++) {
                Thread.onSpinWait(); // widens the window in which the waker reads zero
            }
            count(moved);
            return moved;
        }

        private int move() {
            int moved = word == 0 ? source : 0;
            source -= moved;
            target += moved;
            return moved;
        }

        final int wake() {
            word = 1; // a volatile write, which includes (B)
            return counter == 0 ? 0 : take();
        }

        private synchronized int take() {
            int woken = target;
            target = 0;
            count(-woken);
            return woken;
        }

        final synchronized int queued() {
            return source + target;
        }
    }

    /**
     * The model with the table's order. It passes, so the failure of the mutant is caused by its order, not by the
     * model.
     */
    @JCStressTest
    @JCStressMeta(RequeueAgainstWake.class)
    @State
    public static class CountedBefore extends Base {

        @Actor
        public void requeuer(III_Result r) {
            r.r1 = countThenMove();
        }

        @Actor
        public void waker(III_Result r) {
            r.r2 = wake();
        }

        @Arbiter
        public void end(III_Result r) {
            r.r3 = queued();
        }
    }

    /** The mutant: a waiter is counted at the target after it has moved. */
    @JCStressTest
    @Outcome(id = "1, 1, 0", expect = Expect.ACCEPTABLE, desc = "Moved, then woken at the target.")
    @Outcome(id = "0, 0, 1", expect = Expect.ACCEPTABLE, desc = "The word had changed, and no waiter moved.")
    @Outcome(
            id = "1, 0, 1",
            expect = Expect.ACCEPTABLE_INTERESTING,
            desc = "Moved after the waker found no waiter: the wake is lost.")
    @State
    public static class CountedAfterwards extends Base {

        @Actor
        public void requeuer(III_Result r) {
            r.r1 = moveThenCount();
        }

        @Actor
        public void waker(III_Result r) {
            r.r2 = wake();
        }

        @Arbiter
        public void end(III_Result r) {
            r.r3 = queued();
        }
    }
}
