package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/**
 * If the JVM throws an error into a thread that waits for a second lock, the first lock is released. The {@link
 * InternalError} of a truncated mapped file arrives in this way. {@link Thread#stop()} causes it on purpose.
 */
@Timeout(60)
@EnabledForJreRange(max = JRE.JAVA_19, disabledReason = "later JDKs stop no thread")
class LockReleaseTest {

    private final Bucket[] buckets = FutexTable.builder().buckets(4).build().buckets;

    /** Runs a task until it waits for a lock that this thread holds. Then throws an asynchronous error into it. */
    @SuppressWarnings({"removal", "deprecation", "ThreadPriorityCheck"})
    private static void stopWhenItWaits(Runnable task, Bucket held) throws Exception {
        held.lock();
        try {
            Threads.Running<Void> other = Threads.start(() -> {
                task.run();
                return null;
            });
            while (other.thread().getState() != Thread.State.WAITING) {
                assertTrue(other.thread().isAlive());
                Thread.yield();
            }
            other.thread().stop();
            try {
                other.answer().get(30, TimeUnit.SECONDS);
                throw new AssertionError("the error did not arrive");
            } catch (ExecutionException e) {
                assertInstanceOf(ThreadDeath.class, e.getCause());
            }
        } finally {
            held.unlock();
        }
    }

    private void assertFree(int... indexes) {
        assertTrue(Threads.inAnother(() -> {
            for (int i : indexes) {
                buckets[i].lock();
                buckets[i].unlock();
            }
            return true;
        }));
    }

    @Test
    void lockBoth_errorAtTheSecondLock_releasesTheFirst() throws Exception {
        stopWhenItWaits(() -> Bucket.lockBoth(buckets[0], buckets[1]), buckets[1]);
        assertFree(0);
        stopWhenItWaits(() -> Bucket.lockBoth(buckets[3], buckets[2]), buckets[3]);
        assertFree(2);
    }

    @Test
    void closedGate_errorAtTheLastLock_opensTheGateAndLeavesNoBucketLocked() throws Exception {
        ScanGate gate = buckets[0].table.scans;
        stopWhenItWaits(() -> gate.closed(() -> Bucket.lockAndUnlockEach(buckets), () -> {}), buckets[3]);
        assertFree(0, 1, 2);
        assertTrue(gate.awaitOpen());
    }
}
