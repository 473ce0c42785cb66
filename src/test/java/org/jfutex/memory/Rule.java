package org.jfutex.memory;

import org.jfutex.FutexTable;
import org.jfutex.PreparedWait;
import org.jfutex.Scope;
import org.jfutex.WaitResult;

/** A rule that forms keys of futexes, as the outcome matrix uses it. */
interface Rule {

    /** A waiter in a queue. */
    interface Waiting {
        boolean woken();
    }

    KeyRule keys();

    Waiting queue(AddressSpace mm, long address);

    int wake(AddressSpace mm, long address, int count);

    default void store(AddressSpace mm, long address, int value) {
        mm.store(address, value);
    }

    /** A rule whose keys contain no page. */
    record ByName(KeyRule keys, Scope scope, FutexTable table) implements Rule {

        ByName(KeyRule keys, Scope scope) {
            this(keys, scope, new FutexTable());
        }

        @Override
        public Waiting queue(AddressSpace mm, long address) {
            PreparedWait wait = table.prepareUnchecked(mm, address, scope);
            return () -> wait.poll() == WaitResult.WOKEN;
        }

        @Override
        public int wake(AddressSpace mm, long address, int count) {
            return table.wake(mm, address, scope, count);
        }
    }
}
