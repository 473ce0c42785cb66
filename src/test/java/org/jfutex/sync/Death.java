package org.jfutex.sync;

import org.jfutex.PiTask;

/** How the tasks of a test die: correctly, or with an error that implementations have had. */
enum Death {
    /** The task's locks are marked and handed over, and the table no longer finds the task. */
    RIGHT {
        @Override
        void exit(WordPlacement.Side side, PiTask task) {
            task.exit();
            side.forget(task);
        }
    },
    /** The thread ends, and nothing else happens. */
    UNNOTICED {
        @Override
        void exit(WordPlacement.Side side, PiTask task) {}
    },
    /** The task's robust list is not walked. */
    UNMARKED {
        @Override
        void exit(WordPlacement.Side side, PiTask task) {
            side.piMutexes().forEach(word -> task.removeRobust(side.address(word)));
            RIGHT.exit(side, task);
        }
    },
    /** The task's locks are unlocked, as if its work were done. */
    AS_AN_UNLOCK {
        @Override
        void exit(WordPlacement.Side side, PiTask task) {
            for (int word : side.piMutexes()) {
                if ((side.load(word) & PiTask.MAX_TID) == task.tid()) {
                    task.unlock(side.address(word), side.scope());
                }
            }
            RIGHT.exit(side, task);
        }
    };

    abstract void exit(WordPlacement.Side side, PiTask task);
}
