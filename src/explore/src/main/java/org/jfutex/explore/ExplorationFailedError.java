package org.jfutex.explore;

/** Thrown by {@link Explorer#check} if a schedule failed. The message shows the property and the schedule. */
public final class ExplorationFailedError extends AssertionError {

    private static final long serialVersionUID = 1L;

    private final transient Failure failure;

    ExplorationFailedError(Failure failure) {
        super(failure.toString(), failure.cause());
        this.failure = failure;
    }

    /**
     * Returns the failure.
     *
     * @return what failed, and the schedule
     */
    public Failure failure() {
        return failure;
    }
}
