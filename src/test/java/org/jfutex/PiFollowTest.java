package org.jfutex;

import static org.jfutex.PiWorld.D;
import static org.jfutex.PiWorld.W;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.ByteBuffer;
import org.jfutex.key.MappingListener;
import org.jfutex.memory.FlatMemory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Locks whose words are moved or unmapped, with a table that follows mapping changes. */
class PiFollowTest {

    private static final long LOCK = 64;
    private static final long MOVED = 1024 + LOCK;

    private final PiWorld w = new PiWorld();
    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(4096)); // used by one address space only
    private final MappingListener follower = w.table.mappingListener();
    private final PiTask owner = w.add(new PiTask(w.table, 1, memory), 0);
    private final PiTask next = w.add(new PiTask(w.table, 2, memory), 7);
    private final PiTask last = w.add(new PiTask(w.table, 3, memory), 0);

    private void move() {
        memory.store(MOVED, memory.load(LOCK));
        memory.store(LOCK, 0);
        follower.moved(memory, 0, 1024, 1024);
        PiAudit.check(w.table, w.tasks.values(), false);
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void movedLock_isHandedOverAtNewAddress(Scope scope) {
        w.lock(owner, LOCK, scope);
        PiWait nexts = w.block(next, LOCK, scope);
        PiWait lasts = w.block(last, LOCK, scope);
        move();
        assertEquals(7, owner.effectivePriority());
        assertEquals(PiResult.UNLOCKED, owner.unlock(MOVED, scope));
        assertEquals(PiResult.LOCKED, nexts.poll());
        assertEquals(2 | W, memory.load(MOVED));
        next.exit();
        assertEquals(PiResult.LOCKED, lasts.poll());
        assertEquals(3 | W | D, memory.load(MOVED));
        assertEquals(0, memory.load(LOCK));
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void unmappedLock_endsWaitsAndInheritance(Scope scope) {
        w.lock(owner, LOCK, scope);
        PiWait nexts = w.block(next, LOCK, scope);
        follower.unmapped(memory, 0, 1024);
        assertEquals(PiResult.UNMAPPED, nexts.poll());
        assertEquals(0, owner.effectivePriority());
        w.assertQuiet();
    }

    @ParameterizedTest
    @EnumSource(Scope.class)
    void lockMovedOntoAnother_endsItsWaits(Scope scope) {
        w.lock(owner, LOCK, scope);
        w.lock(owner, MOVED, scope);
        PiWait nexts = w.block(next, LOCK, scope);
        PiWait lasts = w.block(last, MOVED, scope);
        follower.moved(memory, 0, 1024, 1024);
        assertEquals(PiResult.UNMAPPED, nexts.poll());
        assertNull(lasts.poll());
        assertEquals(0, owner.effectivePriority());
        PiAudit.check(w.table, w.tasks.values(), true);
    }
}
