package org.jfutex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jfutex.ExhaustionScenarios.Situation;
import org.jfutex.key.Access;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.MemoryFile;
import org.jfutex.memory.OpenFile;
import org.jfutex.memory.Protection;
import org.jspecify.annotations.Nullable;

/**
 * Every operation of an address space once. Even if it fails, the space is unlocked afterwards, and no word is lost.
 */
final class SpaceExhaustionScenarios {

    private static final long PAGE = 4096;
    private static final long PRIVATE_PAGE = 0x10_0000;
    private static final long COPIED_PAGE = 0x20_0000;
    private static final long ELSEWHERE = 0x30_0000;

    private SpaceExhaustionScenarios() {}

    /** A space with a page of anonymous memory and a private copy of a file's second page, each with a word in it. */
    private abstract static class Space extends Situation {
        final MemoryFile file = new MemoryFile("file", 2 * PAGE);
        final OpenFile open = file.open(Access.WRITE);
        final AddressSpace space = new AddressSpace();

        Space() {
            space.map(MapRequest.anonymous(PAGE).at(PRIVATE_PAGE));
            space.map(MapRequest.file(open, 1, PAGE).at(COPIED_PAGE));
            space.store(PRIVATE_PAGE, 1);
            space.store(COPIED_PAGE, 2);
        }

        @Override
        final void check(boolean done) {
            Threads.Running<Boolean> look = Threads.start(() -> {
                checkSpace(done);
                space.store(space.map(MapRequest.anonymous(PAGE)), 1);
                space.unmap(PRIVATE_PAGE, PAGE);
                file.truncate(0);
                return true;
            });
            try {
                look.answer().get(20, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                AssertionError stuck = new AssertionError("the space is still locked", e);
                stuck.setStackTrace(look.thread().getStackTrace());
                throw stuck;
            } catch (Exception e) {
                throw new AssertionError("the space is inconsistent: " + e, e);
            }
        }

        void checkSpace(boolean done) {
            assertEquals(1, space.load(PRIVATE_PAGE));
            assertEquals(2, space.load(COPIED_PAGE));
        }

        final boolean isMapped(long address) {
            return space.vmas().stream().anyMatch(vma -> vma.start() <= address && address < vma.end());
        }
    }

    private static final class Map extends Space {
        @Override
        void run() {
            space.map(MapRequest.anonymous(PAGE).at(ELSEWHERE));
        }

        @Override
        void checkSpace(boolean done) {
            super.checkSpace(done);
            assertEquals(done, isMapped(ELSEWHERE));
        }
    }

    private static final class Unmap extends Space {
        @Override
        void run() {
            space.unmap(COPIED_PAGE, PAGE);
        }

        @Override
        void checkSpace(boolean done) {
            assertEquals(1, space.load(PRIVATE_PAGE));
            assertEquals(!done, isMapped(COPIED_PAGE));
        }
    }

    private static final class Protect extends Space {
        @Override
        void run() {
            space.protect(PRIVATE_PAGE, PAGE, Protection.READ);
        }
    }

    private static final class Move extends Space {
        @Override
        void run() {
            space.remapTo(PRIVATE_PAGE, PAGE, PAGE, ELSEWHERE);
        }

        @Override
        void checkSpace(boolean done) {
            assertEquals(1, space.load(done ? ELSEWHERE : PRIVATE_PAGE));
            assertEquals(!done, isMapped(PRIVATE_PAGE));
            if (done) {
                space.remapTo(ELSEWHERE, PAGE, PAGE, PRIVATE_PAGE);
            }
        }
    }

    private static final class ForkSpace extends Space {
        private @Nullable AddressSpace child;

        @Override
        void run() {
            child = space.fork();
        }

        @Override
        void checkSpace(boolean done) {
            super.checkSpace(done);
            AddressSpace c = child;
            if (c != null) {
                assertEquals(1, c.load(PRIVATE_PAGE));
                assertEquals(2, c.load(COPIED_PAGE));
            }
        }
    }

    private static final class Forget extends Space {
        @Override
        void run() {
            space.adviseDontNeed(PRIVATE_PAGE, PAGE);
        }

        @Override
        void checkSpace(boolean done) {
            assertEquals(done ? 0 : 1, space.load(PRIVATE_PAGE));
            assertEquals(2, space.load(COPIED_PAGE));
        }
    }

    private static final class Touch extends Space {
        @Override
        void run() {
            space.store(space.map(MapRequest.anonymous(PAGE).at(ELSEWHERE)), 3);
        }
    }

    private static final class PushOut extends Space {
        @Override
        void run() {
            space.swapOut(PRIVATE_PAGE, PAGE);
        }
    }

    private static final class BringIn extends Space {
        BringIn() {
            assertEquals(1, space.swapOut(PRIVATE_PAGE, PAGE));
        }

        @Override
        void run() {
            space.store(PRIVATE_PAGE + 4, 1);
        }

        @Override
        void checkSpace(boolean done) {
            super.checkSpace(done);
            assertEquals(done ? 1 : 0, space.load(PRIVATE_PAGE + 4));
        }
    }

    private static final class Truncate extends Space {
        @Override
        void run() {
            file.truncate(PAGE);
        }

        @Override
        void checkSpace(boolean done) {
            assertEquals(done ? PAGE : 2 * PAGE, file.size());
            if (done) {
                file.truncate(2 * PAGE);
            }
            assertEquals(done ? 0 : 2, space.load(COPIED_PAGE));
        }
    }

    private static final class Punch extends Space {
        Punch() {
            space.map(MapRequest.file(open, 0, PAGE).shared().at(ELSEWHERE));
            space.store(ELSEWHERE, 3);
        }

        @Override
        void run() {
            file.punchHole(0, PAGE);
        }

        @Override
        void checkSpace(boolean done) {
            super.checkSpace(done);
            int word = space.load(ELSEWHERE);
            assertTrue(done ? word == 0 : word == 3);
        }
    }

    static List<Supplier<Situation>> all() {
        return List.of(
                Map::new,
                Unmap::new,
                Protect::new,
                Move::new,
                ForkSpace::new,
                Forget::new,
                Touch::new,
                PushOut::new,
                BringIn::new,
                Truncate::new,
                Punch::new);
    }
}
