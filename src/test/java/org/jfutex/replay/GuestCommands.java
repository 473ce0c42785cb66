package org.jfutex.replay;

import static org.jfutex.replay.Command.Pending.DONE;

/** The commands that read or write the program's own memory, or change its mappings. */
final class GuestCommands {

    private static final String TID = "tid|";
    private static final int READABLE = 1;
    private static final int WRITABLE = 2;

    private GuestCommands() {}

    static Command store(Arguments a) {
        long u = a.place();
        int value = a.number();
        return (w, who) -> {
            w.memory(who).getAndSet(u, value);
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
            w.memory(who).getAndSet(u, w.tid(who) | flags);
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
                w.memory(who).getAndSet(u, tid ? w.tid(who) | flags : flags);
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
        Region region = a.region();
        return (w, who) -> {
            w.mappings().move(w.memory(who).real, region);
            return DONE;
        };
    }

    static Command unmap(Arguments a) {
        Region region = a.region();
        return (w, who) -> {
            w.mappings().unmap(w.memory(who).real, region);
            return DONE;
        };
    }

    static Command protect(Arguments a) {
        Region region = a.region();
        int rights = a.number();
        if (rights != 0 && rights != READABLE && rights != (READABLE | WRITABLE)) {
            throw new IllegalArgumentException("unknown protection " + rights);
        }
        return (w, who) -> {
            boolean readable = (rights & READABLE) != 0;
            boolean writable = (rights & WRITABLE) != 0;
            return w.mappings().protect(w.memory(who).real, region, readable, writable) ? DONE : () -> "-ENOMEM";
        };
    }
}
