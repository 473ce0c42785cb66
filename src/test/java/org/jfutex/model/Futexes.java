package org.jfutex.model;

import static org.jfutex.Scope.PRIVATE;

import java.util.List;
import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.WaitResult;
import org.jfutex.WaitWord;
import org.jfutex.key.WordSize;
import org.jfutex.time.ClockId;
import org.jfutex.time.Deadline;
import org.jspecify.annotations.Nullable;

/** The operations of the scenarios, which both the library and its mutants implement. */
interface Futexes {

    /** The deadline of a wait without one. */
    long NEVER = Long.MAX_VALUE;

    /** Queues a waiter if the word is 0. */
    Sleep prepare(long address);

    /** Queues a waiter on both words if both are 0. */
    Sleep prepareBoth(long address, long other);

    int wake(long address, int count);

    /** Moves at most that many waiters if the first word is 0. Returns the number of moved waiters. */
    int requeue(long from, long to, int move);

    /** A queued wait. */
    interface Sleep {

        @Nullable
        WaitResult poll();

        WaitResult await(long until) throws InterruptedException;

        WaitResult cancel();
    }

    /** Returns the operations of the library. */
    static Futexes of(FutexTable table, Words memory) {
        return new Futexes() {
            @Override
            public Sleep prepare(long address) {
                return sleep(table.prepare(memory, address, PRIVATE, 0));
            }

            @Override
            public Sleep prepareBoth(long address, long other) {
                var words = List.of(new WaitWord(address, PRIVATE, 0), new WaitWord(other, PRIVATE, 0));
                return sleep(table.prepareAny(memory, words, 0));
            }

            @Override
            public int wake(long address, int count) {
                return table.wake(memory, address, PRIVATE, count);
            }

            @Override
            public int requeue(long from, long to, int move) {
                return table.compareAndRequeue(memory, from, to, PRIVATE, WordSize.U32, 0, move, 0)
                        .moved();
            }
        };
    }

    private static Sleep sleep(PreparedWait wait) {
        return new Sleep() {
            @Override
            public @Nullable WaitResult poll() {
                return wait.poll();
            }

            @Override
            public WaitResult await(long until) throws InterruptedException {
                return wait.await(until == NEVER ? Deadline.NEVER : Deadline.at(ClockId.MONOTONIC, until));
            }

            @Override
            public WaitResult cancel() {
                return wait.cancel();
            }
        };
    }
}
