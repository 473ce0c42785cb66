package org.jfutex;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@link PiAudit} detects each kind of damage that is done to a sound table. */
class PiAuditTest {

    private static final long LOCK = 0;
    private static final long OTHER_LOCK = 64;

    private final PiWorld w = new PiWorld();
    private final PiTask owner = w.task(1, 10);
    private final PiTask high = w.task(2, 30);
    private final PiTask low = w.task(3, 20);
    private final PiTask bystander = w.task(4, 0);

    PiAuditTest() {
        w.lock(owner, LOCK, Scope.SHARED);
        w.block(high, LOCK, Scope.SHARED);
        w.block(low, LOCK, Scope.SHARED);
    }

    private static PiWaiter place(PiTask task) {
        return requireNonNull(task.pending);
    }

    private static PiState state(PiTask waiter) {
        return requireNonNull(place(waiter).pi);
    }

    /** Makes another task the owner in all lists, without computing priorities again. */
    private static void giveTo(PiState state, PiTask task) {
        state.owner.disownLocked(state);
        state.owner = task;
        task.ownLocked(state);
    }

    /** The kinds of damage. */
    enum Damage {
        WORD_IS_FREE {
            @Override
            void doTo(PiAuditTest t) {
                t.w.store(LOCK, 0);
            }
        },
        WORD_NAMES_ANOTHER {
            @Override
            void doTo(PiAuditTest t) {
                t.w.store(LOCK, t.bystander.tid() | PiWorld.W);
            }
        },
        RANK_IS_OLD {
            @Override
            void doTo(PiAuditTest t) {
                place(t.high).place.rank--;
            }
        },
        FIRST_COMES_LAST {
            @Override
            void doTo(PiAuditTest t) {
                PiWaiter first = place(t.high);
                PiState state = state(t.high);
                state.removeLocked(first);
                state.addLocked(first, 0);
                first.place.rank = 30;
            }
        },
        WAITER_IS_NOT_RANKED {
            @Override
            void doTo(PiAuditTest t) {
                state(t.low).removeLocked(place(t.low));
            }
        },
        WAITER_WAITS_FOR_NOTHING {
            @Override
            void doTo(PiAuditTest t) {
                place(t.low).pi = null;
            }
        },
        TASK_WAITS_FOR_NOTHING {
            @Override
            void doTo(PiAuditTest t) {
                t.low.pending = null;
            }
        },
        QUEUE_HAS_NO_LOCK {
            @Override
            void doTo(PiAuditTest t) {
                state(t.low).queue.pi = null;
            }
        },
        OWNER_DOES_NOT_OWN {
            @Override
            void doTo(PiAuditTest t) {
                t.owner.disownLocked(state(t.low));
            }
        },
        LOCK_HAS_ANOTHER_OWNER {
            @Override
            void doTo(PiAuditTest t) {
                state(t.low).owner = t.bystander;
                t.w.store(LOCK, t.bystander.tid() | PiWorld.W);
            }
        },
        NEW_OWNER_DOES_NOT_INHERIT {
            @Override
            void doTo(PiAuditTest t) {
                giveTo(state(t.low), t.bystander);
                t.w.store(LOCK, t.bystander.tid() | PiWorld.W);
            }
        },
        CHAIN_CLOSES {
            @Override
            void doTo(PiAuditTest t) {
                PiTask peer = t.w.task(5, 30); // so that all priorities stay right
                t.w.lock(peer, OTHER_LOCK, Scope.SHARED);
                t.w.block(t.owner, OTHER_LOCK, Scope.SHARED);
                giveTo(state(t.owner), t.high);
                t.w.store(OTHER_LOCK, t.high.tid() | PiWorld.W);
            }
        };

        abstract void doTo(PiAuditTest t);
    }

    @Test
    void soundTable_passesAudit() {
        PiAudit.check(w.table, w.tasks.values(), true);
    }

    @ParameterizedTest
    @EnumSource(Damage.class)
    void damagedTable_failsAudit(Damage damage) {
        damage.doTo(this);
        assertThrows(AssertionError.class, () -> PiAudit.check(w.table, w.tasks.values(), true));
    }
}
