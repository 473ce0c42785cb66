package org.jfutex.replay;

import org.jspecify.annotations.Nullable;

/** What an actor is told to do, with its arguments. */
interface Command {

    /**
     * Lets an actor begin.
     *
     * @throws RuntimeException if it cannot; the message says why
     */
    Pending begin(World world, Actor actor);

    /** What an actor has begun. */
    interface Pending {

        /** Of what is over and returned nothing. */
        Pending DONE = () -> "0";

        /** The actor's answer, null while it is asleep. */
        @Nullable
        String answer();
    }
}
