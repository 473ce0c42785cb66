package org.jfutex.replay;

import static java.util.Map.entry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jfutex.memory.MappingException;
import org.jfutex.memory.Protection;
import org.jspecify.annotations.Nullable;

/** The commands of recordings, each as the system call that it stands for. */
final class Operations {

    private static final int WAIT = 0;
    private static final int WAKE = 1;
    private static final int REQUEUE = 3;
    private static final int CMP_REQUEUE = 4;
    private static final int WAKE_OP = 5;
    private static final int LOCK_PI = 6;
    private static final int UNLOCK_PI = 7;
    private static final int TRYLOCK_PI = 8;
    private static final int WAIT_BITSET = 9;
    private static final int WAKE_BITSET = 10;
    private static final int WAIT_REQUEUE_PI = 11;
    private static final int CMP_REQUEUE_PI = 12;
    private static final int PRIVATE = 0x80;

    private static final String TID = "tid|";
    private static final List<Protection> PROTECTIONS =
            List.of(Protection.NONE, Protection.READ, Protection.WRITE, Protection.READ_WRITE);

    /** A command with its arguments. */
    interface Command {

        /** Lets an actor begin with it. */
        Pending begin(World world, Actor actor);
    }

    /** What an actor has begun. */
    interface Pending {

        /** Its answer, null while the actor is asleep. */
        @Nullable
        String answer();
    }

    private static final Pending DONE = () -> "0";

    private static final Map<String, Function<Arguments, Command>> TABLE = Map.ofEntries(
            entry("wait", Operations::await),
            entry("wait_current", Operations::awaitCurrent),
            entry("wait_bitset", a -> bitset(WAIT_BITSET, a)),
            entry("waitv", Operations::awaitAny),
            entry("wake", Operations::wake),
            entry("wake_bitset", a -> bitset(WAKE_BITSET, a)),
            entry("wake_op", a -> twoWords(WAKE_OP, a, true)),
            entry("requeue", a -> twoWords(REQUEUE, a, false)),
            entry("cmp_requeue", a -> twoWords(CMP_REQUEUE, a, true)),
            entry("lock_pi", a -> oneWord(LOCK_PI, a)),
            entry("trylock_pi", a -> oneWord(TRYLOCK_PI, a)),
            entry("unlock_pi", a -> oneWord(UNLOCK_PI, a)),
            entry("wait_requeue_pi", Operations::awaitRequeuePi),
            entry("cmp_requeue_pi", a -> twoWords(CMP_REQUEUE_PI, a, true)),
            entry("store", Operations::store),
            entry("load", Operations::load),
            entry("robust_add", Operations::robustAdd),
            entry("robust_pending", Operations::robustPending),
            entry("exit", Operations::exit),
            entry("mremap", Operations::remap),
            entry("munmap", Operations::unmap),
            entry("mprotect", Operations::protect));

    private Operations() {}

    /**
     * The command of a step.
     *
     * @throws IllegalArgumentException if it is not known or its arguments are not understood
     */
    static Command of(Step step) {
        Function<Arguments, Command> syntax = TABLE.get(step.operation());
        if (syntax == null) {
            throw new IllegalArgumentException("operation " + step.operation() + " is not known");
        }
        Arguments arguments = new Arguments(step.arguments());
        Command command = syntax.apply(arguments);
        arguments.end();
        return command;
    }

    private static int op(int op, Arguments a) {
        return a.flag("private") ? op | PRIVATE : op;
    }

    private static Command await(Arguments a) {
        int op = op(WAIT, a);
        boolean timed = a.flag("timeout");
        long u = a.place();
        int expected = a.number();
        return (w, who) -> timed ? w.timedFutex(who, u, op, expected) : w.futex(who, u, op, expected, 0, 0, 0);
    }

    private static Command awaitCurrent(Arguments a) {
        int op = op(WAIT, a);
        long u = a.place();
        return (w, who) -> {
            int current = w.memory(who).load(u & ~3); // a misaligned word is refused before its value counts
            return w.futex(who, u, op, current, 0, 0, 0);
        };
    }

    private static Command awaitAny(Arguments a) {
        int flags = op(0, a);
        List<Long> words = new ArrayList<>();
        List<Integer> expected = new ArrayList<>();
        while (a.more()) {
            words.add(a.place());
            expected.add(a.number());
        }
        return (w, who) -> w.waitv(who, words, expected, flags);
    }

    private static Command awaitRequeuePi(Arguments a) {
        int op = op(WAIT_REQUEUE_PI, a);
        long from = a.place();
        int expected = a.number();
        long to = a.place();
        return (w, who) -> w.futex(who, from, op, expected, 0, to, 0);
    }

    private static Command wake(Arguments a) {
        int op = op(WAKE, a);
        long u = a.place();
        int count = a.number();
        return (w, who) -> w.futex(who, u, op, count, 0, 0, 0);
    }

    private static Command oneWord(int futexOp, Arguments a) {
        int op = op(futexOp, a);
        long u = a.place();
        return (w, who) -> w.futex(who, u, op, 0, 0, 0, 0);
    }

    private static Command bitset(int futexOp, Arguments a) {
        int op = op(futexOp, a);
        long u = a.place();
        int value = a.number();
        int bitset = a.number();
        return (w, who) -> w.futex(who, u, op, value, 0, 0, bitset);
    }

    private static Command twoWords(int futexOp, Arguments a, boolean third) {
        int op = op(futexOp, a);
        long u1 = a.place();
        long u2 = a.place();
        int count1 = a.number();
        int count2 = a.number();
        int value = third ? a.number() : 0;
        return (w, who) -> w.futex(who, u1, op, count1, Integer.toUnsignedLong(count2), u2, value);
    }

    private static Command store(Arguments a) {
        long u = a.place();
        int value = a.number();
        return (w, who) -> {
            w.memory(who).store(u, value);
            return DONE;
        };
    }

    private static Command load(Arguments a) {
        long u = a.place();
        return (w, who) -> {
            String word = w.wordText(w.memory(who).load(u));
            return () -> word;
        };
    }

    private static Command robustAdd(Arguments a) {
        boolean pi = a.flag("pi");
        int flags = Arguments.number(a.option("flags"));
        long u = a.place();
        return (w, who) -> {
            w.memory(who).store(u, w.tid(who) | flags);
            w.locals(who).pushRobust(u, pi);
            return DONE;
        };
    }

    private static Command robustPending(Arguments a) {
        boolean pi = a.flag("pi");
        String store = a.option("store");
        boolean tid = store.startsWith(TID);
        int flags = store.isEmpty() ? 0 : Arguments.number(tid ? store.substring(TID.length()) : store);
        long u = a.place();
        return (w, who) -> {
            if (!store.isEmpty()) {
                w.memory(who).store(u, tid ? w.tid(who) | flags : flags);
            }
            w.locals(who).setPending(u, pi);
            return DONE;
        };
    }

    private static Command exit(Arguments a) {
        return (w, who) -> {
            w.exit(who);
            return DONE;
        };
    }

    private static Command remap(Arguments a) {
        long from = a.region().address;
        long to = from + Region.MOVED;
        return (w, who) -> mapping("-EFAULT", () -> w.memory(who).remapTo(from, Region.SIZE, Region.SIZE, to));
    }

    private static Command unmap(Arguments a) {
        long from = a.region().address;
        return (w, who) -> mapping("-EINVAL", () -> w.memory(who).unmap(from, Region.SIZE));
    }

    private static Command protect(Arguments a) {
        long from = a.region().address;
        Protection protection = PROTECTIONS.get(a.number());
        return (w, who) -> mapping("-ENOMEM", () -> w.memory(who).protect(from, Region.SIZE, protection));
    }

    private static Pending mapping(String refusal, Runnable change) {
        try {
            change.run();
            return DONE;
        } catch (MappingException e) {
            return () -> refusal;
        }
    }
}
