package example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jfutex.Scope;
import org.jfutex.explore.ExplorationFailedError;
import org.jfutex.explore.Explorer;
import org.jfutex.explore.Failure;
import org.jfutex.explore.Fault;
import org.jfutex.explore.Guest;
import org.jfutex.sync.FutexMutex;
import org.junit.jupiter.api.Test;

/** The examples of the page "Test your lock". */
class MyLockTest {

    static final long LOCK = 0;
    static final long COUNT = 4;

    /** 0 is free, 1 is locked, 2 is locked and another thread may sleep. */
    static void lock(Guest g) {
        while (!g.cas(LOCK, 0, 1)) {
            if (g.load(LOCK) == 2 || g.cas(LOCK, 1, 2)) {
                g.await(LOCK, 2);
            }
        }
    }

    static void unlock(Guest g) {
        if (g.exchange(LOCK, 0) == 2) {
            g.wake(LOCK, 1);
        }
    }

    static void addOne(Guest g) {
        lock(g);
        g.store(COUNT, g.load(COUNT) + 1);
        unlock(g);
    }

    static Explorer program() {
        return Explorer.allSchedules()
                .preemptions(2)
                .word("lock", LOCK, 0)
                .word("count", COUNT, 0)
                .thread("A", g -> addOne(g))
                .thread("B", g -> addOne(g))
                .thread("C", g -> addOne(g))
                .finallyExpect("all have counted", s -> s.load(COUNT) == 3);
    }

    @Test
    void myLock() {
        // program().check(); fails as the page shows
        ExplorationFailedError error =
                assertThrows(ExplorationFailedError.class, () -> program().check());
        System.out.println(error.getMessage());
        assertEquals(Failure.Kind.LOST_WAKE, error.failure().kind());
        assertEquals(1, error.failure().preemptions());
    }

    @Test
    void replay() {
        Failure failure = program().run().failure().orElseThrow();
        String again = program()
                .replaying(failure.schedule())
                .run()
                .failure()
                .orElseThrow()
                .toString();
        assertEquals(failure.toString(), again);
    }

    @Test
    void page() throws Exception {
        Path file = Path.of("target", "lost-wake.html");
        assertThrows(AssertionError.class, () -> program().report(file).check());
        assertTrue(Files.readString(file).startsWith("<!DOCTYPE html>"));
    }

    static void correctLock(Guest g) {
        if (!g.cas(LOCK, 0, 1)) {
            while (g.exchange(LOCK, 2) != 0) { // 2, since others may sleep
                g.await(LOCK, 2);
            }
        }
    }

    @Test
    void correctLock_passes() {
        Explorer.allSchedules()
                .preemptions(3)
                .thread("A", g -> correctLock(g, 1))
                .thread("B", g -> correctLock(g, 2))
                .thread("C", g -> correctLock(g, 4))
                .finallyExpect("all have counted", s -> s.load(COUNT) == 7)
                .check();
    }

    private static void correctLock(Guest g, int delta) {
        correctLock(g);
        g.store(COUNT, g.load(COUNT) + delta);
        unlock(g);
    }

    @Test
    void lockOfTheLibrary() {
        Explorer.allSchedules()
                .preemptions(2)
                .faults(Fault.TIMEOUT, Fault.SIGNAL)
                .thread("A", g -> {
                    FutexMutex mutex = new FutexMutex(g.table(), g.memory(), LOCK, Scope.PRIVATE);
                    mutex.lock();
                    g.store(COUNT, g.load(COUNT) + 1);
                    mutex.unlock();
                })
                .thread("B", g -> {
                    FutexMutex mutex = new FutexMutex(g.table(), g.memory(), LOCK, Scope.PRIVATE);
                    try {
                        if (mutex.tryLock(1, TimeUnit.MILLISECONDS)) {
                            mutex.unlock();
                        }
                    } catch (InterruptedException e) {
                        g.note("is interrupted");
                    }
                })
                .finallyExpect("the lock is free", s -> s.load(LOCK) == 0)
                .check();
    }
}
