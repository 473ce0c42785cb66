package org.jfutex.linux;

import static java.util.Objects.requireNonNull;

/** A call that ended without sleeping. */
final class FinishedCall extends FutexCall {

    private final long result;

    FinishedCall(long result) {
        this.result = result;
    }

    @Override
    public boolean isDone() {
        return true;
    }

    @Override
    public long result() {
        return result;
    }

    @Override
    public long await() {
        return result;
    }

    @Override
    public boolean awaitOrSuspend() {
        return true;
    }

    @Override
    public void interrupt() {}

    @Override
    public boolean suspend() {
        return false;
    }

    @Override
    public void resume(SignalDisposition found) {
        requireNonNull(found, "found");
    }

    @Override
    public void cancel() {}

    @Override
    public String toString() {
        return "futex call = " + result;
    }
}
