package org.jfutex.replay;

import static org.jfutex.replay.Command.Pending.DONE;

import java.util.List;
import org.jfutex.memory.MappingException;
import org.jfutex.memory.Protection;
import org.jfutex.replay.Command.Pending;

/** The commands that a program carries out in its own memory, or that change its mappings. */
final class GuestCommands {

    private static final String TID = "tid|";
    private static final List<Protection> PROTECTIONS =
            List.of(Protection.NONE, Protection.READ, Protection.WRITE, Protection.READ_WRITE);

    private GuestCommands() {}

    static Command store(Arguments a) {
        long u = a.place();
        int value = a.number();
        return (w, who) -> {
            w.memory(who).store(u, value);
            return DONE;
        };
    }

    static Command load(Arguments a) {
        long u = a.place();
        return (w, who) -> {
            String word = w.wordText(w.memory(who).load(u));
            return () -> word;
        };
    }

    static Command robustAdd(Arguments a) {
        boolean pi = a.flag("pi");
        int flags = Arguments.number(a.option("flags"));
        long u = a.place();
        return (w, who) -> {
            w.memory(who).store(u, w.tid(who) | flags);
            w.locals(who).pushRobust(u, pi);
            return DONE;
        };
    }

    static Command robustPending(Arguments a) {
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

    static Command exit(Arguments a) {
        return (w, who) -> {
            w.exit(who);
            return DONE;
        };
    }

    static Command remap(Arguments a) {
        long from = a.region().address;
        long to = from + Region.MOVED;
        return (w, who) -> mapping("-EFAULT", () -> w.memory(who).remapTo(from, Region.SIZE, Region.SIZE, to));
    }

    static Command unmap(Arguments a) {
        long from = a.region().address;
        return (w, who) -> mapping("-EINVAL", () -> w.memory(who).unmap(from, Region.SIZE));
    }

    static Command protect(Arguments a) {
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
