package org.jfutex.sync;

import org.jfutex.PiTask;

/** How the tasks of a test die: as they should, or as implementations got it wrong. */
enum Death {
    /** What a task holds is marked and handed over, and the task is found no more. */
    RIGHT {
        @Override
        void exit(WordPlacement.Side side, PiTask task) {
            task.exit();
            side.forget(task);
        }
    },
    /** Its thread is gone, and nothing else happens. */
    UNNOTICED {
        @Override
        void exit(WordPlacement.Side side, PiTask task) {}
    },
    /** The list of what it holds is not gone through. */
    UNMARKED {
        @Override
        void exit(WordPlacement.Side side, PiTask task) {
            side.piMutexes().forEach(word -> task.removeRobust(side.address(word)));
            RIGHT.exit(side, task);
        }
    },
    /** What it holds is unlocked, as if its work were done. */
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
