package org.jfutex.stress;

import org.jfutex.Scope;
import org.jfutex.stress.NoWaiters.Base;
import org.jfutex.stress.NoWaiters.Outcomes;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressMeta;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * The test of {@link NoWaiters} for shared operations: on a private mapping, whose words have anonymous keys, and
 * on a shared mapping.
 */
public class NoWaitersOnShared {

    private NoWaitersOnShared() {}

    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class PlainStoreAnonymous extends Base {
        public PlainStoreAnonymous() {
            super(FieldMemory.unshared(), Scope.SHARED);
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
    public static class OpaqueStoreAnonymous extends Base {
        public OpaqueStoreAnonymous() {
            super(FieldMemory.unshared(), Scope.SHARED);
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
    public static class ReleaseStoreAnonymous extends Base {
        public ReleaseStoreAnonymous() {
            super(FieldMemory.unshared(), Scope.SHARED);
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
    public static class VolatileStoreAnonymous extends Base {
        public VolatileStoreAnonymous() {
            super(FieldMemory.unshared(), Scope.SHARED);
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
    public static class CompareAndSetAnonymous extends Base {
        public CompareAndSetAnonymous() {
            super(FieldMemory.unshared(), Scope.SHARED);
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

    @JCStressTest
    @JCStressMeta(Outcomes.class)
    @State
    public static class PlainStoreShared extends Base {
        public PlainStoreShared() {
            super(FieldMemory.shared(), Scope.SHARED);
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
    public static class OpaqueStoreShared extends Base {
        public OpaqueStoreShared() {
            super(FieldMemory.shared(), Scope.SHARED);
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
    public static class ReleaseStoreShared extends Base {
        public ReleaseStoreShared() {
            super(FieldMemory.shared(), Scope.SHARED);
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
    public static class VolatileStoreShared extends Base {
        public VolatileStoreShared() {
            super(FieldMemory.shared(), Scope.SHARED);
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
    public static class CompareAndSetShared extends Base {
        public CompareAndSetShared() {
            super(FieldMemory.shared(), Scope.SHARED);
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
}
