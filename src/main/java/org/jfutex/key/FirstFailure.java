package org.jfutex.key;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * The failures of several steps all of which must be done. When they are done the first failure is thrown, and the
 * others are {@linkplain Throwable#addSuppressed suppressed} by it.
 *
 * <p>It is public so that all packages of this library can use it, and so can a memory. It is not thread-safe.
 */
public final class FirstFailure {

    /** More suppressed failures than this say nothing new, and a guest must not fill the heap with them. */
    private static final int MOST_SUPPRESSED = 16;

    private @Nullable Throwable first;

    /** No failure so far. */
    public FirstFailure() {}

    /**
     * Adds a failure.
     *
     * @param failure what a step has thrown
     */
    public void add(Throwable failure) {
        first = of(first, requireNonNull(failure, "failure"));
    }

    /**
     * Returns whether there is no failure so far.
     *
     * @return whether {@link #rethrow} does nothing
     */
    public boolean isEmpty() {
        return first == null;
    }

    /**
     * Throws the first failure, if there is any, with the others suppressed. It may be of any type, declared or not.
     */
    public void rethrow() {
        if (first != null) {
            throw rethrown(first);
        }
    }

    /**
     * Combines failures, for a caller that must not allocate while there is none. If memory for the suppressed one is
     * missing, it is left out.
     *
     * @param first the failures so far, null for none
     * @param next one more
     * @return the first, with the other one suppressed
     */
    public static Throwable of(@Nullable Throwable first, Throwable next) {
        requireNonNull(next, "next");
        if (first == null) {
            return next;
        }
        try {
            if (first != next && first.getSuppressed().length < MOST_SUPPRESSED) {
                first.addSuppressed(next);
            }
        } catch (OutOfMemoryError | StackOverflowError e) {
            return first;
        }
        return first;
    }

    /**
     * Throws a failure of any type, declared or not.
     *
     * @param failure what to throw
     * @return never; so that a caller can write {@code throw}
     */
    public static RuntimeException rethrown(Throwable failure) {
        throw FirstFailure.<RuntimeException>undeclared(requireNonNull(failure, "failure"));
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Throwable> E undeclared(Throwable t) throws E {
        throw (E) t;
    }
}
