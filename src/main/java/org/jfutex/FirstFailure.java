package org.jfutex;

import org.jspecify.annotations.Nullable;

/** What goes wrong in one of several steps all of which have to be done. The first of it is thrown when they are. */
final class FirstFailure {

    private @Nullable Throwable first;

    void add(Throwable t) {
        if (first == null) {
            first = t;
        }
    }

    /** Throws what was noted first, if anything was. */
    void rethrow() {
        if (first != null) {
            throw rethrown(first);
        }
    }

    /** Throws what a memory has thrown, which may be anything, declared or not. */
    static RuntimeException rethrown(Throwable t) {
        throw FirstFailure.<RuntimeException>undeclared(t);
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Throwable> E undeclared(Throwable t) throws E {
        throw (E) t;
    }
}
