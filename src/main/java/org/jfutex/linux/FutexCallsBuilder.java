package org.jfutex.linux;

import static java.util.Objects.requireNonNull;

import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/** The settings of {@link FutexCalls}; all have defaults. Start with {@link FutexCalls#builder}. */
public final class FutexCallsBuilder {

    private final Tasks tasks;
    private Abi abi = Abi.LP64;
    private KernelVersion version = KernelVersion.ALL;
    private SignalPolicy signals = SignalPolicy.EINTR;
    private @Nullable FdTable fds;
    private BiPredicate<? super Task, ? super Task> inspection = (caller, target) -> true;

    FutexCallsBuilder(Tasks tasks) {
        this.tasks = requireNonNull(tasks, "tasks");
    }

    /**
     * The guest's word size and byte order.
     *
     * @param layout the ABI; {@link Abi#LP64} unless set
     * @return this
     */
    public FutexCallsBuilder abi(Abi layout) {
        abi = requireNonNull(layout, "layout");
        return this;
    }

    /**
     * Which operations exist.
     *
     * @param kernel the version; {@link KernelVersion#ALL} unless set
     * @return this
     */
    public FutexCallsBuilder version(KernelVersion kernel) {
        version = requireNonNull(kernel, "kernel");
        return this;
    }

    /**
     * What becomes of a sleeping call that a signal interrupts.
     *
     * @param policy the answer; {@link SignalPolicy#EINTR} unless set
     * @return this
     */
    public FutexCallsBuilder signals(SignalPolicy policy) {
        signals = requireNonNull(policy, "policy");
        return this;
    }

    /**
     * Where FUTEX_FD gets its descriptors.
     *
     * @param table the guest's open files; without one FUTEX_FD answers EMFILE
     * @return this
     */
    public FutexCallsBuilder fds(FdTable table) {
        fds = requireNonNull(table, "table");
        return this;
    }

    /**
     * Whose robust list may be asked for: what ptrace(2) calls read access.
     *
     * @param permission says whether the first task may look at the second; everybody may look at everybody unless set
     * @return this
     */
    public FutexCallsBuilder inspection(BiPredicate<? super Task, ? super Task> permission) {
        inspection = requireNonNull(permission, "permission");
        return this;
    }

    /**
     * Makes the calls.
     *
     * @return the calls
     */
    public FutexCalls build() {
        return new FutexCalls(kernel());
    }

    Kernel kernel() {
        return new Kernel(tasks, abi, version, signals, fds, inspection);
    }
}
