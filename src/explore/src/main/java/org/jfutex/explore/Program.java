package org.jfutex.explore;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jfutex.Scope;
import org.jspecify.annotations.Nullable;

/** What is explored: guests, words, properties and limits. Never changed after it was built. */
final class Program implements Cloneable {

    /** A guest: one of the two forms is null. */
    record Spec(
            String name,
            @Nullable GuestProgram program,
            @Nullable Supplier<? extends StepMachine> machine) {}

    /** A property with its name. */
    record Property(String name, Predicate<? super GuestState> holds) {}

    List<Spec> guests = new ArrayList<>();
    Map<Long, String> names = new TreeMap<>();
    Map<Long, Integer> values = new TreeMap<>();
    List<Property> invariants = new ArrayList<>();
    List<Property> expectations = new ArrayList<>();
    Set<Fault> faults = EnumSet.noneOf(Fault.class);
    int maxFaults = 1;
    int memoryBytes = 1024;
    int maxSteps = 2_000;
    Scope scope = Scope.PRIVATE;

    /** Returns a copy that may be changed. */
    Program copy() {
        try {
            Program p = (Program) clone();
            p.guests = new ArrayList<>(guests);
            p.names = new TreeMap<>(names);
            p.values = new TreeMap<>(values);
            p.invariants = new ArrayList<>(invariants);
            p.expectations = new ArrayList<>(expectations);
            p.faults = EnumSet.noneOf(Fault.class);
            p.faults.addAll(faults);
            return p;
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    boolean hasThreads() {
        return guests.stream().anyMatch(g -> g.program() != null);
    }
}
