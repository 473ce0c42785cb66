package org.jfutex.bench.peer;

import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The futex of the host's Linux kernel, by futex(2). A wait blocks the carrier, so only platform threads can use it.
 */
final class KernelFutex extends DirectWords {

    private static final MethodHandle SYSCALL = Native.longs("syscall", 7);
    private static final long SYS_FUTEX = System.getProperty("os.arch").equals("aarch64") ? 98 : 202;
    private static final int WAIT = 0;
    private static final int WAKE = 1;
    private static final int CMP_REQUEUE = 4;
    private static final int PRIVATE_FLAG = 128;

    private final long start = Native.address(bytes);
    private final int flag;

    /** Timeouts in the kernel's format. They are kept, so that their memory stays valid during a wait. */
    private final Map<Long, Timespec> timespecs = new ConcurrentHashMap<>();

    private record Timespec(ByteBuffer bytes, long address) {
        static Timespec of(long nanos) {
            ByteBuffer b = ByteBuffer.allocateDirect(2 * Long.BYTES).order(ByteOrder.nativeOrder());
            b.putLong(0, nanos / 1_000_000_000).putLong(Long.BYTES, nanos % 1_000_000_000);
            return new Timespec(b, Native.address(b));
        }
    }

    KernelFutex(int words, boolean shared) {
        super(words);
        flag = shared ? 0 : PRIVATE_FLAG;
        if (wake(0, 1) != 0) {
            throw new UnsupportedOperationException("no futex(2) here");
        }
    }

    private int futex(int word, int op, int value, long timeout, int word2, int value3) {
        try {
            return (int) (long) SYSCALL.invokeExact(
                    SYS_FUTEX, start + word * 4L, (long) (op | flag), (long) value, timeout, start + word2 * 4L, (long)
                            value3);
        } catch (Throwable t) {
            throw new AssertionError(t);
        }
    }

    @Override
    public boolean await(int word, int expected) {
        return futex(word, WAIT, expected, 0, 0, 0) == 0;
    }

    @Override
    public boolean await(int word, int expected, long nanos) {
        Timespec t = timespecs.computeIfAbsent(nanos, Timespec::of);
        return futex(word, WAIT, expected, t.address, 0, 0) == 0;
    }

    @Override
    public int wake(int word, int count) {
        return futex(word, WAKE, count, 0, 0, 0);
    }

    @Override
    public int requeue(int from, int to, int wake, int move) {
        return futex(from, CMP_REQUEUE, wake, move, to, load(from));
    }

    /** Counts the waiters by a requeue to their own word, which moves no waiter. */
    @Override
    public boolean asleep(int word, Thread[] threads) {
        return requeue(word, word, 0, ALL) == threads.length;
    }
}
