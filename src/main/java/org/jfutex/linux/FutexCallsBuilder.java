package org.jfutex.linux;

import static java.util.Objects.requireNonNull;

import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/** A builder of {@link FutexCalls}; every setting has a default. {@link FutexCalls#builder} returns one. */
public final class FutexCallsBuilder {

    private final TaskTable tasks;
    private Abi abi = Abi.LP64;
    private KernelVersion version = KernelVersion.ALL;
    private SignalPolicy signals = SignalPolicy.EINTR;
    private @Nullable FdTable fds;
    private BiPredicate<? super Task, ? super Task> inspection = (caller, target) -> true;

    FutexCallsBuilder(TaskTable tasks) {
        this.tasks = requireNonNull(tasks, "tasks");
    }

    /**
     * Sets the guest's word size and byte order.
     *
     * @param layout the ABI; {@link Abi#LP64} unless set
     * @return this
     */
    public FutexCallsBuilder abi(Abi layout) {
        abi = requireNonNull(layout, "layout");
        return this;
    }

    /**
     * Sets the kernel version, which decides which operations exist.
     *
     * @param kernel the version; {@link KernelVersion#ALL} unless set
     * @return this
     */
    public FutexCallsBuilder version(KernelVersion kernel) {
        version = requireNonNull(kernel, "kernel");
        return this;
    }

    /**
     * Sets the policy for a sleeping call that a signal interrupts.
     *
     * @param policy the policy; {@link SignalPolicy#EINTR} unless set
     * @return this
     */
    public FutexCallsBuilder signals(SignalPolicy policy) {
        signals = requireNonNull(policy, "policy");
        return this;
    }

    /**
     * Sets the descriptor table in which FUTEX_FD opens its descriptors.
     *
     * @param table the guest's descriptor table; without one FUTEX_FD returns EMFILE
     * @return this
     */
    public FutexCallsBuilder fds(FdTable table) {
        fds = requireNonNull(table, "table");
        return this;
    }

    /**
     * Sets which tasks may read another task's robust list: the read access of ptrace(2).
     *
     * @param permission returns whether the first task may inspect the second; every task may inspect every other
     *     unless set
     * @return this
     */
    public FutexCallsBuilder inspection(BiPredicate<? super Task, ? super Task> permission) {
        inspection = requireNonNull(permission, "permission");
        return this;
    }

    /**
     * Builds the calls.
     *
     * @return the calls
     */
    public FutexCalls build() {
        return new FutexCalls(kernel());
    }

    CallSettings kernel() {
        return new CallSettings(tasks, abi, version, signals, fds, inspection);
    }
}
