package org.jfutex;

import static org.jfutex.Scope.PRIVATE;
import static org.jfutex.Scope.SHARED;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.IntStream;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.PrivateKey;
import org.jfutex.memory.FlatMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A cancel returns the number of waits that it ended. A wait on many words counts once, or not at all if it was woken.
 */
@Timeout(60)
class CancelCountTest {

    private static final int ROUNDS = 3_000;

    private final PiTask[] tasks = new PiTask[4];
    private final FutexTable table =
            FutexTable.builder().tasks(tid -> tasks[tid]).build();
    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(4096));

    private static List<WaitWord> words(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new WaitWord(4L * i, i % 2 == 0 ? PRIVATE : SHARED, 0))
                .toList();
    }

    @Test
    void cancel_plainWaitsAndDescriptor_countsOneEach() {
        table.prepare(memory, 0, PRIVATE, 0);
        table.prepare(memory, 0, SHARED, 0);
        FutexFd.open(table, memory, 0, SHARED, FutexFd.Options.SILENT);
        assertEquals(3, table.cancel(memory));
        assertEquals(0, table.cancel(memory));
    }

    @Test
    void cancel_waitOnFiveWords_countsOnce() {
        PreparedWait polled = table.prepareAny(memory, words(5), 0);
        assertEquals(1, table.cancel(memory));
        assertEquals(WaitResult.CANCELLED, polled.poll());
        PreparedWait heard = table.prepareAny(memory, words(5), 0);
        List<WaitResult> ends = new ArrayList<>();
        heard.onEnd(ends::add);
        assertEquals(1, table.cancel(memory));
        assertEquals(List.of(WaitResult.CANCELLED), ends);
        PreparedWait asked = table.prepareAny(memory, words(5), 0);
        assertEquals(1, table.cancel(key -> true));
        assertEquals(WaitResult.CANCELLED, asked.poll());
    }

    @Test
    void cancel_waitWithRepeatedWord_countsOnce() {
        PreparedWait wait =
                table.prepareAny(memory, List.of(new WaitWord(0, PRIVATE, 0), new WaitWord(0, PRIVATE, 0)), 0);
        assertEquals(1, table.cancel(memory));
        assertEquals(WaitResult.CANCELLED, wait.poll());
    }

    @Test
    void cancel_wokenWaitOnFiveWords_countsZero() {
        PreparedWait wait = table.prepareAny(memory, words(5), 0);
        assertEquals(1, table.wake(memory, 8, PRIVATE, 1));
        assertEquals(0, table.cancel(memory));
        assertEquals(WaitResult.WOKEN, wait.poll());
        assertEquals(2, wait.index());
    }

    @Test
    void cancel_waitDequeuedFromOneQueue_countsOnce() {
        PreparedWait wait = table.prepareAny(memory, words(5), 0);
        assertEquals(1, table.cancel(new PrivateKey(memory, 8)::equals));
        assertEquals(WaitResult.CANCELLED, wait.poll());
        assertEquals(0, table.cancel(memory));
    }

    /** The waiting thread queues its second word after the cancel, and must remove it again. */
    @Test
    void cancel_duringPrepare_countsOnceAndLeavesNoWaiter() throws Exception {
        List<Integer> counts = new ArrayList<>();
        FutexMemory cancelling = new PiWorld.Space(memory, 0) {
            @Override
            public int load(long address) {
                if (address != 0) { // this word's bucket is locked
                    Bucket first = table.bucket(table.hash(new PrivateKey(this, 0)));
                    counts.add(WaiterScan.endAll(new Bucket[] {first}, null, this, WaitResult.CANCELLED, false));
                }
                return super.load(address);
            }
        };
        long other = 4;
        while (bucket(cancelling, other) == bucket(cancelling, 0)) {
            other += 4;
        }
        List<WaitWord> words = List.of(new WaitWord(0, PRIVATE, 0), new WaitWord(other, PRIVATE, 0));
        PreparedWait wait = table.prepareAny(cancelling, words, 0);
        assertEquals(0, table.waiterCount(cancelling, other, PRIVATE));
        assertEquals(WaitResult.CANCELLED, wait.poll());
        assertEquals(List.of(1), counts);
        TableEmptyCheck.check(table);
    }

    private Bucket bucket(FutexMemory mm, long address) {
        return table.bucket(table.hash(new PrivateKey(mm, address)));
    }

    @Test
    void cancel_movedWaitsOfTasks_countsOneEach() {
        for (int i = 1; i < tasks.length; i++) {
            tasks[i] = new PiTask(table, i, memory);
        }
        assertEquals(PiResult.LOCKED, tasks[1].prepareLock(64, PRIVATE).poll());
        PiWait locks = tasks[2].prepareLock(64, PRIVATE);
        PiWait waits = tasks[3].prepareWaitRequeue(128, 0, 64, PRIVATE);
        PreparedWait moves = table.prepare(memory, 256, PRIVATE, 0);
        assertEquals(1, table.requeue(memory, 256, 260, PRIVATE, 0, 1).moved());
        assertEquals(3, table.cancel(memory));
        assertEquals(PiResult.CANCELLED, locks.poll());
        assertEquals(PiResult.CANCELLED, waits.poll());
        assertEquals(WaitResult.CANCELLED, moves.poll());
        PiWait moved = tasks[3].prepareWaitRequeue(128, 0, 64, PRIVATE);
        assertEquals(
                1, table.compareAndRequeuePi(memory, 128, 64, PRIVATE, 1, 0).moved());
        assertEquals(1, table.cancel(memory));
        assertEquals(PiResult.CANCELLED, moved.poll());
    }

    /** Two cancels, a wake and a polling thread race on the words of one wait. */
    @Test
    void cancel_concurrently_countsWaitOnManyWordsOnce() throws Exception {
        List<WaitWord> words = words(5);
        PreparedWait[] wait = new PreparedWait[1];
        CyclicBarrier begin = new CyclicBarrier(4, () -> wait[0] = table.prepareAny(memory, words, 0));
        CyclicBarrier end = new CyclicBarrier(4);
        List<Callable<Integer>> actions = List.of(
                () -> table.cancel(memory),
                () -> table.cancel(key -> true),
                () -> table.wake(memory, 8, PRIVATE, 1),
                () -> wait[0].poll() == null ? 0 : 1);
        List<Threads.Running<int[]>> threads = actions.stream()
                .map(action -> Threads.start(() -> {
                    int[] counts = new int[ROUNDS];
                    int[] ends = new int[ROUNDS];
                    for (int i = 0; i < ROUNDS; i++) {
                        begin.await();
                        counts[i] = action.call();
                        end.await();
                        ends[i] = wait[0].poll() == WaitResult.CANCELLED ? 1 : 0;
                    }
                    return action == actions.get(3) ? ends : counts;
                }))
                .toList();
        int[] first = threads.get(0).get();
        int[] second = threads.get(1).get();
        int[] cancelled = threads.get(3).get();
        for (int i = 0; i < ROUNDS; i++) {
            assertEquals(cancelled[i], first[i] + second[i], "round " + i);
        }
        assertEquals(List.of(), table.waiters());
    }
}
