package org.jfutex.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jfutex.Scope;
import org.jfutex.key.Access;
import org.jfutex.key.MemoryFaultException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Tests whether a wake finds the waiter, in every situation under every rule. The columns are the page-based key of
 * 2002, VM_SHARED, VM_MAYSHARE, and shared and private operations under the rule of Linux 2.6.28.
 *
 * <p>Three situations have no counterpart here: non-linear mappings, huge pages, and a timeout of a file without a page
 * cache.
 */
class OutcomeMatrixTest {

    private static final long PAGE = 4096;
    private static final long AT = 0x10_0000;
    private static final long ELSEWHERE = 0x20_0000;
    private static final long WORD = 8;

    private static Rule rule(int column) {
        return switch (column) {
            case 0 -> new Futex2002();
            case 1 -> new Rule.ByName(KeyRule.VM_SHARED, Scope.SHARED);
            case 2 -> new Rule.ByName(KeyRule.VM_MAYSHARE, Scope.SHARED);
            case 3 -> new Rule.ByName(KeyRule.LINUX_2_6_28, Scope.SHARED);
            default -> new Rule.ByName(KeyRule.LINUX_2_6_28, Scope.PRIVATE);
        };
    }

    private Rule rule = rule(0);

    private AddressSpace space() {
        return new AddressSpace(SpaceSettings.DEFAULT.withKeyRule(rule.keys()));
    }

    private final MemoryFile file = new MemoryFile("file", 4 * PAGE);

    private AddressSpace mapping(MapRequest request) {
        AddressSpace space = space();
        space.map(request.at(AT));
        return space;
    }

    private MapRequest sharedFile(Access descriptor, Protection protection) {
        return MapRequest.file(file.open(descriptor), 0, 2 * PAGE).shared().protection(protection);
    }

    private MapRequest privateFile(Protection protection) {
        return MapRequest.file(file.open(Access.READ), 0, 2 * PAGE).protection(protection);
    }

    private static MapRequest anonymous() {
        return MapRequest.anonymous(2 * PAGE).protection(Protection.READ_WRITE);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "1, two shared mappings of one file page,                          yes yes yes yes no",
        "2, a shared mapping of a read-only descriptor and a writable one, yes no  yes yes no",
        "3, a read-only private file page and a shared mapping,            yes no  no  yes no",
        "4, a writable private file page and a shared mapping,             yes no  no  no  no",
        "7, fork: a private page without writes since the fork,            yes no  no  no  no",
        "8, fork: a shared anonymous page,                                 yes yes yes yes no",
        "9, two tasks of one memory,                                       yes yes yes yes yes",
        "10, the parent writes after a fork while it waits,                yes yes yes yes yes",
        "11, a read-only private file page becomes writable and is written, yes yes yes no yes",
        "12, a private page has moved: wake at the new address,            yes no  no  no  no",
        "13, a private page has moved: wake at the old address,            fault fault fault fault yes",
        "14, a private page has moved and another replaces it,             no  yes yes yes yes",
        "15, a shared page has moved: wake at the new address,             yes yes yes yes no",
        "16, the page was unmapped under the waiter,                       fault fault fault fault yes",
        "17, the page lost its permissions,                                fault fault fault fault yes",
        "18, DONTNEED on a private page,                                   no  yes yes yes yes",
        "19, the file was truncated and extended again,                    no  yes yes yes yes",
        "20, a hole was punched into the file,                             no  yes yes yes yes",
        "21, two untouched private pages,                                  yes no  no  no  no",
        "22, the page was swapped out,                                     yes yes yes yes yes",
        "23, a segment attached twice,                                     yes yes yes yes no",
        "26, the same page at another pgoff,                               yes yes yes yes no"
    })
    void outcomes(int row, String situation, String expected) {
        StringBuilder outcomes = new StringBuilder();
        for (int column = 0; column < 5; column++) {
            rule = rule(column);
            outcomes.append(' ').append(outcome(row));
        }
        assertEquals(expected.replaceAll(" +", " "), outcomes.toString().trim(), situation);
    }

    private String outcome(int row) {
        try {
            return wake(row) > 0 ? "yes" : "no";
        } catch (MemoryFaultException e) {
            return "fault";
        }
    }

    private int wake(int row) {
        switch (row) {
            case 1, 23 -> {
                return between(
                        sharedFile(Access.WRITE, Protection.READ_WRITE),
                        sharedFile(Access.WRITE, Protection.READ_WRITE));
            }
            case 2 -> {
                return between(
                        sharedFile(Access.READ, Protection.READ), sharedFile(Access.WRITE, Protection.READ_WRITE));
            }
            case 3 -> {
                return between(privateFile(Protection.READ), sharedFile(Access.WRITE, Protection.READ_WRITE));
            }
            case 4 -> {
                return between(privateFile(Protection.READ_WRITE), sharedFile(Access.WRITE, Protection.READ_WRITE));
            }
            case 7, 8 -> {
                AddressSpace parent =
                        mapping(row == 7 ? anonymous() : anonymous().shared());
                rule.store(parent, AT + WORD, 0);
                AddressSpace child = parent.fork();
                rule.queue(parent, AT + WORD);
                return rule.wake(child, AT + WORD, 1);
            }
            case 9 -> {
                AddressSpace both = queued(anonymous());
                return rule.wake(both, AT + WORD, 1);
            }
            case 10 -> {
                AddressSpace parent = queued(anonymous());
                parent.fork();
                rule.store(parent, AT + WORD, 1);
                return rule.wake(parent, AT + WORD, 1);
            }
            case 11 -> {
                AddressSpace space = queued(privateFile(Protection.READ));
                space.protect(AT, PAGE, Protection.READ_WRITE);
                rule.store(space, AT + WORD, 1);
                return rule.wake(space, AT + WORD, 1);
            }
            case 12, 13, 14, 15 -> {
                AddressSpace space = mapping(row == 15 ? sharedFile(Access.WRITE, Protection.READ_WRITE) : anonymous());
                rule.store(space, AT + WORD, 0);
                rule.queue(space, AT + WORD);
                space.remapTo(AT, 2 * PAGE, 2 * PAGE, ELSEWHERE);
                if (row == 14) {
                    space.map(anonymous().at(AT));
                }
                return rule.wake(space, (row == 12 || row == 15 ? ELSEWHERE : AT) + WORD, 1);
            }
            case 16 -> {
                AddressSpace space = queued(anonymous());
                space.unmap(AT, PAGE);
                return rule.wake(space, AT + WORD, 1);
            }
            case 17 -> {
                AddressSpace space = queued(anonymous());
                space.protect(AT, PAGE, Protection.NONE);
                return rule.wake(space, AT + WORD, 1);
            }
            case 18 -> {
                AddressSpace space = mapping(anonymous());
                rule.store(space, AT + WORD, 0);
                rule.queue(space, AT + WORD);
                space.adviseDontNeed(AT, PAGE);
                return rule.wake(space, AT + WORD, 1);
            }
            case 19, 20 -> {
                AddressSpace space = queued(sharedFile(Access.WRITE, Protection.READ_WRITE));
                if (row == 19) {
                    file.truncate(0);
                    file.truncate(4 * PAGE);
                } else {
                    file.punchHole(0, PAGE);
                }
                return rule.wake(space, AT + WORD, 1);
            }
            case 21 -> {
                AddressSpace one = queued(anonymous());
                one.map(anonymous().at(ELSEWHERE));
                return rule.wake(one, ELSEWHERE + WORD, 1);
            }
            case 22 -> {
                AddressSpace space = mapping(anonymous());
                rule.store(space, AT + WORD, 5);
                rule.queue(space, AT + WORD);
                if (!(rule instanceof Futex2002)) { // the page-based key pins the page
                    assertEquals(1, space.swapOut(AT, PAGE));
                }
                return rule.wake(space, AT + WORD, 1);
            }
            case 26 -> {
                AddressSpace a = queuedAt(sharedFile(Access.WRITE, Protection.READ_WRITE), AT + PAGE + WORD);
                AddressSpace b = mapping(MapRequest.file(file.open(Access.WRITE), 1, PAGE)
                        .shared()
                        .protection(Protection.READ_WRITE));
                assertTrue(a != b);
                return rule.wake(b, AT + WORD, 1);
            }
            default -> throw new AssertionError("no row " + row);
        }
    }

    private int between(MapRequest waiter, MapRequest waker) {
        queued(waiter);
        return rule.wake(mapping(waker), AT + WORD, 1);
    }

    private AddressSpace queued(MapRequest request) {
        return queuedAt(request, AT + WORD);
    }

    private AddressSpace queuedAt(MapRequest request, long address) {
        AddressSpace space = mapping(request);
        rule.queue(space, address);
        return space;
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void sharedAndPrivateOperationsNeverMatch(boolean privateMapping) {
        var shared = new Rule.ByName(KeyRule.LINUX_2_6_28, Scope.SHARED);
        var alone = new Rule.ByName(KeyRule.LINUX_2_6_28, Scope.PRIVATE, shared.table());
        rule = shared;
        AddressSpace space = mapping(privateMapping ? anonymous() : anonymous().shared());
        shared.queue(space, AT + WORD);
        assertEquals(0, alone.wake(space, AT + WORD, 1));
        alone.queue(space, AT + WORD);
        assertEquals(1, shared.wake(space, AT + WORD, 2));
    }

    // ---- faults of the page-based key

    private Futex2002 pageKey() {
        Futex2002 old = new Futex2002();
        rule = old;
        return old;
    }

    private AddressSpace written(MapRequest request) {
        AddressSpace space = mapping(request);
        space.store(AT + WORD, 0);
        return space;
    }

    @Test
    void f1PageKeyLetsChildWakeParent() {
        for (Rule each : new Rule[] {pageKey(), rule(1), rule(2), rule(3)}) {
            rule = each;
            AddressSpace a = written(anonymous());
            AddressSpace b = a.fork();
            Rule.Waiting wb = rule.queue(b, AT + WORD);
            Rule.Waiting wa = rule.queue(a, AT + WORD);
            boolean old = rule instanceof Futex2002;
            assertEquals(old ? 2 : 1, rule.wake(b, AT + WORD, Integer.MAX_VALUE));
            assertTrue(wb.woken());
            assertEquals(old, wa.woken());
        }
    }

    @Test
    void f1bPageKeyGivesChildsWakeToParent() {
        for (Rule each : new Rule[] {pageKey(), rule(1), rule(2), rule(3)}) {
            rule = each;
            AddressSpace a = written(anonymous());
            AddressSpace b = a.fork();
            rule.queue(a, AT + WORD);
            Rule.Waiting wb = rule.queue(b, AT + WORD);
            assertEquals(1, rule.wake(b, AT + WORD, 1));
            assertEquals(!(rule instanceof Futex2002), wb.woken());
        }
    }

    @Test
    void f1cPageKeyFollowsTheWriter() {
        Futex2002 old = pageKey();
        AddressSpace a = written(anonymous());
        AddressSpace b = a.fork();
        Rule.Waiting wb = old.queue(b, AT + WORD);
        Rule.Waiting wa = old.queue(a, AT + WORD);
        old.store(b, AT + WORD, 0);
        assertEquals(1, old.wake(b, AT + WORD, Integer.MAX_VALUE));
        assertTrue(wb.woken());
        assertFalse(wa.woken());
    }

    @Test
    void f2PageKeyMatchesUntouchedWords() {
        Futex2002 old = pageKey();
        old.queue(mapping(anonymous()), AT + WORD);
        assertEquals(1, old.wake(mapping(anonymous()), AT + PAGE + WORD, 1));
    }

    @Test
    void f3PageKeyLosesMovedPage() {
        Futex2002 old = pageKey();
        AddressSpace a = written(anonymous());
        old.queue(a, AT + WORD);
        a.remapTo(AT, 2 * PAGE, 2 * PAGE, ELSEWHERE);
        a.fork();
        old.store(a, ELSEWHERE + WORD, 1);
        assertEquals(0, old.wake(a, ELSEWHERE + WORD, 1));
    }

    @Test
    void f4OnlyPageKeyPinsPages() {
        Futex2002 old = pageKey();
        AddressSpace pinned = written(MapRequest.anonymous(16 * PAGE).protection(Protection.READ_WRITE));
        rule = rule(2);
        AddressSpace free = written(MapRequest.anonymous(16 * PAGE).protection(Protection.READ_WRITE));
        for (long page = 0; page < 16; page++) {
            pinned.store(AT + page * PAGE, 1);
            old.queue(pinned, AT + page * PAGE);
            free.store(AT + page * PAGE, 1);
            rule.queue(free, AT + page * PAGE);
        }
        assertEquals(16, old.pinned());
        assertEquals(32, old.lookups, "two lookups for each waiter");
        assertEquals(16, free.swapOut(AT, 16 * PAGE));
    }

    @Test
    void f5PageKeyMatchesUnrelatedProcesses() {
        for (Rule each : new Rule[] {pageKey(), rule(1), rule(2)}) {
            rule = each;
            rule.queue(mapping(privateFile(Protection.READ_WRITE)), AT + WORD);
            int woken = rule.wake(mapping(privateFile(Protection.READ_WRITE)), AT + WORD, 1);
            assertEquals(rule instanceof Futex2002 ? 1 : 0, woken);
        }
    }
}
