package org.jfutex.replay;

import org.jspecify.annotations.Nullable;

/** A command to an actor, with its arguments. */
interface Command {

    /**
     * Starts the command for an actor.
     *
     * @throws RuntimeException if the command cannot start; the message has the reason
     */
    Pending begin(World world, Actor actor);

    /** A command that has started. */
    interface Pending {

        /** The result of a command that is done and returned nothing. */
        Pending DONE = () -> "0";

        /** Returns the result, or null while the actor is asleep. */
        @Nullable
        String answer();
    }
}
