package org.jfutex;

import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import org.jfutex.key.WordSize;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The unlock of a bucket that fails keeps no chosen waiter asleep: every waiter is notified nevertheless. */
class UnlockFailureTest {

    private static final long A = 64;
    private static final long B = 128;
    private static final WakeOp ADD = new WakeOp(WakeOp.Operation.ADD, 1, false, WakeOp.Comparison.EQ, 0);

    private final PiWorld pi = new PiWorld();
    private final FutexTable table = pi.table;
    private final List<WaitResult> notified = new ArrayList<>();
    private boolean failing;

    /** A bucket whose unlock releases the lock and then throws, as when an unpark of the next thread fails. */
    private final class FailingBucket extends Bucket {

        private static final long serialVersionUID = 1L;

        FailingBucket(Bucket before) throws ReflectiveOperationException {
            super(before.table, before.index, (int[]) read(before, "words"), (int) read(before, "wordIndex"));
        }

        @Override
        void unlock() {
            super.unlock();
            if (failing) {
                throw new IllegalStateException("planned");
            }
        }
    }

    UnlockFailureTest() throws ReflectiveOperationException {
        for (int i = 0; i < table.buckets.length; i++) {
            table.buckets[i] = new FailingBucket(table.buckets[i]);
        }
        for (int i = 0; i < 2; i++) {
            table.prepare(pi.memory, A, PRIVATE, 0).onEnd(notified::add);
        }
    }

    private static Object read(Bucket bucket, String name) throws ReflectiveOperationException {
        Field field = Bucket.class.getDeclaredField(name);
        field.setAccessible(true);
        return field.get(bucket);
    }

    @AfterEach
    void end() {
        failing = false;
        table.cancel(key -> true);
    }

    private void assertNotifies(Runnable operation) {
        failing = true;
        assertThrows(IllegalStateException.class, operation::run);
        assertEquals(List.of(WaitResult.WOKEN), notified);
    }

    @Test
    void wake_unlockFails_notifies() {
        assertNotifies(() -> table.wake(pi.memory, A, PRIVATE, 1));
    }

    @Test
    void wakeOfBitset_unlockFails_notifies() {
        assertNotifies(() -> table.wake(pi.memory, A, PRIVATE, 1, WaitOptions.DEFAULT.bitset(2)));
    }

    @Test
    void wakeOp_unlockFails_notifies() {
        assertNotifies(() -> table.wakeOp(pi.memory, A, B, PRIVATE, 1, 0, ADD));
    }

    @Test
    void requeue_unlockFails_notifies() {
        assertNotifies(() -> table.compareAndRequeue(pi.memory, A, B, PRIVATE, WordSize.U32, 1, 1, 0));
    }

    @Test
    void piUnlock_unlockFails_notifiesNextOwner() {
        PiTask owner = pi.task(1);
        pi.lock(owner, B, PRIVATE);
        List<PiResult> locked = new ArrayList<>();
        pi.block(pi.task(2), B, PRIVATE).onEnd(locked::add);
        failing = true;
        assertThrows(IllegalStateException.class, () -> owner.unlock(B, PRIVATE));
        assertEquals(List.of(PiResult.LOCKED), locked);
    }

    @Test
    void piRequeue_unlockFails_notifiesNewOwner() {
        List<PiResult> locked = new ArrayList<>();
        pi.blockRequeue(pi.task(1), 192, B, PRIVATE).onEnd(locked::add);
        failing = true;
        assertThrows(IllegalStateException.class, () -> table.compareAndRequeuePi(pi.memory, 192, B, PRIVATE, 0, 0));
        assertEquals(List.of(PiResult.LOCKED), locked);
    }
}
