package org.jfutex.explore;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jfutex.WaitResult;
import org.junit.jupiter.api.Test;

/**
 * Tests with random programs that the reduction loses nothing: the plain enumeration and the reduced one reach the same
 * states, the same ends, and find a failure in the same programs.
 */
class ReductionTest {

    private static final int PROGRAMS = Integer.getInteger("jfutex.explore.programs", 400);

    /** One instruction of a guest with one register. */
    private record Instruction(int code, int word, int value) {

        private static final int CODES = 9;

        static Instruction random(SplittableRandom random) {
            return new Instruction(random.nextInt(CODES), random.nextInt(2) * 4, random.nextInt(3));
        }

        /** Performs the operation; returns the new register. */
        int perform(Guest g, int register) {
            return switch (code) {
                case 0, 1 -> g.load(word);
                case 2 -> {
                    g.store(word, value);
                    yield register;
                }
                case 3 -> {
                    g.store(word, register + value);
                    yield register;
                }
                case 4 -> g.compareAndExchange(word, register, value);
                case 5 -> g.add(word, value) + value;
                case 6 -> g.exchange(word, value);
                case 7 -> g.wake(word, 1 + value);
                default -> throw new AssertionError();
            };
        }
    }

    private record Code(List<Instruction> instructions, boolean timed) {

        static Code random(SplittableRandom random, int length) {
            return new Code(
                    IntStream.range(0, length)
                            .mapToObj(i -> Instruction.random(random))
                            .toList(),
                    random.nextBoolean());
        }

        long nanos() {
            return timed ? 10 : Long.MAX_VALUE;
        }

        /** Runs on a thread. An instruction of value 2 is left out if the register is 0. */
        void run(Guest g) {
            int register = 0;
            for (Instruction i : instructions) {
                if (i.value == 2 && register == 0) {
                    continue;
                }
                if (i.code == 8) {
                    register = g.await(i.word, i.value, -1, nanos()).ordinal();
                } else {
                    register = i.perform(g, register);
                }
            }
        }
    }

    /** Runs the same code without a thread. */
    private static final class Interpreter implements StepMachine {
        private final Code code;
        private int next;
        private int register;
        private boolean slept;

        Interpreter(Code code) {
            this.code = code;
            skip();
        }

        @Override
        public boolean step(Guest g) {
            if (slept) {
                register = g.awaited().ordinal();
                slept = false;
                skip();
            }
            if (next < code.instructions.size()) {
                Instruction i = code.instructions.get(next++);
                if (i.code == 8) {
                    g.beginAwait(i.word, i.value, -1, code.nanos());
                    slept = true;
                    return true;
                }
                register = i.perform(g, register);
                skip();
            }
            return next < code.instructions.size();
        }

        private void skip() {
            while (next < code.instructions.size() && code.instructions.get(next).value == 2 && register == 0) {
                next++;
            }
        }
    }

    /** What an exploration has reached. */
    private record Reached(TreeSet<String> states, TreeSet<String> ends, boolean failed) {}

    private static Reached explore(Explorer explorer, List<Code> guests, boolean threads, boolean reduced) {
        TreeSet<String> states = new TreeSet<>();
        TreeSet<String> ends = new TreeSet<>();
        Explorer e = reduced ? explorer : explorer.withoutReduction();
        for (int i = 0; i < guests.size(); i++) {
            Code code = guests.get(i);
            e = threads ? e.thread("T" + i, code::run) : e.machine("M" + i, () -> new Interpreter(code));
        }
        Exploration result = e.word("x", 0, 0)
                .word("y", 4, 0)
                .invariant("recorded", s -> states.add(state(s)) || true)
                .finallyExpect("recorded", s -> ends.add(state(s)) || true)
                .run();
        return new Reached(states, ends, result.found() != null);
    }

    private static String state(GuestState s) {
        return s.load(0) + " " + s.load(4) + " " + s.waiters(0) + " " + s.waiters(4);
    }

    @Test
    void reduction_losesNoStateAndNoFailure() {
        SplittableRandom random = new SplittableRandom(1);
        int failures = 0;
        int passes = 0;
        for (int p = 0; p < PROGRAMS; p++) {
            int n = 2 + random.nextInt(2);
            List<Code> guests = IntStream.range(0, n)
                    .mapToObj(i -> Code.random(random, n == 2 ? 2 + random.nextInt(4) : 2 + random.nextInt(2)))
                    .toList();
            boolean threads = p % 10 == 0;
            boolean unbounded = random.nextBoolean();
            Explorer explorer = unbounded
                    ? Explorer.allSchedules()
                    : Explorer.allSchedules().preemptions(random.nextInt(4));
            explorer = random.nextInt(3) == 0
                    ? explorer.faults(Fault.TIMEOUT, Fault.SPURIOUS_WAKE, Fault.SIGNAL)
                    : explorer;
            String config = p + " threads " + threads + " unbounded " + unbounded;
            Reached plain = explore(explorer, guests, threads, false);
            Reached reduced = explore(explorer, guests, threads, true);
            assertEquals(plain.failed, reduced.failed, () -> config + guests);
            if (plain.failed) {
                failures++;
            } else {
                passes++;
                assertEquals(plain.states, reduced.states, () -> config + guests);
                assertEquals(plain.ends, reduced.ends, () -> config + guests);
            }
        }
        assertTrue(failures > PROGRAMS / 20 && passes > PROGRAMS / 20, failures + " failures, " + passes + " passes");
    }

    @Test
    void threadsAndMachines_reachTheSame() {
        SplittableRandom random = new SplittableRandom(2);
        for (int p = 0; p < PROGRAMS / 10; p++) {
            List<Code> guests = List.of(Code.random(random, 4), Code.random(random, 4));
            assertEquals(
                    explore(Explorer.allSchedules(), guests, true, true),
                    explore(Explorer.allSchedules(), guests, false, true),
                    () -> guests.toString());
        }
    }

    @Test
    void waitResults_areThoseOfTheTable() {
        TreeSet<String> results = new TreeSet<>();
        Exploration all = Explorer.allSchedules()
                .faults(Fault.TIMEOUT, Fault.SIGNAL)
                .thread("A", g -> {
                    WaitResult r = g.await(0, 0, -1, 1);
                    results.add(r.name());
                })
                .thread("B", g -> {
                    g.store(0, 1);
                    g.wake(0, 1);
                })
                .check();
        assertTrue(all.complete());
        assertEquals("[CANCELLED, TIMED_OUT, VALUE_DIFFERS, WOKEN]", results.toString());
    }
}
