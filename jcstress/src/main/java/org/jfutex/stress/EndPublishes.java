package org.jfutex.stress;

import java.util.concurrent.atomic.AtomicInteger;
import org.jfutex.FutexFd;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.WaitResult;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * A thread that reads that a wait has ended, by any cause, sees the writes before that end. {@link WakePublishes} tests
 * a plain wake.
 */
public class EndPublishes {

    private EndPublishes() {}

    /** The outcome is (the end was read, the value that was read). */
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "Not ended yet; nothing is promised.")
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "Not ended yet, but the write was already visible.")
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Ended, and the write is visible.")
    @Outcome(id = "1, 0", expect = Expect.FORBIDDEN, desc = "Ended, and the write is not visible.")
    public static class Outcomes {}

    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Cancel {
        private final FutexTable table = FutexTable.builder().buckets(2).build();
        private final FieldMemory memory = FieldMemory.unshared();
        private final PreparedWait wait = table.prepare(memory, 0, Scope.PRIVATE, 0);
        private int data;

        @Actor
        public void canceller() {
            data = 1;
            wait.cancel();
        }

        @Actor
        public void waiter(II_Result r) {
            r.r1 = wait.poll() == WaitResult.CANCELLED ? 1 : 0;
            r.r2 = data;
        }
    }

    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Moved {
        private final FutexTable table = FutexTable.builder().buckets(2).build();
        private final FieldMemory memory = FieldMemory.unshared();
        private final PreparedWait wait = table.prepare(memory, 0, Scope.PRIVATE, 0);
        private int data;

        @Actor
        public void waker() {
            data = 1;
            table.requeue(memory, 0, 4, Scope.PRIVATE, 0, 1);
            table.wake(memory, 4, Scope.PRIVATE, 1);
        }

        @Actor
        public void waiter(II_Result r) {
            r.r1 = wait.poll() == WaitResult.WOKEN ? 1 : 0;
            r.r2 = data;
        }
    }

    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class Descriptor {
        private final FutexTable table = FutexTable.builder().buckets(2).build();
        private final FieldMemory memory = FieldMemory.unshared();
        private final FutexFd fd = FutexFd.open(table, memory, 0, Scope.PRIVATE, FutexFd.Options.SILENT);
        private int data;

        @Actor
        public void waker() {
            data = 1;
            table.wake(memory, 0, Scope.PRIVATE, 1);
        }

        @Actor
        public void waiter(II_Result r) {
            r.r1 = fd.poll() == 0 ? 0 : 1;
            r.r2 = data;
        }
    }

    /**
     * A callback is called exactly once, by either thread, and sees the write. The outcome is (calls, the value that
     * was read).
     */
    @JCStressTest
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Called once, and the write is visible.")
    @Outcome(id = "1, 0", expect = Expect.FORBIDDEN, desc = "Called, and the write is not visible.")
    @Outcome(id = "0, 0", expect = Expect.FORBIDDEN, desc = "Never called: each thread left the call to the other.")
    @Outcome(id = "2, 1", expect = Expect.FORBIDDEN, desc = "Called by both threads.")
    @State
    public static class Callback {
        private final FutexTable table = FutexTable.builder().buckets(2).build();
        private final FieldMemory memory = FieldMemory.unshared();
        private final PreparedWait wait = table.prepare(memory, 0, Scope.PRIVATE, 0);
        private int data;
        private int calls;
        private int seen;

        @Actor
        public void waker() {
            data = 1;
            table.wake(memory, 0, Scope.PRIVATE, 1);
        }

        @Actor
        public void listener() {
            wait.onEnd(end -> {
                calls++;
                seen = data;
            });
        }

        @Arbiter
        public void end(II_Result r) {
            r.r1 = calls;
            r.r2 = seen;
        }
    }

    // ---- the mutants

    /** The mutant of {@link Cancel}: the end is reported before the write. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "Not ended yet; nothing is promised.")
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Ended, and the write is visible.")
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "Both were done between the two reads.")
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE_INTERESTING, desc = "Ended, and the write is not visible.")
    @State
    public static class NotifiedBeforeDone {
        private int data;
        private volatile int ended;

        @Actor
        public void canceller() {
            ended = 1;
            data = 1;
        }

        @Actor
        public void waiter(II_Result r) {
            r.r1 = ended;
            r.r2 = data;
        }
    }

    /**
     * The mutant of {@link Callback}: each thread checks whether the other was first, but does not claim the call
     * atomically.
     */
    @JCStressTest
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "Called once, and the write is visible.")
    @Outcome(expect = Expect.ACCEPTABLE_INTERESTING, desc = "Never called, or called by both threads.")
    @State
    public static class CallbackUnclaimed {
        private volatile boolean ended;
        private volatile boolean listening;
        private int data;
        private final AtomicInteger calls = new AtomicInteger();
        private int seen;

        private void call() {
            calls.incrementAndGet();
            seen = data;
        }

        @Actor
        public void waker() {
            data = 1;
            ended = true;
            if (listening) {
                call();
            }
        }

        @Actor
        public void listener() {
            listening = true;
            if (ended) {
                call();
            }
        }

        @Arbiter
        public void end(II_Result r) {
            r.r1 = calls.get();
            r.r2 = seen;
        }
    }
}
