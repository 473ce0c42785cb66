package org.jfutex.linux;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jfutex.FutexTable;
import org.jfutex.PendingWait;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.WaitResult;
import org.jfutex.WaitWord;
import org.jfutex.key.Access;
import org.jfutex.key.ForwardingMemory;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;

/** A sleeping futex_waitv(2) call, number 449. */
final class WaitvCall extends SleepingCall<WaitResult> {

    private final long waiters;
    private final int nr;

    private WaitvCall(
            CallSettings kernel, Task task, TimeLimit limit, Supplier<TimeLimit> limitOfRestart, long waiters, int nr) {
        super(kernel, task, limit, limitOfRestart);
        this.waiters = waiters;
        this.nr = nr;
    }

    static FutexCall start(CallSettings kernel, Task task, long waiters, int nr, int flags, long timeout, int clockid) {
        ErrnoException.unless(flags == 0, Errno.EINVAL);
        ErrnoException.unless(nr > 0 && nr <= FutexTable.MAX_WORDS && waiters != 0, Errno.EINVAL);
        Supplier<TimeLimit> limits = () -> TimeLimit.at(kernel.guest(task), timeout, clockid);
        return new WaitvCall(kernel, task, limits.get(), limits, waiters, nr).start();
    }

    @Override
    PreparedWait queue() {
        List<FutexKey> keys = new ArrayList<>(nr);
        List<WaitWord> words = new ArrayList<>(nr);
        Map<Long, FutexMemory> places = new HashMap<>();
        for (WaitvEntry e : WaitvEntry.parse(kernel().guest(task()), waiters, nr)) {
            FutexMemory place = Futex2.place(task(), e.uaddr(), e.flags());
            if (place != task().memory()) {
                places.put(e.uaddr(), place);
            }
            keys.add(AddressChecks.resolve(place, e.scope(), e.uaddr(), Access.READ));
            words.add(new WaitWord(e.uaddr(), Scope.SHARED, (int) e.val()));
        }
        return kernel().table()
                .prepareAny(new Named(task().memory(), keys.iterator(), places), words, task().priority());
    }

    @Override
    long outcome(PendingWait<WaitResult> wait, WaitResult how) {
        return how == WaitResult.WOKEN ? ((PreparedWait) wait).index() : ErrnoMapping.of(how);
    }

    @Override
    void giveBack(PendingWait<WaitResult> wait) {
        ((PreparedWait) wait).forwardWake();
    }

    @Override
    boolean restarts(SignalDisposition found) {
        return found != SignalDisposition.HANDLER;
    }

    /**
     * A memory whose keys were computed already, each by the flags of its entry. The table takes the keys one by one.
     */
    private static final class Named extends ForwardingMemory {

        private final Iterator<FutexKey> keys;
        private final Map<Long, FutexMemory> places;

        Named(FutexMemory memory, Iterator<FutexKey> keys, Map<Long, FutexMemory> places) {
            super(memory);
            this.keys = keys;
            this.places = places;
        }

        @Override
        public FutexKey sharedKey(long address, Access access) {
            return keys.hasNext()
                    ? keys.next()
                    : places.getOrDefault(address, target()).sharedKey(address, access); // a later scan of waiters
        }
    }
}
