package org.jfutex.explore;

/** The program of a guest that runs on a thread of its own. */
@FunctionalInterface
public interface GuestProgram {

    /**
     * Runs once in every schedule. The program must be deterministic: what it does depends only on what it reads
     * through the guest. State that it shares with other guests must be in words of the guest's memory, because a
     * switch to another guest takes place only at accesses to those.
     *
     * @param guest the operations
     * @throws Exception any exception; it is a failure of the schedule
     */
    void run(Guest guest) throws Exception;
}
