package org.jfutex.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jfutex.SmallHeap;
import org.jfutex.key.Access;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappingListener;
import org.jfutex.key.MemoryFaultException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests every change of a space in a heap without free memory, then with more and more. A change happens wholly or not
 * at all. Afterwards every lock is free, and no page-table entry is left in an unmapped range.
 */
class SpaceExhaustionTest {

    private static final long PAGE = 4096;
    private static final long FROM = 0x10_0000;
    private static final long SHARED = FROM + 8 * PAGE;
    private static final long PRIVATE = FROM + 16 * PAGE;
    private static final long FREE = 0x2000_0000_0000L;
    private static final long FAR = 0x4000_0000_0000L; // in another part of the page table
    private static final int ENOUGH = 3; // how many successful runs end the test of a change
    private static final int MOST = 300;

    @Test
    void atEveryAllocation(@TempDir Path directory) throws Exception {
        SmallHeap.runMainOf(SpaceExhaustionTest.class, directory);
    }

    /** A space with private and shared memory, and the reports that its listener has received. */
    static final class World implements MappingListener {
        final AddressSpace space = new AddressSpace(SpaceSettings.DEFAULT.withListener(this));
        final MemoryFile file = new MemoryFile("file", 4 * PAGE);
        final long[] heard = new long[16];
        int count;

        World() {
            space.map(MapRequest.anonymous(4 * PAGE).at(FROM));
            for (int p = 0; p < 4; p++) {
                space.store(FROM + p * PAGE, p + 1);
            }
            OpenFile open = file.open(Access.WRITE);
            space.map(MapRequest.file(open, 0, 4 * PAGE).shared().at(SHARED));
            space.map(MapRequest.file(open, 0, 4 * PAGE).at(PRIVATE));
            for (int p = 0; p < 4; p++) {
                space.store(SHARED + p * PAGE, p + 11);
                space.store(SHARED + p * PAGE + 4092, p + 31);
                space.store(PRIVATE + p * PAGE, p + 21);
            }
            space.map(MapRequest.anonymous(2 * PAGE).at(FAR));
            space.store(FAR, 51);
        }

        @Override
        public void moved(FutexMemory memory, long from, long length, long to) {
            heard[count++] = from - to;
        }

        @Override
        public void unmapped(FutexMemory memory, long from, long length) {
            heard[count++] = from;
        }

        /** Returns the visible state of the space. */
        String picture() {
            StringBuilder s = new StringBuilder();
            for (Vma vma : space.vmas()) {
                s.append(vma).append(':');
                for (long at = vma.start(); at < vma.end(); at += PAGE) {
                    s.append(' ').append(word(at)).append(',').append(word(at + 4092));
                }
                s.append('\n');
            }
            s.append(file.size()).append(" heard");
            for (int i = 0; i < count; i++) {
                s.append(' ').append(Long.toHexString(heard[i]));
            }
            return s.toString();
        }

        private String word(long at) {
            try {
                return Integer.toString(space.load(at));
            } catch (MemoryFaultException e) {
                return "fault";
            }
        }

        void audit() {
            space.mm.table.edit(0, Addresses.USER_END, (address, pte) -> {
                assertNotNull(space.vmaAt(address), () -> "an entry at 0x" + Long.toHexString(address));
                return pte;
            });
        }
    }

    /** A change of a world. */
    interface Verb {
        void run(World world);
    }

    private static final Verb CUT = w -> w.file.truncate(PAGE + 8);

    private static Map<String, Verb> verbs() {
        Map<String, Verb> verbs = new LinkedHashMap<>();
        verbs.put("map", w -> w.space.map(MapRequest.anonymous(PAGE)));
        verbs.put("map over", w -> w.space.map(MapRequest.anonymous(2 * PAGE).at(FROM + PAGE)));
        verbs.put("unmap", w -> w.space.unmap(FROM + PAGE, 2 * PAGE));
        verbs.put("protect", w -> w.space.protect(FROM + PAGE, 2 * PAGE, Protection.READ));
        verbs.put("grow", w -> w.space.remap(FROM, 4 * PAGE, 6 * PAGE, false));
        verbs.put("move", w -> w.space.remap(FROM, 4 * PAGE, 60 * PAGE, true));
        verbs.put("move to", w -> w.space.remapTo(FROM, 4 * PAGE, 4 * PAGE, FREE));
        verbs.put("move over", w -> w.space.remapTo(FROM, 4 * PAGE, 4 * PAGE, FAR));
        verbs.put("shrink and move", w -> w.space.remapTo(FROM, 4 * PAGE, 2 * PAGE, FREE));
        verbs.put("move copies", w -> w.space.remapTo(PRIVATE, 4 * PAGE, 4 * PAGE, FREE));
        verbs.put("fork", w -> w.space.fork());
        verbs.put("advise", w -> w.space.adviseDontNeed(FROM, 4 * PAGE));
        verbs.put("swap out", w -> w.space.swapOut(FROM, 12 * PAGE));
        verbs.put("truncate", CUT);
        verbs.put("punch", w -> w.file.punchHole(PAGE, 3 * PAGE - 8));
        verbs.put("fault", w -> w.space.load(FAR + PAGE));
        verbs.put("copy", w -> w.space.store(FAR + PAGE, 0));
        return verbs;
    }

    /** Fills the heap before each change; exits with status 0 if all changes passed. */
    public static void main(String[] args) throws Exception {
        SmallHeap.limitTime();
        List<String> wrong = new ArrayList<>();
        int errors = 0;
        Map<String, Verb> verbs = verbs();
        for (Map.Entry<String, Verb> entry : verbs.entrySet()) {
            Verb verb = entry.getValue();
            String before = new World().picture();
            World warm = new World();
            verb.run(warm);
            String after = warm.picture();
            int well = 0;
            for (int left = 0; left < MOST && well < ENOUGH; left++) {
                World world = new World();
                Throwable failure = SmallHeap.run(() -> verb.run(world), left);
                errors += failure == null ? 0 : 1;
                well += failure == null ? 1 : 0;
                try {
                    if (failure != null && verb == CUT && !before.equals(world.picture())) {
                        verb.run(world); // drops private copies that are left
                    }
                    check(world, failure, before, after);
                } catch (Throwable t) {
                    wrong.add(entry.getKey() + ", free memory " + left + ": " + t);
                }
            }
            if (well < ENOUGH) {
                wrong.add(entry.getKey() + " never succeeded");
            }
        }
        System.out.println(errors + " errors");
        wrong.forEach(System.out::println);
        if (!wrong.isEmpty() || errors < 2 * verbs.size()) {
            Runtime.getRuntime().halt(1);
        }
    }

    private static void check(World world, @Nullable Throwable failure, String before, String after) throws Exception {
        String[] seen = new String[1];
        Thread other = new Thread(() -> {
            seen[0] = world.picture();
            world.space.map(MapRequest.anonymous(PAGE));
        });
        other.setDaemon(true);
        other.start();
        other.join(10_000);
        if (other.isAlive()) {
            throw new AssertionError("a lock is still held", failure);
        }
        if (failure != null && !(failure instanceof OutOfMemoryError)) {
            throw new AssertionError("not an OutOfMemoryError", failure);
        }
        if (failure == null || !before.equals(seen[0])) {
            assertEquals(after, seen[0]);
        }
        world.audit();
    }
}
