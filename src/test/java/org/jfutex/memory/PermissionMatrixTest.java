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
 * Tests the results of four operations on words of every kind of mapping: a read, a key lookup for reading, a key
 * lookup for writing, and a write.
 *
 * <p>The first column contains results observed on Linux 6.18. The second column contains those of the rule of 2.6.0,
 * which depends on the VMA alone. {@code -} is a fault and {@code +} is success; {@code own} and {@code file} are kinds
 * of keys.
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
        BEYOND_THE_END_SHARED(
                space -> file(space, true, Protection.READ_WRITE, Access.WRITE) + 2 * PAGE, "- - - -", "- file file -"),
        BEYOND_THE_END_PRIVATE(
                space -> file(space, false, Protection.READ_WRITE, Access.READ) + 2 * PAGE, "- - - -", "- own own -"),
        LAST_PAGE_BEYOND_THE_END(
                space -> file(space, true, Protection.READ_WRITE, Access.WRITE) + 2 * PAGE - 4,
                "+ file file +",
                "+ file file +"),
        KERNEL(space -> 0xffff_8000_0000_0000L, "- - - -", "- - - -"),
        NOT_CANONICAL(space -> 1L << 47, "- - - -", "- - - -"),
        BELOW_A_STACK(
                space -> space.map(MapRequest.anonymous(PAGE).growingDown().at(0x7ffe_0000_0000L)) - 4,
                "+ - - +",
                "+ own own +");

        @SuppressWarnings("ImmutableEnumChecker") // the lambda has no state
        final ToLongFunction<AddressSpace> setUp;

        final String linux;
        final String rule2003;

        Place(ToLongFunction<AddressSpace> setUp, String linux, String rule2003) {
            this.setUp = setUp;
            this.linux = linux;
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

    /** Runs each operation in a new space, since an operation may change the space. */
    private static String results(KeyRule rule, Place place) {
        return result(rule, place, 0) + " " + result(rule, place, 1) + " " + result(rule, place, 2) + " "
                + result(rule, place, 3);
    }

    private static String result(KeyRule rule, Place place, int which) {
        AddressSpace space = new AddressSpace(SpaceSettings.DEFAULT.withKeyRule(rule));
        long at = place.setUp.applyAsLong(space);
        return switch (which) {
            case 0 -> resultOf(() -> "+" + (space.load(at) == -1 ? "?" : ""));
            case 1 -> resultOf(() -> kind(space.sharedKey(at, Access.READ)));
            case 2 -> resultOf(() -> kind(space.sharedKey(at, Access.WRITE)));
            default -> resultOf(() -> "+" + (space.compareAndExchange(at, 0, 0) == -1 ? "?" : ""));
        };
    }

    private static String resultOf(Supplier<String> code) {
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
    void linux2628RuleMatchesLinux(Place place) {
        assertEquals(place.linux, results(KeyRule.LINUX_2_6_28, place));
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void ruleOf2003MatchesVma(Place place) {
        assertEquals(place.rule2003, results(KeyRule.VM_MAYSHARE, place));
    }
}
