package org.jfutex.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.MemoryFaultException;
import org.jfutex.key.SharedKey;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a futex operation meets at an address: can the word be read, what does a shared operation that reads call it, what one
 * that writes, can it be written?
 *
 * <p>The first column of expectations is what Linux 6.18 was seen to do, the second what the rule of 2.6.0 says, which asks the VMA
 * alone. {@code -} is a fault, {@code +} success, {@code own} and {@code file} are the kinds of keys.
 */
class PermissionMatrixTest {

    private static final int PAGE = 4096;

    enum Place {
        NULL(space -> 0L, "- - - -", "- - - -"),
        UNMAPPED(space -> 0x5000_0000L, "- - - -", "- - - -"),
        NO_ACCESS(space -> anonymous(space, Protection.NONE), "- - - -", "- - - -"),
        NO_ACCESS_ANY_MORE(space -> touched(space, Protection.NONE), "- - - -", "- - - -"),
        NO_ACCESS_TO_A_FILE(space -> file(space, true, Protection.NONE, Access.WRITE), "- - - -", "- - - -"),
        READ_ONLY_UNTOUCHED(space -> anonymous(space, Protection.READ), "+ - - -", "+ own - -"),
        READ_ONLY_TOUCHED(space -> touched(space, Protection.READ), "+ - - -", "+ own - -"),
        READ_ONLY_SHARED(space -> file(space, true, Protection.READ, Access.WRITE), "+ file - -", "+ file - -"),
        READ_ONLY_DESCRIPTOR(space -> file(space, true, Protection.READ, Access.READ), "+ file - -", "+ file - -"),
        READ_ONLY_SHARED_ANONYMOUS(
                space -> space.map(MapRequest.anonymous(PAGE).shared().protection(Protection.READ)),
                "+ file - -",
                "+ file - -"),
        WRITE_ONLY(space -> anonymous(space, Protection.WRITE), "+ own own +", "+ own own +"),
        WRITABLE(space -> anonymous(space, Protection.READ_WRITE), "+ own own +", "+ own own +"),
        WRITABLE_SHARED(
                space -> file(space, true, Protection.READ_WRITE, Access.WRITE), "+ file file +", "+ file file +"),
        CODE(space -> file(space, false, Protection.READ, Access.READ), "+ file - -", "+ own - -"),
        DATA(space -> file(space, false, Protection.READ_WRITE, Access.READ), "+ own own +", "+ own own +"),
        DATA_MADE_READ_ONLY(PermissionMatrixTest::relocated, "+ - - -", "+ own - -"),
        BEHIND_THE_END_SHARED(
                space -> file(space, true, Protection.READ_WRITE, Access.WRITE) + 2 * PAGE, "- - - -", "- file file -"),
        BEHIND_THE_END_PRIVATE(
                space -> file(space, false, Protection.READ_WRITE, Access.READ) + 2 * PAGE, "- - - -", "- own own -"),
        LAST_PAGE_BEHIND_THE_END(
                space -> file(space, true, Protection.READ_WRITE, Access.WRITE) + 2 * PAGE - 4,
                "+ file file +",
                "+ file file +"),
        KERNEL(space -> 0xffff_8000_0000_0000L, "- - - -", "- - - -"),
        NOT_CANONICAL(space -> 1L << 47, "- - - -", "- - - -"),
        BELOW_A_STACK(
                space -> space.map(MapRequest.anonymous(PAGE).growingDown().at(0x7ffe_0000_0000L)) - 4,
                "+ - - +",
                "+ own own +");

        @SuppressWarnings("ImmutableEnumChecker") // it holds nothing
        final ToLongFunction<AddressSpace> setUp;

        final String today;
        final String rule2003;

        Place(ToLongFunction<AddressSpace> setUp, String today, String rule2003) {
            this.setUp = setUp;
            this.today = today;
            this.rule2003 = rule2003;
        }
    }

    private static long anonymous(AddressSpace space, Protection protection) {
        return space.map(MapRequest.anonymous(PAGE).protection(protection));
    }

    private static long touched(AddressSpace space, Protection protection) {
        long at = anonymous(space, Protection.READ_WRITE);
        space.store(at, 1);
        space.protect(at, PAGE, protection);
        return at;
    }

    private static long file(AddressSpace space, boolean shared, Protection protection, Access access) {
        MemoryFile file = new MemoryFile("file", PAGE + 10);
        MapRequest request = MapRequest.file(file.open(access), 0, 3 * PAGE).protection(protection);
        return space.map(shared ? request.shared() : request);
    }

    private static long relocated(AddressSpace space) {
        long at = file(space, false, Protection.READ_WRITE, Access.READ);
        space.store(at, 1);
        space.protect(at, PAGE, Protection.READ);
        return at;
    }

    /** Each question is put to a new space, since an answer may change it. */
    private static String answers(KeyRule rule, Place place) {
        return question(rule, place, 0) + " " + question(rule, place, 1) + " " + question(rule, place, 2) + " "
                + question(rule, place, 3);
    }

    private static String question(KeyRule rule, Place place, int which) {
        AddressSpace space = new AddressSpace(SpaceSettings.DEFAULT.withKeyRule(rule));
        long at = place.setUp.applyAsLong(space);
        return switch (which) {
            case 0 -> answer(() -> "+" + (space.load(at) == -1 ? "?" : ""));
            case 1 -> answer(() -> kind(space.sharedKey(at, Access.READ)));
            case 2 -> answer(() -> kind(space.sharedKey(at, Access.WRITE)));
            default -> answer(() -> "+" + (space.compareAndExchange(at, 0, 0) == -1 ? "?" : ""));
        };
    }

    private static String answer(Supplier<String> code) {
        try {
            return code.get();
        } catch (MemoryFaultException e) {
            return "-";
        }
    }

    private static String kind(FutexKey key) {
        return key instanceof SharedKey ? "file" : "own";
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void todaysLinux(Place place) {
        assertEquals(place.today, answers(KeyRule.LINUX_2_6_28, place));
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void ruleOf2003(Place place) {
        assertEquals(place.rule2003, answers(KeyRule.VM_MAYSHARE, place));
    }
}
