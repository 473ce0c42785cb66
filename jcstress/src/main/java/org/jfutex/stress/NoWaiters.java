package org.jfutex.stress;

import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.WaitOptions;
import org.jfutex.WaitResult;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * The store-buffering litmus test of a wake that finds no waiter, on a private word. One thread writes the word and
 * wakes; another waits for the word to change.
 *
 * <p>The outcome is (woken by the wake, word differed for the waiter, still queued at the end). A waiter that is queued
 * at the end would sleep for ever. The mutant writes plainly and uses the wake that relies on a volatile write. There
 * the lost wake does occur, which shows that the other tests can detect it. {@link NoWaitersOnShared} tests the
 * other kinds of key.
 */
public class NoWaiters {

    private NoWaiters() {}

    /** The permitted and the forbidden outcomes. */
    @JCStressMeta(Outcomes.class)
    @Outcome(id = "1, 0, 0", expect = Expect.ACCEPTABLE, desc = "The waiter was queued first, and the wake found it.")
    @Outcome(id = "0, 1, 0", expect = Expect.ACCEPTABLE, desc = "The word was written first, and the waiter read it.")
    @Outcome(id = "0, 0, 1", expect = Expect.FORBIDDEN, desc = "Neither saw the other: the wake is lost.")
    public static class Outcomes {}

    /** A table with few buckets, a word, and a waiter. */
    public abstract static class Base {
        final FutexTable table = FutexTable.builder().buckets(2).build();
        final FieldMemory memory;
        final Scope scope;

        Base(FieldMemory memory, Scope scope) {
            this.memory = memory;
            this.scope = scope;
        }

        /** Queues a waiter that expects 0. Returns 1 if the word already differed, else 0. */
        final int differs() {
            return table.prepare(memory, 0, scope, 0).poll() == WaitResult.VALUE_DIFFERS ? 1 : 0;
        }

        final int wake() {
            return table.wake(memory, 0, scope, 1);
        }

        final int wakePublished() {
            return table.wakePublished(memory, 0, scope, 1);
        }

        final int wakeBitset() {
            return table.wake(memory, 0, scope, 1, WaitOptions.DEFAULT);
        }

        final int queued() {
            return table.waiterCount(memory, 0, scope);
        }
    }

    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class PlainStore extends Base {
        public PlainStore() {
            super(FieldMemory.unshared(), Scope.PRIVATE);
        }

        @Actor
        public void waker(III_Result r) {
            memory.first = 1;
            r.r1 = wake();
        }

        @Actor
        public void waiter(III_Result r) {
            r.r2 = differs();
        }

        @Arbiter
        public void end(III_Result r) {
            r.r3 = queued();
        }
    }

    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class OpaqueStore extends Base {
        public OpaqueStore() {
            super(FieldMemory.unshared(), Scope.PRIVATE);
        }

        @Actor
        public void waker(III_Result r) {
            FieldMemory.FIRST.setOpaque(memory, 1);
            r.r1 = wake();
        }

        @Actor
        public void waiter(III_Result r) {
            r.r2 = differs();
        }

        @Arbiter
        public void end(III_Result r) {
            r.r3 = queued();
        }
    }

    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class ReleaseStore extends Base {
        public ReleaseStore() {
            super(FieldMemory.unshared(), Scope.PRIVATE);
        }

        @Actor
        public void waker(III_Result r) {
            FieldMemory.FIRST.setRelease(memory, 1);
            r.r1 = wake();
        }

        @Actor
        public void waiter(III_Result r) {
            r.r2 = differs();
        }

        @Arbiter
        public void end(III_Result r) {
            r.r3 = queued();
        }
    }

    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class VolatileStore extends Base {
        public VolatileStore() {
            super(FieldMemory.unshared(), Scope.PRIVATE);
        }

        @Actor
        public void waker(III_Result r) {
            FieldMemory.FIRST.setVolatile(memory, 1);
            r.r1 = wakePublished();
        }

        @Actor
        public void waiter(III_Result r) {
            r.r2 = differs();
        }

        @Arbiter
        public void end(III_Result r) {
            r.r3 = queued();
        }
    }

    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class CompareAndSet extends Base {
        public CompareAndSet() {
            super(FieldMemory.unshared(), Scope.PRIVATE);
        }

        @Actor
        public void waker(III_Result r) {
            memory.compareAndExchange(0, 0, 1);
            r.r1 = wakePublished();
        }

        @Actor
        public void waiter(III_Result r) {
            r.r2 = differs();
        }

        @Arbiter
        public void end(III_Result r) {
            r.r3 = queued();
        }
    }

    /** The wake with a bitset, which has its own fence. */
    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class PlainStoreWithChannels extends Base {
        public PlainStoreWithChannels() {
            super(FieldMemory.unshared(), Scope.PRIVATE);
        }

        @Actor
        public void waker(III_Result r) {
            memory.first = 1;
            r.r1 = wakeBitset();
        }

        @Actor
        public void waiter(III_Result r) {
            r.r2 = differs();
        }

        @Arbiter
        public void end(III_Result r) {
            r.r3 = queued();
        }
    }

    /** The mutant: without a fence, the forbidden outcome occurs. */
    @JCStressTest
    @Outcome(id = "1, 0, 0", expect = Expect.ACCEPTABLE, desc = "The waiter was queued first, and the wake found it.")
    @Outcome(id = "0, 1, 0", expect = Expect.ACCEPTABLE, desc = "The word was written first, and the waiter read it.")
    @Outcome(id = "0, 0, 1", expect = Expect.ACCEPTABLE_INTERESTING, desc = "The wake is lost for want of the fence.")
    @State
    public static class MutantWithoutFence extends Base {
        public MutantWithoutFence() {
            super(FieldMemory.unshared(), Scope.PRIVATE);
        }

        @Actor
        public void waker(III_Result r) {
            memory.first = 1;
            r.r1 = wakePublished();
        }

        @Actor
        public void waiter(III_Result r) {
            r.r2 = differs();
        }

        @Arbiter
        public void end(III_Result r) {
            r.r3 = queued();
        }
    }
}
