package org.jfutex.bench;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.WaitOptions;
import org.jfutex.WaitWord;
import org.jfutex.WaiterInfo;
import org.jfutex.key.PrivateKey;
import org.jfutex.linux.Abi;
import org.jfutex.linux.FutexCalls;
import org.jfutex.linux.Task;
import org.jfutex.linux.TaskTable;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.FlatMemory;
import org.jfutex.memory.MapRequest;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * How much does a hostile guest slow down an honest guest of the same table?
 *
 * <p>The honest guest queues a waiter and wakes it in a loop while another thread runs the hostile guest. The hostile
 * guest uses the honest guest's table, or its own table. The second case has equal noise from caches and the collector,
 * without contention for the table. The limit is twice the time of the second case.
 *
 * <p>The honest words are in other buckets than the hostile words. As in Linux, a guest with a million waiters on a
 * word can keep the bucket of that word busy, which is at most 1 of 256. {@code FutexTableBuilder.keyWaiterLimit}, or a
 * table for each guest, prevents that.
 *
 * <pre>java -jar jmh/target/benchmarks.jar Hostile</pre>
 */
public class HostileBenchmark extends Timed {

    /** The action that the hostile guest repeats. */
    public enum Guest {
        /** Has a waiter on each of a million words; cancels one and queues it again. */
        MANY_WORDS,
        /** Has a million waiters on one word; queues another one and wakes one. */
        ONE_WORD,
        /** Wakes a million waiters with a bitset that matches none of them. */
        WRONG_BITSET,
        /** Queues waiters of a higher priority before a million others. */
        PUSH,
        /** Requeues a million waiters to another word and back. */
        REQUEUE,
        /** Requeues all of a million waiters but one. */
        REQUEUE_MOST,
        /** Requeues a million waiters to their own word. */
        REQUEUE_TO_SELF,
        /** Waits on 128 words at once, in a loop. */
        WAITV,
        /** Exits tasks whose robust lists are cycles. */
        ROBUST_CIRCLE
    }

    /** The table that the hostile guest uses. */
    public enum Where {
        OTHER_TABLE,
        SAME_TABLE
    }

    private static final int WORDS = 16;
    private static final long A = 0;
    private static final long B = 64;

    @Param
    public Guest guest;

    @Param
    public Where where;

    @Param("1000000")
    public int million;

    private final FlatMemory honest = FlatMemory.of(ByteBuffer.allocateDirect(4096));
    private final FlatMemory hostile = FlatMemory.of(ByteBuffer.allocateDirect(8 << 20));
    private final TaskTable tasks = new TaskTable();
    private final FutexTable table = tasks.table();
    private final long[] words = new long[WORDS];
    private int next;
    private Thread thread;
    private volatile boolean over;

    @Setup
    public void begin() throws InterruptedException {
        TaskTable theirs = where == Where.SAME_TABLE ? tasks : new TaskTable();
        chooseWords();
        Runnable worst = worst(theirs);
        worst.run();
        over = false;
        thread = new Thread(() -> {
            while (!over) {
                worst.run();
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    @TearDown
    public void end() throws InterruptedException {
        over = true;
        thread.join();
        table.cancel(key -> true);
    }

    /**
     * Chooses words whose buckets hold no hostile word. The list of waiters is ordered by bucket, so a word that is far
     * from the hostile ones in this list is in another bucket.
     */
    private void chooseWords() {
        List<PreparedWait> waits = new ArrayList<>();
        for (long word = 0; word < 4096; word += 4) {
            waits.add(table.prepare(honest, word, Scope.PRIVATE, 0));
        }
        waits.add(table.prepare(hostile, A, Scope.PRIVATE, 0));
        waits.add(table.prepare(hostile, B, Scope.PRIVATE, 0));
        List<WaiterInfo> dump = table.waiters();
        int found = 0;
        for (int i = 100; i < dump.size() - 100 && found < WORDS; i++) {
            if (dump.get(i).key() instanceof PrivateKey key && key.memory() == honest && isFarFrom(dump, i)) {
                words[found++] = key.address();
                i += 20;
            }
        }
        if (found < WORDS) {
            throw new IllegalStateException("only " + found + " words");
        }
        waits.forEach(PreparedWait::cancel);
    }

    /** Returns whether no hostile word is within 50 entries. No bucket holds 50 of 1024 words in 256 buckets. */
    private boolean isFarFrom(List<WaiterInfo> dump, int place) {
        for (int i = Math.max(0, place - 50); i < Math.min(dump.size(), place + 50); i++) {
            if (((PrivateKey) dump.get(i).key()).memory() == hostile) {
                return false;
            }
        }
        return true;
    }

    private Runnable worst(TaskTable theirs) {
        FutexTable t = theirs.table();
        return switch (guest) {
            case MANY_WORDS -> {
                PreparedWait[] waits = new PreparedWait[million];
                for (int i = 0; i < million; i++) {
                    waits[i] = t.prepare(hostile, 4L * i, Scope.PRIVATE, 0);
                }
                int[] i = {0};
                yield () -> {
                    i[0] = (i[0] + 7919) % million;
                    waits[i[0]].cancel();
                    waits[i[0]] = t.prepare(hostile, 4L * i[0], Scope.PRIVATE, 0);
                };
            }
            case ONE_WORD -> {
                crowd(t);
                yield () -> {
                    t.prepare(hostile, A, Scope.PRIVATE, 0);
                    t.wake(hostile, A, Scope.PRIVATE, 1);
                };
            }
            case WRONG_BITSET -> {
                for (int i = 0; i < million; i++) {
                    t.prepare(hostile, A, Scope.PRIVATE, 0, WaitOptions.DEFAULT.bitset(1));
                }
                yield () -> t.wake(hostile, A, Scope.PRIVATE, 1, WaitOptions.DEFAULT.bitset(2));
            }
            case PUSH -> {
                crowd(t);
                t.prepare(hostile, A, Scope.PRIVATE, 0, WaitOptions.DEFAULT.priority(99));
                yield () -> t.prepare(hostile, A, Scope.PRIVATE, 0, WaitOptions.DEFAULT.priority(50))
                        .cancel();
            }
            case REQUEUE -> {
                crowd(t);
                yield () -> {
                    t.requeue(hostile, A, B, Scope.PRIVATE, 0, Integer.MAX_VALUE);
                    t.requeue(hostile, B, A, Scope.PRIVATE, 0, Integer.MAX_VALUE);
                };
            }
            case REQUEUE_MOST -> {
                crowd(t);
                yield () -> {
                    t.requeue(hostile, A, B, Scope.PRIVATE, 0, million - 1);
                    t.requeue(hostile, B, A, Scope.PRIVATE, 0, million - 1);
                };
            }
            case REQUEUE_TO_SELF -> {
                crowd(t);
                yield () -> t.requeue(hostile, A, A, Scope.PRIVATE, 0, Integer.MAX_VALUE);
            }
            case WAITV -> {
                List<WaitWord> many = new ArrayList<>();
                for (int i = 0; i < FutexTable.MAX_WORDS; i++) {
                    many.add(new WaitWord(i % 2 == 0 ? A : B, Scope.PRIVATE, 0));
                }
                yield () -> t.prepareAny(hostile, many, 0).cancel();
            }
            case ROBUST_CIRCLE -> circle(theirs);
        };
    }

    private void crowd(FutexTable t) {
        for (int i = 0; i < million; i++) {
            t.prepare(hostile, A, Scope.PRIVATE, 0);
        }
    }

    private static Runnable circle(TaskTable theirs) {
        AddressSpace space = new AddressSpace();
        long head = space.map(MapRequest.anonymous(4096));
        long entry = head + 64;
        space.store(head, (int) entry);
        space.store(head + 4, (int) (entry >>> 32));
        space.store(entry, (int) entry);
        space.store(entry + 4, (int) (entry >>> 32));
        FutexCalls calls = FutexCalls.builder(theirs).abi(Abi.LP64).build();
        Task leader = theirs.spawn(space);
        return () -> {
            Task task = leader.newThread();
            calls.setRobustList(task, head, 24);
            task.exit();
        };
    }

    @Benchmark
    public int wake() {
        next = (next + 1) % WORDS;
        table.prepare(honest, words[next], Scope.PRIVATE, 0);
        return table.wake(honest, words[next], Scope.PRIVATE, 1);
    }
}
