import org.jfutex.time.ClockId;
import org.jfutex.time.FutexClock;

/** The clocks of a guest. Its monotonic clock starts at 0 when the guest boots. */
public record GuestClock(FutexClock host, long boot) implements FutexClock {

    public static GuestClock create() {
        FutexClock host = FutexClock.system();
        return new GuestClock(host, host.nanos(ClockId.MONOTONIC));
    }

    private long start(ClockId id) {
        return id == ClockId.MONOTONIC ? boot : 0;
    }

    @Override
    public long nanos(ClockId id) { // the guest's clock_gettime calls this, too
        return host.nanos(id) - start(id);
    }

    @Override
    public void park(Object blocker, ClockId id, long now, long deadline) {
        host.park(blocker, id, now + start(id), deadline + start(id));
    }

    @Override
    public Runnable schedule(ClockId id, long deadline, Runnable task) {
        return host.schedule(id, deadline + start(id), task);
    }

    @Override
    public void prepare() {
        host.prepare();
    }
}
