package org.jfutex.memory;

import static java.util.Collections.nCopies;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.WordSize;
import org.jfutex.memory.MappingException.Reason;
import org.jfutex.memory.SpaceModel.Entry;
import org.jfutex.memory.SpaceModel.Inode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tests random sequences of operations on a few spaces and files against a simple model. Every byte, VMA, key and
 * exception must be equal, and planted flaws must be detected. The deep form, {@code -Djfutex.sequences=20000}, runs
 * about 9 million steps. {@code -Djfutex.seed=...} repeats one sequence.
 */
class SpaceSequenceTest {

    /** The number of random sequences for each rule. */
    private static final int SEQUENCES = Integer.getInteger("jfutex.sequences", 200);

    private static final int MAX_STEPS = 300;
    private static final int PAGE = SpaceModel.PAGE;
    private static final int WINDOW = 12; // pages
    private static final int FILE_PAGES = 4;
    private static final int MAX_SPACES = 4;
    private static final long BASE = 0x7f00_0000_0000L - 5 * PAGE; // the window spans two leaves of the page table

    private static final List<Protection> PROTECTIONS = List.of(Protection.values());
    private static final List<WordSize> SIZES = List.of(WordSize.values());

    /** An operation and its arguments. Each operation reduces the numbers to its own ranges. */
    record Step(String verb, int space, int page, int count, int kind, int number) {}

    /** Steps that map private memory, private and shared file pages, and shared memory, all writable. */
    private static final List<Step> START = List.of(
            new Step("map", 0, 0, 2, 3, 0),
            new Step("map", 0, 2, 3, 3 + 16, 0),
            new Step("map", 0, 6, 3, 3 + 16 + 4, 0),
            new Step("map", 0, 10, 2, 3 + 4, 0));

    private static final List<String> VERBS = Stream.of(
                    nCopies(5, "map"),
                    nCopies(2, "unmap"),
                    nCopies(3, "protect"),
                    nCopies(3, "resize"),
                    nCopies(4, "move"),
                    nCopies(2, "fork"),
                    nCopies(3, "dontneed"),
                    nCopies(4, "truncate"),
                    nCopies(4, "punch"),
                    nCopies(4, "swap"),
                    nCopies(16, "write"),
                    nCopies(4, "exchange"),
                    nCopies(4, "load"),
                    nCopies(3, "bytes"),
                    nCopies(6, "key"),
                    nCopies(5, "compare"))
            .flatMap(List::stream)
            .toList();

    private static final int[] NUMBERS = {0, 4, 8, PAGE - 4, PAGE, PAGE + 8, 2 * PAGE + 4, 3 * PAGE};

    /** Returns the sequence of a seed. */
    private static List<Step> steps(long seed) {
        var random = new SplittableRandom(seed);
        return random.ints(random.nextInt(MAX_STEPS + 1), 0, VERBS.size())
                .mapToObj(verb -> new Step(
                        VERBS.get(verb),
                        random.nextInt(MAX_SPACES),
                        random.nextInt(WINDOW),
                        random.nextInt(1, 7),
                        random.nextInt(64),
                        random.nextInt(4) > 0
                                ? NUMBERS[random.nextInt(NUMBERS.length)]
                                : random.nextInt(FILE_PAGES * PAGE + 1)))
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    void randomSteps_everyKeyRule_matchModel(KeyRule rule) {
        long first = Long.getLong("jfutex.seed", System.nanoTime());
        int sequences = System.getProperty("jfutex.seed") == null ? SEQUENCES : 1;
        for (long seed = first; seed < first + sequences; seed++) {
            List<Step> steps = steps(seed);
            if (failure(rule, Flaw.NONE, steps) != null) {
                List<Step> fewest = shrink(rule, Flaw.NONE, steps);
                fail("-Djfutex.seed=" + seed + ": " + fewest, failure(rule, Flaw.NONE, fewest));
            }
        }
    }

    /** Removes steps from a failing sequence until it passes without any one of them. */
    private static List<Step> shrink(KeyRule rule, Flaw flaw, List<Step> failing) {
        List<Step> best = failing;
        int size;
        do {
            size = best.size();
            for (int count = Math.max(1, size / 2); count > 0; count /= 2) {
                for (int i = 0; i < best.size(); ) {
                    List<Step> fewer = new ArrayList<>(best);
                    fewer.subList(i, Math.min(i + count, best.size())).clear();
                    if (failure(rule, flaw, fewer) != null) {
                        best = fewer;
                    } else {
                        i += count;
                    }
                }
            }
        } while (best.size() < size);
        return best;
    }

    private static @Nullable Throwable failure(KeyRule rule, Flaw flaw, List<Step> steps) {
        try {
            new Run(rule, flaw).play(steps);
            return null;
        } catch (AssertionError | RuntimeException e) {
            return e;
        }
    }

    /** A planted flaw: after an operation, the space does something that the model does not expect. */
    private enum Flaw {
        NONE(""),
        MAP_EXTENDS("map"),
        UNMAP_TAKES_ONE_MORE("unmap"),
        PROTECT_ALLOWS("protect"),
        RESIZE_FORGETS("resize"),
        MOVE_FORGETS("move"),
        FORK_SHARES("fork"),
        SWAP_FORGETS("swap"),
        TRUNCATE_EMPTIES("truncate"),
        PUNCH_REACHES_BACK("punch"),
        EXCHANGE_WRITES("exchange");

        final String verb;

        Flaw(String verb) {
            this.verb = verb;
        }
    }

    /** The comparison with the model detects every planted flaw, and few steps remain of the failing sequence. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void flaw_randomSteps_isDetected(Flaw flaw) {
        List<Step> failing = LongStream.range(0, 200)
                .mapToObj(SpaceSequenceTest::steps)
                .filter(steps -> failure(KeyRule.LINUX_2_6_28, flaw, steps) != null)
                .findFirst()
                .orElseThrow();
        List<Step> fewest = shrink(KeyRule.LINUX_2_6_28, flaw, failing);
        assertTrue(fewest.size() <= 5, fewest::toString);
    }

    /** A run of one sequence. */
    private static final class Run {

        private final KeyRule rule;
        private final Flaw flaw;
        private final List<AddressSpace> spaces = new ArrayList<>();
        private final List<SpaceModel> models = new ArrayList<>();
        private final List<Inode> files = new ArrayList<>();
        private final Map<AddressSpace, MemoryCursor> cursors = new HashMap<>();

        Run(KeyRule rule, Flaw flaw) {
            this.rule = rule;
            this.flaw = flaw;
            spaces.add(new AddressSpace(SpaceSettings.DEFAULT.withKeyRule(rule)));
            models.add(new SpaceModel(BASE, WINDOW));
            files.add(new Inode(new MemoryFile("one", 3 * PAGE), FILE_PAGES));
            files.add(new Inode(new MemoryFile("two", PAGE + 100), FILE_PAGES));
        }

        /** Returns the cursor of a space. It keeps pages while mappings change, and has too few slots for all pages. */
        private MemoryCursor cursor(AddressSpace space) {
            return cursors.computeIfAbsent(space, each -> each.cursor(8));
        }

        void play(List<Step> steps) {
            List<Step> all = new ArrayList<>(START);
            all.addAll(steps);
            for (Step step : all) {
                int which = step.space % spaces.size();
                play(step, which, spaces.get(which), models.get(which));
                if (step.verb.equals(flaw.verb)) {
                    spoil(step, which, spaces.get(which));
                }
                assertEquals(models.get(which).vmas(), spaces.get(which).vmas());
            }
            compareAll();
        }

        private void spoil(Step s, int which, AddressSpace space) {
            long address = BASE + (long) s.page * PAGE;
            long length = (long) Math.min(s.count, WINDOW - s.page) * PAGE;
            Inode file = files.get(s.kind % 2);
            try {
                switch (flaw) {
                    case MAP_EXTENDS -> space.map(MapRequest.anonymous(PAGE).atFree(address + length));
                    case UNMAP_TAKES_ONE_MORE -> space.unmap(address + length, PAGE);
                    case PROTECT_ALLOWS -> space.protect(address, length, Protection.READ_WRITE);
                    case RESIZE_FORGETS, SWAP_FORGETS -> space.adviseDontNeed(address, length);
                    case MOVE_FORGETS -> space.adviseDontNeed(BASE + (long) (s.kind % WINDOW) * PAGE, PAGE);
                    case FORK_SHARES -> spaces.set((which + 1) % spaces.size(), space);
                    case TRUNCATE_EMPTIES -> file.real.truncate(0);
                    case PUNCH_REACHES_BACK -> file.real.punchHole(0, s.number + 1);
                    case EXCHANGE_WRITES -> space.store(address, WordSize.U8, s.number);
                    default -> throw new AssertionError(flaw);
                }
            } catch (MappingException | MemoryFaultException e) {
                return; // the flaw does not apply to this operation
            }
        }

        private void play(Step s, int which, AddressSpace space, SpaceModel model) {
            long address = BASE + (long) s.page * PAGE;
            int end = Math.min(WINDOW, s.page + s.count);
            int count = end - s.page;
            long length = (long) count * PAGE - s.kind; // the space rounds it up to pages
            switch (s.verb) {
                case "map" -> map(s, space, model, address, end, length);
                case "unmap" -> {
                    space.unmap(address, length);
                    clear(model, s.page, end);
                }
                case "protect" -> protect(s, space, model, address, end, length);
                case "resize" -> resize(s, space, model, address, count);
                case "move" -> move(s, space, model, address, count);
                case "fork" -> {
                    if (spaces.size() < MAX_SPACES) {
                        spaces.add(space.fork());
                        models.add(model.fork());
                    } else { // another process ends
                        int other = (which + 1) % spaces.size();
                        spaces.set(other, space.fork());
                        models.set(other, model.fork());
                    }
                }
                case "dontneed" -> dontNeed(s, space, model, address, end, length);
                case "truncate" -> {
                    Inode file = files.get(s.kind % 2);
                    int shorterThan = file.pages();
                    file.real.truncate(s.number);
                    file.truncate(s.number);
                    if (file.pages() < shorterThan) {
                        models.forEach(each -> cut(each, file));
                    }
                }
                case "punch" -> {
                    Inode file = files.get(s.kind % 2);
                    file.real.punchHole(s.number, s.count * 1000L);
                    file.punch(s.number, s.number + s.count * 1000);
                }
                case "swap" -> space.swapOut(address, length);
                case "write" -> write(s, space, model, address);
                case "exchange" -> exchange(s, space, model, address);
                case "load" -> {
                    WordSize size = size(s);
                    int offset = offset(s, size);
                    if (model.accessible(s.page, Access.READ) == null) {
                        faults(address + offset, Access.READ, () -> space.load(address + offset, size));
                        faults(
                                address + offset,
                                Access.READ,
                                () -> cursor(space).load(address + offset, size));
                    } else {
                        assertEquals(word(model, s.page, offset, size), space.load(address + offset, size));
                        assertEquals(
                                word(model, s.page, offset, size), cursor(space).load(address + offset, size));
                    }
                }
                case "bytes" -> bytes(s, space, model, address);
                case "key" -> key(s, space, model);
                default -> compareAll();
            }
        }

        private void map(Step s, AddressSpace space, SpaceModel model, long address, int end, long length) {
            Protection protection = PROTECTIONS.get(s.kind & 3);
            boolean shared = (s.kind & 4) != 0;
            boolean readOnly = (s.kind & 8) != 0;
            Inode file = (s.kind & 16) != 0 ? files.get(s.number % 2) : null;
            int index = file == null ? 0 : s.number / 2 % (FILE_PAGES - 1);
            MapRequest request = file == null
                    ? MapRequest.anonymous(length)
                    : MapRequest.file(file.real.open(readOnly ? Access.READ : Access.WRITE), index, length);
            request = (shared ? request.shared() : request).protection(protection);
            if (file != null && shared && readOnly && protection.writable()) {
                MapRequest refused = request.at(address);
                refused(Reason.READ_ONLY, () -> space.map(refused));
                return;
            }
            MapRequest placed = (s.kind & 32) != 0 ? request.atFree(address) : request.at(address);
            for (int p = s.page; p < end && (s.kind & 32) != 0; p++) {
                if (model.pages[p] != null) {
                    MappingException e = refused(Reason.ALREADY_MAPPED, () -> space.map(placed));
                    assertEquals(BASE + (long) p * PAGE, e.address());
                    return;
                }
            }
            assertEquals(address, space.map(placed));
            Inode object = file;
            if (file == null && shared) {
                Vma vma = requireNonNull(space.vmaAt(address));
                object = new Inode(requireNonNull(vma.file()), end - s.page);
                object.size = (end - s.page) * PAGE;
            }
            Sharing sharing =
                    !shared ? Sharing.PRIVATE : file != null && readOnly ? Sharing.SHARED_READ_ONLY : Sharing.SHARED;
            for (int p = s.page; p < end; p++) {
                model.pages[p] = new Entry(protection, sharing, object, object == null ? 0 : index + p - s.page);
            }
        }

        private static void clear(SpaceModel model, int from, int to) {
            for (int p = from; p < to; p++) {
                model.pages[p] = null;
            }
        }

        private static void protect(Step s, AddressSpace space, SpaceModel model, long address, int end, long length) {
            Protection protection = PROTECTIONS.get(s.kind & 3);
            for (int p = s.page; p < end; p++) {
                Entry entry = model.pages[p];
                if (entry == null || (protection.writable() && entry.sharing == Sharing.SHARED_READ_ONLY)) {
                    MappingException e = refused(
                            entry == null ? Reason.NOT_MAPPED : Reason.READ_ONLY,
                            () -> space.protect(address, length, protection));
                    assertEquals(BASE + (long) p * PAGE, e.address());
                    return;
                }
                entry.protection = protection;
            }
            space.protect(address, length, protection);
        }

        private static void resize(Step s, AddressSpace space, SpaceModel model, long address, int count) {
            int newCount = 1 + s.kind % 8;
            long oldLength = (long) count * PAGE;
            long newLength = (long) newCount * PAGE;
            int needed = newCount > count ? count : 1;
            Entry first = model.pages[s.page];
            if (first == null || model.vmaEnd(s.page) < s.page + needed) {
                refused(Reason.NOT_MAPPED, () -> space.remap(address, oldLength, newLength, false));
                return;
            }
            if (newCount > count) {
                boolean room = s.page + newCount <= WINDOW; // no mapping lies outside the window
                for (int p = s.page + count; p < Math.min(WINDOW, s.page + newCount); p++) {
                    room &= model.pages[p] == null;
                }
                if (!room || s.page + newCount > WINDOW) {
                    if (s.page + newCount <= WINDOW) {
                        refused(Reason.NO_ROOM, () -> space.remap(address, oldLength, newLength, false));
                    }
                    return;
                }
            }
            assertEquals(address, space.remap(address, oldLength, newLength, false));
            clear(model, s.page + newCount, Math.max(s.page + newCount, s.page + count));
            for (int p = s.page + count; p < s.page + newCount; p++) {
                model.pages[p] = new Entry(first.protection, first.sharing, first.file, first.index + p - s.page);
            }
        }

        private static void move(Step s, AddressSpace space, SpaceModel model, long address, int count) {
            int to = s.kind % WINDOW;
            int newCount = Math.min(1 + s.number % 8, WINDOW - to);
            long target = BASE + (long) to * PAGE;
            long oldLength = (long) count * PAGE;
            long newLength = (long) newCount * PAGE;
            if (s.page < to + newCount && to < s.page + count) {
                assertThrows(
                        IllegalArgumentException.class, () -> space.remapTo(address, oldLength, newLength, target));
                return;
            }
            int kept = Math.min(count, newCount);
            Entry first = model.pages[s.page];
            int needed = count == newCount ? 1 : kept;
            if (first == null || model.vmaEnd(s.page) < s.page + needed) {
                refused(Reason.NOT_MAPPED, () -> space.remapTo(address, oldLength, newLength, target));
                return;
            }
            boolean keeps = count == newCount && (s.kind & 16) != 0;
            if (keeps) {
                space.remapDontUnmapTo(address, oldLength, target);
            } else {
                space.remapTo(address, oldLength, newLength, target);
            }
            for (int i = 0; i < newCount; i++) {
                Entry entry = i < kept
                        ? model.pages[s.page + i]
                        : new Entry(first.protection, first.sharing, first.file, first.index + i);
                if (entry != null) { // a hole in the source keeps the target
                    model.pages[to + i] = entry;
                    if (keeps) {
                        model.pages[s.page + i] = new Entry(entry.protection, entry.sharing, entry.file, entry.index);
                    }
                }
            }
            if (!keeps) {
                clear(model, s.page, s.page + count);
            }
        }

        private static void dontNeed(Step s, AddressSpace space, SpaceModel model, long address, int end, long length) {
            boolean hole = false;
            for (int p = s.page; p < end; p++) {
                Entry entry = model.pages[p];
                hole |= entry == null;
                if (entry != null) {
                    entry.copy = null;
                }
            }
            if (hole) {
                refused(Reason.NOT_MAPPED, () -> space.adviseDontNeed(address, length));
            } else {
                space.adviseDontNeed(address, length);
            }
        }

        private static void cut(SpaceModel model, Inode file) {
            for (Entry entry : model.pages) {
                if (entry != null && entry.file == file && entry.index >= file.pages()) {
                    entry.copy = null;
                }
            }
        }

        private static WordSize size(Step s) {
            return SIZES.get(s.kind & 3);
        }

        private static int offset(Step s, WordSize size) {
            return s.number % PAGE & -size.bytes();
        }

        private static long word(SpaceModel model, int page, int offset, WordSize size) {
            Entry entry = requireNonNull(model.pages[page]);
            long word = 0;
            for (int i = size.bytes() - 1; i >= 0; i--) {
                word = (word << 8) | (entry.at(offset + i) & 0xff);
            }
            return word;
        }

        private void write(Step s, AddressSpace space, SpaceModel model, long address) {
            WordSize size = size(s);
            int offset = offset(s, size);
            long value = s.number * 0x9E3779B97F4A7C15L;
            Entry entry = model.accessible(s.page, Access.WRITE);
            if (entry == null) {
                faults(address + offset, Access.WRITE, () -> space.store(address + offset, size, value));
                faults(address + offset, Access.WRITE, () -> cursor(space).store(address + offset, size, value));
                return;
            }
            if (s.count % 2 == 0) {
                cursor(space).store(address + offset, size, value);
            } else {
                space.store(address + offset, size, value);
            }
            for (int i = 0; i < size.bytes(); i++) {
                entry.set(offset + i, (byte) (value >>> (8 * i)));
            }
        }

        private void exchange(Step s, AddressSpace space, SpaceModel model, long address) {
            WordSize size = size(s);
            int offset = offset(s, size);
            Entry entry = model.accessible(s.page, Access.WRITE);
            if (entry == null) {
                faults(
                        address + offset,
                        Access.WRITE,
                        () -> space.compareAndExchange(address + offset, size, s.number, 1));
                return;
            }
            long before = word(model, s.page, offset, size);
            if ((s.kind & 8) != 0) {
                assertEquals(before, space.compareAndExchange(address + offset, size, before ^ 1, 5));
                // the value does not change, but a private page is copied nevertheless
                entry.set(offset, entry.at(offset));
            } else {
                assertEquals(
                        before,
                        s.count % 2 == 0
                                ? cursor(space).getAndAdd(address + offset, size, s.number)
                                : space.getAndAdd(address + offset, size, s.number));
                for (int i = 0; i < size.bytes(); i++) {
                    entry.set(offset + i, (byte) ((before + s.number) >>> (8 * i)));
                }
            }
        }

        /** Writes and reads a range of bytes that crosses a page boundary. */
        private void bytes(Step s, AddressSpace space, SpaceModel model, long address) {
            int offset = PAGE - 1 - s.kind;
            byte[] data = new byte[2 * s.kind + 1];
            Arrays.fill(data, (byte) s.number);
            Entry left = model.accessible(s.page, Access.WRITE);
            Entry right = model.accessible(s.page + 1, Access.WRITE);
            if (left != null && (right != null || s.kind == 0)) {
                if (s.count % 2 == 0) {
                    cursor(space).write(address + offset, ByteBuffer.wrap(data));
                } else {
                    space.write(address + offset, ByteBuffer.wrap(data));
                }
                for (int i = 0; i < data.length; i++) {
                    if (offset + i < PAGE) {
                        left.set(offset + i, data[i]);
                    } else {
                        requireNonNull(right).set(offset + i - PAGE, data[i]);
                    }
                }
            }
        }

        private void key(Step s, AddressSpace space, SpaceModel model) {
            key(space, model, s.page, s.number % PAGE & -4, (s.kind & 1) == 0 ? Access.READ : Access.WRITE);
        }

        private void key(AddressSpace space, SpaceModel model, int page, int offset, Access access) {
            long address = BASE + (long) page * PAGE;
            FutexKey expected = model.key(space, rule, page, offset, access);
            if (expected == null) {
                faults(address + offset, access, () -> space.sharedKey(address + offset, access));
                faults(address + offset, access, () -> space.sharedHash(address + offset, access));
            } else {
                assertEquals(expected, space.sharedKey(address + offset, access));
                assertEquals(expected.hash(), space.sharedHash(address + offset, access));
            }
        }

        private void compareAll() {
            for (int i = 0; i < spaces.size(); i++) {
                AddressSpace space = spaces.get(i);
                SpaceModel model = models.get(i);
                assertEquals(model.vmas(), space.vmas());
                for (int p = 0; p < WINDOW; p++) {
                    long address = BASE + (long) p * PAGE;
                    Entry entry = model.accessible(p, Access.READ);
                    byte[] real = new byte[PAGE];
                    if (entry == null) {
                        faults(address, Access.READ, () -> space.read(address, ByteBuffer.wrap(real)));
                    } else {
                        byte[] expected = new byte[PAGE];
                        for (int b = 0; b < PAGE; b++) {
                            expected[b] = entry.at(b);
                        }
                        space.read(address, ByteBuffer.wrap(real));
                        assertArrayEquals(expected, real);
                        Arrays.fill(real, (byte) -1);
                        cursor(space).read(address, ByteBuffer.wrap(real));
                        assertArrayEquals(expected, real);
                    }
                    key(space, model, p, 0, Access.READ);
                    key(space, model, p, PAGE - 4, Access.WRITE);
                }
            }
        }

        private static void faults(long address, Access access, Executable code) {
            MemoryFaultException fault = assertThrows(MemoryFaultException.class, code);
            assertEquals(address, fault.address());
            assertEquals(access, fault.access());
        }

        private static MappingException refused(Reason reason, Executable code) {
            MappingException e = assertThrows(MappingException.class, code);
            assertEquals(reason, e.reason());
            return e;
        }
    }
}
