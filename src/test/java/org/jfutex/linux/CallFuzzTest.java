package org.jfutex.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jfutex.FutexTable;
import org.jfutex.Scope;
import org.jfutex.memory.AddressSpace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Fuzzes the futex calls with {@link CallFuzzer}: every call returns, whatever arguments a guest passes. Each planted
 * bug is detected.
 *
 * <p>{@code -Djfutex.fuzz.machines=10000} runs more machines, {@code -Djfutex.seed=...} repeats one machine.
 * {@link JazzerTarget} is the coverage-guided form.
 */
class CallFuzzTest {

    private static final int MACHINES = Integer.getInteger("jfutex.fuzz.machines", 60);
    private static final int STEPS = 1500;
    private static final long PATIENCE = TimeUnit.MINUTES.toMillis(1); // a machine takes less than a tenth of a second

    @Test
    @Timeout(3600)
    void call_returnsValueOrErrno_andErrorsChangeNothing() {
        long first = Long.getLong("jfutex.seed", System.nanoTime());
        int machines = System.getProperty("jfutex.seed") == null ? MACHINES : 1;
        Map<String, Integer> seen = new TreeMap<>();
        for (long seed = first; seed < first + machines; seed++) {
            judge(seed, CallFuzzer.NOTHING, PATIENCE).forEach((what, count) -> seen.merge(what, count, Integer::sum));
        }
        if (machines > 1) {
            assertTrue(seen.size() > 80, () -> "few pairs are reached: " + seen);
        }
        System.out.println("fuzz: " + seen.values().stream().mapToInt(i -> i).sum() + " calls, " + seen.size()
                + " pairs of operation and result");
    }

    /** Runs one machine. Throws an error that describes the first wrong call. */
    private static Map<String, Integer> judge(long seed, CallFuzzer.Layer layer, long patience) {
        CallFuzzer fuzzer = new CallFuzzer(new SplittableRandom(seed), layer);
        int[] step = new int[1];
        FutureTask<Map<String, Integer>> run = new FutureTask<>(() -> {
            for (; step[0] < STEPS; step[0]++) {
                fuzzer.step();
            }
            fuzzer.end();
            assertEquals(List.of(), fuzzer.table().waiters());
            return fuzzer.seen();
        });
        Thread guest = new Thread(run, "guest");
        guest.setDaemon(true);
        guest.start();
        Throwable wrong;
        try {
            return run.get(patience, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            wrong = e.getCause();
        } catch (TimeoutException e) {
            wrong = new AssertionError("no result in time");
            wrong.setStackTrace(guest.getStackTrace());
            guest.interrupt();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        throw new AssertionError(
                "-Djfutex.seed=" + seed + ", step " + step[0] + ": " + fuzzer.last() + ": " + wrong, wrong);
    }

    /** The bugs that are planted in calls. */
    enum Bug implements CallFuzzer.Layer {
        THROWS("IllegalStateException: planted") {
            @Override
            public long make(LongSupplier call, AddressSpace space, FutexTable table) {
                long result = call.getAsLong();
                if (result == -Errno.EFAULT) {
                    throw new IllegalStateException("planted");
                }
                return result;
            }
        },
        RETURNS_NEGATIVE_NUMBER_WITHOUT_ERRNO("not an errno") {
            @Override
            public long make(LongSupplier call, AddressSpace space, FutexTable table) {
                long result = call.getAsLong();
                return result == -Errno.EINVAL ? -7 : result;
            }
        },
        RETURNS_64_BIT_ERRNO("not an errno") {
            @Override
            public long make(LongSupplier call, AddressSpace space, FutexTable table) {
                long result = call.getAsLong();
                return result == -Errno.EINVAL ? result - (1L << 32) : result;
            }
        },
        CHANGES_A_WORD_AND_FAILS("the word at 0x100040 changed") {
            @Override
            public long make(LongSupplier call, AddressSpace space, FutexTable table) {
                long result = call.getAsLong();
                if (result < 0) {
                    space.store(WORD, space.load(WORD) ^ 0x100);
                }
                return result;
            }
        },
        WAKES_AND_FAILS("queues changed") {
            @Override
            public long make(LongSupplier call, AddressSpace space, FutexTable table) {
                long result = call.getAsLong();
                if (result < 0) {
                    table.cancel(key -> true);
                }
                return result;
            }
        },
        QUEUES_AND_FAILS("queues changed") {
            @Override
            public long make(LongSupplier call, AddressSpace space, FutexTable table) {
                long result = call.getAsLong();
                if (result < 0) {
                    table.prepare(space, WORD, Scope.PRIVATE, space.load(WORD));
                }
                return result;
            }
        },
        LEAVES_A_WAITER_BEHIND("expected: <[]> but was: <[private 0x100040") {
            @Override
            public long make(LongSupplier call, AddressSpace space, FutexTable table) {
                if (table.waiterCount(space, WORD, Scope.PRIVATE) == 0) {
                    table.prepare(space, WORD, Scope.PRIVATE, space.load(WORD));
                }
                return call.getAsLong();
            }
        },
        HANGS("no result in time") {
            @Override
            public long make(LongSupplier call, AddressSpace space, FutexTable table) {
                long result = call.getAsLong();
                while (result == -Errno.ENOSYS && !Thread.currentThread().isInterrupted()) {
                    LockSupport.park();
                }
                return result;
            }
        };

        private static final long WORD = 0x10_0040;

        private final String seenAs;

        Bug(String seenAs) {
            this.seenAs = seenAs;
        }
    }

    @ParameterizedTest
    @EnumSource(Bug.class)
    void plantedBug_isDetected(Bug bug) {
        AssertionError seen =
                assertThrows(AssertionError.class, () -> judge(1, bug, bug == Bug.HANGS ? 1_000 : PATIENCE));
        assertTrue(seen.toString().contains(bug.seenAs), seen::toString);
    }
}
