package org.jfutex;

import java.util.List;
import java.util.Random;
import org.jfutex.key.FutexKey;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.MappingException;
import org.jfutex.memory.Protection;
import org.jfutex.memory.SpaceSettings;

/** Maps, unmaps, moves, protects, swaps out, writes and forks pages with waiters. The waits follow or are cancelled. */
final class Mapper extends Worker {

    static final long PRIVATE_PAGE = 0x10_0000;
    static final long SHARED_PAGE = 0x20_0000;
    private static final long ELSEWHERE = 0x30_0000;
    private static final int PAGE = 4096;

    final AddressSpace space;
    private final FutexTable table;
    private final WakeConservation law;
    private final Random random;

    Mapper(FutexTable table, WakeConservation law, long seed) {
        super("mapper");
        this.table = table;
        this.law = law;
        random = new Random(seed);
        space = new AddressSpace(SpaceSettings.DEFAULT.withListener(table.mappingListener()));
        mapPrivate();
        mapShared();
    }

    private void mapPrivate() {
        space.map(MapRequest.anonymous(PAGE).at(PRIVATE_PAGE));
    }

    private void mapShared() {
        space.map(MapRequest.anonymous(PAGE).shared().at(SHARED_PAGE));
    }

    @Override
    void step() {
        try {
            switch (random.nextInt(8)) {
                case 0 -> space.swapOut(PRIVATE_PAGE, PAGE);
                case 1 -> {
                    space.remapTo(PRIVATE_PAGE, PAGE, PAGE, ELSEWHERE);
                    space.remapTo(ELSEWHERE, PAGE, PAGE, PRIVATE_PAGE);
                }
                case 2 -> {
                    space.unmap(PRIVATE_PAGE, PAGE);
                    mapPrivate();
                }
                case 3 -> {
                    if (random.nextInt(10) == 0) { // a waiter on the old object waits until its deadline
                        space.unmap(SHARED_PAGE, PAGE);
                        mapShared();
                    }
                }
                case 4 -> {
                    space.protect(PRIVATE_PAGE, PAGE, Protection.NONE);
                    space.protect(PRIVATE_PAGE, PAGE, Protection.READ_WRITE);
                }
                case 5 -> space.adviseDontNeed(PRIVATE_PAGE, PAGE);
                case 6 -> space.getAndAdd(PRIVATE_PAGE, 1);
                default -> fork();
            }
        } catch (MappingException e) {
            throw new AssertionError(e); // no other thread maps here
        }
    }

    /** Forks a child that waits and wakes for a while, on its own words and on shared words, and then ends. */
    private void fork() {
        AddressSpace child = space.fork();
        List<RandomWorkload.Place> places =
                List.of(new RandomWorkload.Place(child, PRIVATE_PAGE), new RandomWorkload.Place(child, SHARED_PAGE));
        RandomWorkload party = new RandomWorkload("child", random.nextLong(), law, table, places, () -> {});
        for (int i = 0; i < 20; i++) {
            party.step();
        }
        party.end();
        table.cancel(FutexKey.in(child));
    }
}
