package org.jfutex.model;

import static org.jfutex.Scope.PRIVATE;

import org.jfutex.PiResult;
import org.jfutex.PiTask;
import org.jfutex.time.ClockId;
import org.jfutex.time.Deadline;

/** A task that locks words and exits, which both the library and its mutants implement. */
interface Locker {

    PiResult tryLock(long address);

    PiResult lock(long address, long until) throws InterruptedException;

    PiResult unlock(long address);

    void exit();

    /** Returns a task of the library. */
    record Library(PiTask task) implements Locker {

        @Override
        public PiResult tryLock(long address) {
            return task.tryLock(address, PRIVATE);
        }

        @Override
        public PiResult lock(long address, long until) throws InterruptedException {
            Deadline deadline = until == Futexes.NEVER ? Deadline.NEVER : Deadline.at(ClockId.MONOTONIC, until);
            return task.lock(address, PRIVATE, deadline);
        }

        @Override
        public PiResult unlock(long address) {
            return task.unlock(address, PRIVATE);
        }

        @Override
        public void exit() {
            task.exit();
        }
    }
}
