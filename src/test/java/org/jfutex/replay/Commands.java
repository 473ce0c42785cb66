package org.jfutex.replay;

import static java.util.Map.entry;
import static org.jfutex.replay.FutexCommands.CMP_REQUEUE;
import static org.jfutex.replay.FutexCommands.CMP_REQUEUE_PI;
import static org.jfutex.replay.FutexCommands.LOCK_PI;
import static org.jfutex.replay.FutexCommands.REQUEUE;
import static org.jfutex.replay.FutexCommands.TRYLOCK_PI;
import static org.jfutex.replay.FutexCommands.UNLOCK_PI;
import static org.jfutex.replay.FutexCommands.WAIT_BITSET;
import static org.jfutex.replay.FutexCommands.WAKE_BITSET;
import static org.jfutex.replay.FutexCommands.WAKE_OP;
import static org.jfutex.replay.FutexCommands.bitset;
import static org.jfutex.replay.FutexCommands.oneWord;
import static org.jfutex.replay.FutexCommands.twoWords;

import java.util.Map;
import java.util.function.Function;

/** The commands of recordings by their names. */
final class Commands {

    private static final Map<String, Function<Arguments, Command>> TABLE = Map.ofEntries(
            entry("wait", FutexCommands::await),
            entry("wait_current", FutexCommands::awaitCurrent),
            entry("wait_bitset", a -> bitset(WAIT_BITSET, a)),
            entry("waitv", FutexCommands::awaitAny),
            entry("wake", FutexCommands::wake),
            entry("wake_bitset", a -> bitset(WAKE_BITSET, a)),
            entry("wake_op", a -> twoWords(WAKE_OP, a, true)),
            entry("requeue", a -> twoWords(REQUEUE, a, false)),
            entry("cmp_requeue", a -> twoWords(CMP_REQUEUE, a, true)),
            entry("lock_pi", a -> oneWord(LOCK_PI, a)),
            entry("trylock_pi", a -> oneWord(TRYLOCK_PI, a)),
            entry("unlock_pi", a -> oneWord(UNLOCK_PI, a)),
            entry("wait_requeue_pi", FutexCommands::awaitRequeuePi),
            entry("cmp_requeue_pi", a -> twoWords(CMP_REQUEUE_PI, a, true)),
            entry("store", GuestCommands::store),
            entry("load", GuestCommands::load),
            entry("robust_add", GuestCommands::robustAdd),
            entry("robust_pending", GuestCommands::robustPending),
            entry("exit", GuestCommands::exit),
            entry("mremap", GuestCommands::remap),
            entry("munmap", GuestCommands::unmap),
            entry("mprotect", GuestCommands::protect));

    private Commands() {}

    /**
     * Returns the command of a step.
     *
     * @throws IllegalArgumentException if the command or one of its arguments is unknown
     */
    static Command of(Step step) {
        Function<Arguments, Command> syntax = TABLE.get(step.operation());
        if (syntax == null) {
            throw new IllegalArgumentException("unknown operation " + step.operation());
        }
        Arguments arguments = new Arguments(step.arguments());
        Command command = syntax.apply(arguments);
        arguments.end();
        return command;
    }
}
