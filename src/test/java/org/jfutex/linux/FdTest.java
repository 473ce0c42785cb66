package org.jfutex.linux;

import static org.jfutex.linux.Machine.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jfutex.FutexFd;
import org.jfutex.memory.AddressSpace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests FUTEX_FD as a raw call, which existed until Linux 2.6.25. */
class FdTest {

    /** A table of three descriptors: 3, 4 and 5. */
    private static class Files implements FdTable {
        final List<Integer> free = new ArrayList<>(List.of(3, 4, 5));
        final Map<Integer, FutexFd> open = new HashMap<>();
        final List<String> signals = new ArrayList<>();

        @Override
        public int reserve(Task task) {
            return free.isEmpty() ? -Errno.EMFILE : free.remove(0);
        }

        @Override
        public void install(Task task, int fd, FutexFd file) {
            open.put(fd, file);
        }

        @Override
        public void release(Task task, int fd) {
            free.add(0, fd);
        }

        @Override
        public void signal(Task owner, int fd, int signal) {
            signals.add("signal " + signal + " for fd " + fd + " to " + owner.tid());
        }

        int poll(long fd) {
            FutexFd file = open.get((int) fd);
            return file == null ? -1 : file.poll();
        }

        void close(long fd) {
            FutexFd file = open.remove((int) fd);
            if (file != null) {
                file.close();
                free.add((int) fd);
            }
        }
    }

    private static final int READABLE = FutexFd.IN | FutexFd.RDNORM;

    private final Machine m = new Machine();
    private final Files files = new Files();
    private final FutexCalls calls = FutexCalls.builder(m.tasks).fds(files).build();

    private long open(long at, int signal) {
        return calls.futex(m.task, at, FD, signal, 0, 0, 0);
    }

    @Test
    void descriptor_afterAWake_staysReadable() {
        long fd = open(P, 0);
        assertEquals(3, fd);
        assertEquals(0, files.poll(fd));
        assertEquals(1, m.futex(P, WAKE, 1));
        assertEquals(READABLE, files.poll(fd));
        assertEquals(0, m.futex(P, WAKE, 1));
        assertEquals(READABLE, files.poll(fd));
    }

    @Test
    void open_doesNotCompareTheWord() {
        m.store(P, 77);
        assertEquals(0, m.futex(P, WAKE, 1));
        assertEquals(0, files.poll(open(P, 0)));
    }

    @Test
    void wakeOne_reachesTheFirstDescriptor() {
        long fd = open(P, 0);
        FutexCall waiter = m.sleeper(P, WAIT, 0);
        assertEquals(1, m.futex(P, WAKE, 1));
        assertEquals(READABLE, files.poll(fd));
        assertFalse(waiter.isDone());
        files.close(fd);
        assertFalse(waiter.isDone());
        assertEquals(1, m.futex(P, WAKE, 1));
    }

    @Test
    void close_dequeuesTheWaiter() {
        files.close(open(P, 0));
        assertEquals(0, m.futex(P, WAKE, ALL));
    }

    @Test
    void requeueAndWakeOp_treatADescriptorAsAWaiter() {
        long moved = open(P, 0);
        assertEquals(1, m.futex(P, REQUEUE, 0, 1, P + 4, 0));
        assertEquals(0, m.futex(P, WAKE, ALL));
        assertEquals(0, files.poll(moved));
        assertEquals(1, m.futex(P + 8, WAKE_OP, 1, 1, P + 4, WakeOpVectorsTest.encoded(1, 0, 0, 0)));
        assertEquals(READABLE, files.poll(moved));
    }

    @Test
    void privateFlag_isAcceptedButTheKeyIsShared() {
        long fd = calls.futex(m.task, P, FD | PRIVATE_FLAG, 0, 0, 0, 0);
        assertEquals(0, m.futex(P, WAKE | PRIVATE_FLAG, 1));
        assertEquals(1, m.futex(P, WAKE, 1));
        assertEquals(READABLE, files.poll(fd));
    }

    @Test
    void wake_descriptorWithSignal_sendsItOnce() {
        open(P, 29);
        open(P + 4, 64);
        assertEquals(1, m.futex(P, WAKE, ALL));
        assertEquals(0, m.futex(P, WAKE, ALL));
        assertEquals(List.of("signal 29 for fd 3 to " + m.task.tid()), files.signals);
    }

    @Test
    void childWake_privateWord_missesParentsDescriptor() {
        long own = open(P, 0);
        long shared = open(S, 0);
        AddressSpace copy = m.space.fork();
        Task child = m.task.fork(copy);
        assertEquals(0, m.futex(child, P, WAKE, ALL));
        assertEquals(1, m.futex(child, S, WAKE, ALL));
        assertEquals(0, files.poll(own));
        assertEquals(READABLE, files.poll(shared));
    }

    @Test
    void twoDescriptorsOfOneWordAreTwoWaiters() {
        open(P, 0);
        open(P, 0);
        assertEquals(2, m.futex(P, WAKE, ALL));
    }

    @ParameterizedTest
    @ValueSource(ints = {65, -1})
    void open_invalidSignal_isRejected(int signal) {
        assertEquals(-Errno.EINVAL, open(HOLE, signal));
        assertEquals(3, files.free.size());
    }

    @Test
    void open_badAddress_releasesTheNumber() {
        assertEquals(-Errno.EINVAL, open(P + 1, 0));
        assertEquals(-Errno.EFAULT, open(HOLE, 0));
        assertEquals(List.of(3, 4, 5), files.free);
    }

    @Test
    void open_installFails_closesTheFileAndReleasesTheNumber() {
        Files broken = new Files() {
            @Override
            public void install(Task task, int fd, FutexFd file) {
                throw new UnsupportedOperationException();
            }
        };
        FutexCalls kernel = FutexCalls.builder(m.tasks).fds(broken).build();
        assertThrows(UnsupportedOperationException.class, () -> kernel.futex(m.task, P, FD, 0, 0, 0, 0));
        assertEquals(0, m.futex(P, WAKE, ALL));
        assertEquals(List.of(3, 4, 5), broken.free);
    }

    @Test
    void open_noFreeNumber_fails() {
        for (int i = 0; i < 3; i++) {
            open(P, 0);
        }
        assertEquals(-Errno.EMFILE, open(HOLE + 1, 0));
        assertEquals(3, m.futex(P, WAKE, ALL));
    }

    @Test
    void open_withoutFdTable_fails() {
        assertEquals(-Errno.EMFILE, new FutexCalls(m.tasks).futex(m.task, P, FD, 0, 0, 0, 0));
    }

    @ParameterizedTest(name = "Linux {0}.{1}.{2}")
    @CsvSource({"2, 6, 25, 3", "2, 6, 26, -38", "6, 18, 0, -38", "2, 5, 6, -38"})
    void futexFd_existsUntilLinux2_6_25(int major, int minor, int patch, long result) {
        FutexCalls kernel = FutexCalls.builder(m.tasks)
                .fds(files)
                .version(new KernelVersion(major, minor, patch))
                .build();
        assertEquals(result, kernel.futex(m.task, P, FD, 0, 0, 0, 0));
    }

    /** A call that is too new returns ENOSYS before it reads anything, even a timespec. */
    @ParameterizedTest(name = "Linux {0}.{1}.{2}: {3} gives {4}")
    @CsvSource({
        "2, 6, 24, WAIT_BITSET, -38", "2, 6, 25, WAIT_BITSET, -14", "5, 13, 0, LOCK_PI2, -38",
                "5, 14, 0, LOCK_PI2, -14",
        "5, 15, 0, waitv, -38", "5, 16, 0, waitv, -22", "6, 6, 0, futex_wake, -38", "6, 7, 0, futex_wake, -22",
        "6, 6, 0, futex_wait, -38", "6, 7, 0, futex_wait, -22", "6, 6, 0, futex_requeue, -38",
                "6, 7, 0, futex_requeue, -22"
    })
    void kernelVersion_decidesWhichCallsExist(int major, int minor, int patch, String call, long result) {
        FutexCalls kernel = FutexCalls.builder(m.tasks)
                .version(new KernelVersion(major, minor, patch))
                .build();
        assertEquals(
                result,
                switch (call) {
                    case "WAIT_BITSET" -> kernel.futex(m.task, P, WAIT_BITSET, 0, HOLE, 0, 1);
                    case "LOCK_PI2" -> kernel.futex(m.task, P, LOCK_PI2, 0, HOLE, 0, 1);
                    case "waitv" -> kernel.futexWaitv(m.task, 0, 0, 1, 0, 0);
                    case "futex_wake" -> kernel.futexWake(m.task, 0, 0, 0, 0x100);
                    case "futex_wait" -> kernel.futexWait(m.task, 0, 0, 0, 0x100, 0, 0);
                    default -> kernel.futexRequeue(m.task, 0, 1, 0, 0);
                });
    }
}
