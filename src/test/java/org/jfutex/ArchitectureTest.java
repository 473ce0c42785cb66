package org.jfutex;

import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Exports;
import java.lang.module.ModuleDescriptor.Requires;
import java.lang.module.ModuleFinder;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import org.jfutex.key.FutexKey;
import org.junit.jupiter.api.Test;

/** The dependencies between the packages, as {@code jdeps} reports them, are exactly the declared ones. */
class ArchitectureTest {
    private static final String KEY = "org.jfutex.key";
    private static final String MEMORY = "org.jfutex.memory";
    private static final String TIME = "org.jfutex.time";
    private static final String TABLE = "org.jfutex";
    private static final String SYNC = "org.jfutex.sync";
    private static final String LINUX = "org.jfutex.linux";
    private static final String WASM = "org.jfutex.wasm";

    /** All packages of the library, each with the packages that it imports. */
    private static final Map<String, Set<String>> ARROWS = Map.of(
            KEY, Set.of(),
            MEMORY, Set.of(KEY),
            TIME, Set.of(KEY),
            TABLE, Set.of(KEY, TIME),
            SYNC, Set.of(KEY, TIME, TABLE),
            LINUX, Set.of(KEY, TIME, TABLE),
            WASM, Set.of(KEY, TIME, TABLE));

    /**
     * The maximum number of source files in a cycle of each package. A reader has to understand the files of a cycle
     * together. If a change makes the largest cycle smaller, lower the number here.
     */
    private static final Map<String, Integer> LARGEST_CYCLES =
            Map.of(KEY, 5, MEMORY, 17, TIME, 4, TABLE, 10, SYNC, 4, LINUX, 10, WASM, 1);

    /** The modules that {@code requires static} may name; they are absent when the library runs. */
    private static final Set<String> STATIC_MODULES = Set.of("jdk.jfr", "org.jspecify");

    /** The foreign packages that the library's class files may name. */
    private static final List<String> KNOWN = List.of("java.", "jdk.jfr.", "org.jfutex.", "org.jspecify.");

    /** A line of {@code jdeps -verbose:class}: {@code   a.b.Class  -> c.d.Class  module}. */
    private static final Pattern CLASS_ARROW = Pattern.compile("\\s+(\\S+)\\s+->\\s+(\\S+)\\s+\\S.*");

    @Test
    void packagesImportEachOtherAsDeclared() throws URISyntaxException {
        assertEquals(
                List.of(),
                violations(jdeps("-verbose:class", "-filter:none", classes().toString())));
    }

    /** Removes each declared dependency in turn: the check must report it, so {@code jdeps} sees every dependency. */
    @Test
    void undeclaredDependencyOfRealClasses_isDetected() throws URISyntaxException {
        List<String> seen = jdeps("-verbose:class", "-filter:none", classes().toString());
        ARROWS.forEach((from, targets) -> targets.forEach(to -> {
            Map<String, Set<String>> drawing = new HashMap<>(ARROWS);
            drawing.put(from, targets.stream().filter(t -> !t.equals(to)).collect(toSet()));
            List<String> wrong = violations(seen, drawing);
            String expected = from + " -> " + to + " is not declared, but ";
            assertFalse(wrong.isEmpty(), expected);
            wrong.forEach(w -> assertTrue(w.startsWith(expected), w));
        }));
    }

    /** Files that refer to each other, directly or through others, form a cycle. */
    @Test
    void largestCycleOfFilesInEachPackage_isNotExceeded() throws URISyntaxException {
        Map<String, Set<String>> files =
                files(jdeps("-verbose:class", "-filter:none", classes().toString()));
        assertEquals(ARROWS.keySet(), LARGEST_CYCLES.keySet());
        LARGEST_CYCLES.forEach((name, bound) -> {
            Set<String> cycle = largestCycle(files, name);
            assertTrue(cycle.size() <= bound, () -> name + ": " + cycle.size() + " files in a cycle: " + cycle);
        });
    }

    @Test
    void filesThatReferToEachOther_areCountedAsOneCycle() {
        Map<String, Set<String>> files = files(List.of(
                "   org.jfutex.A        -> org.jfutex.B$1       classes",
                "   org.jfutex.B$2      -> org.jfutex.C         classes",
                "   org.jfutex.C        -> org.jfutex.A         classes",
                "   org.jfutex.C        -> org.jfutex.D         classes",
                "   org.jfutex.D        -> org.jfutex.D$1       classes",
                "   org.jfutex.D        -> org.jfutex.sync.E    classes",
                "   org.jfutex.sync.E   -> org.jfutex.D         classes",
                "   org.jfutex.sync.E   -> java.lang.Object     java.base"));
        assertEquals(Set.of("org.jfutex.A", "org.jfutex.B", "org.jfutex.C"), largestCycle(files, TABLE));
        assertEquals(Set.of("org.jfutex.sync.E"), largestCycle(files, SYNC));
    }

    @Test
    void moduleNeedsOnlyJavaBaseToRun() throws URISyntaxException {
        for (Requires r : module().requires()) {
            boolean absentAtRunTime = r.modifiers().contains(Requires.Modifier.STATIC);
            assertTrue(
                    absentAtRunTime
                            ? STATIC_MODULES.contains(r.name())
                            : r.name().equals("java.base"),
                    r::toString);
        }
    }

    /** An annotation of an absent library causes warnings when a user compiles against the jar. */
    @Test
    void classFilesNameNoOtherLibrary() throws URISyntaxException {
        assertEquals(
                List.of(),
                jdeps("-verbose:class", "-filter:none", classes().toString()).stream()
                        .map(CLASS_ARROW::matcher)
                        .filter(Matcher::matches)
                        .map(m -> m.group(2))
                        .filter(name -> KNOWN.stream().noneMatch(name::startsWith))
                        .toList());
    }

    @Test
    void moduleExportsEveryPackage() throws URISyntaxException {
        assertEquals(
                module().packages(),
                module().exports().stream().map(Exports::source).collect(toSet()));
    }

    @Test
    void undeclaredDependency_isReportedWithItsClass() {
        assertEquals(
                List.of("org.jfutex.memory -> org.jfutex is not declared,"
                        + " but org.jfutex.memory.Vma$1 uses org.jfutex.FutexTable"),
                violations(List.of(
                        "   org.jfutex.memory.Vma    -> org.jfutex.key.FutexKey  org.jfutex",
                        "   org.jfutex.FutexTable    -> org.jfutex.key.FutexKey  org.jfutex",
                        "   org.jfutex.memory.Vma$1  -> org.jfutex.FutexTable    classes")));
    }

    @Test
    void unusedDeclaredDependency_isReported() {
        assertEquals(
                List.of("org.jfutex.memory -> org.jfutex.key is declared, but no class draws it"),
                violations(List.of(
                        "   org.jfutex.memory.Vma    -> java.lang.Record         java.base",
                        "   org.jfutex.key.FutexKey  -> java.lang.Object         java.base")));
    }

    @Test
    void undeclaredPackage_isReported() {
        assertEquals(
                List.of("org.jfutex.util is not declared"),
                violations(List.of("   org.jfutex.util.Bits  -> java.lang.Object  java.base")));
    }

    @Test
    void packageInfoClasses_areNoViolation() {
        assertEquals(
                List.of(),
                violations(List.of(
                        "org.jfutex",
                        "   requires static org.jspecify (@1.0.1)",
                        "org.jfutex -> java.base",
                        "   org.jfutex.sync.package-info  -> org.jspecify.annotations.NullMarked  not found",
                        "   org.jfutex.key.FutexKey       -> java.lang.Object                     java.base")));
    }

    /** Returns the violations in the output of {@code jdeps -verbose:class}, sorted. */
    private static List<String> violations(List<String> jdepsLines) {
        return violations(jdepsLines, ARROWS);
    }

    private static List<String> violations(List<String> jdepsLines, Map<String, Set<String>> declared) {
        Set<String> packages = new TreeSet<>();
        Set<String> drawn = new TreeSet<>();
        Set<String> wrong = new TreeSet<>();
        for (String line : jdepsLines) {
            Matcher arrow = CLASS_ARROW.matcher(line);
            if (!arrow.matches() || arrow.group(1).endsWith(".package-info")) {
                continue;
            }
            String from = packageOf(arrow.group(1));
            String to = packageOf(arrow.group(2));
            packages.add(from);
            drawn.add(from + " -> " + to);
            boolean ours = to.equals(TABLE) || to.startsWith(TABLE + ".");
            Set<String> targets = declared.get(from);
            if (targets == null) {
                wrong.add(from + " is not declared");
            } else if (ours && !to.equals(from) && !targets.contains(to)) {
                wrong.add(from + " -> " + to + " is not declared, but " + arrow.group(1) + " uses " + arrow.group(2));
            }
        }
        declared.forEach((from, targets) -> targets.stream()
                .filter(to -> packages.contains(from) && packages.contains(to))
                .map(to -> from + " -> " + to)
                .filter(a -> !drawn.contains(a))
                .forEach(a -> wrong.add(a + " is declared, but no class draws it")));
        return List.copyOf(wrong);
    }

    /** Returns for each source file the files of its package to which it refers. */
    private static Map<String, Set<String>> files(List<String> jdepsLines) {
        Map<String, Set<String>> files = new TreeMap<>();
        for (String line : jdepsLines) {
            Matcher arrow = CLASS_ARROW.matcher(line);
            if (arrow.matches()) {
                String from = fileOf(arrow.group(1));
                String to = fileOf(arrow.group(2));
                Set<String> targets = files.computeIfAbsent(from, f -> new TreeSet<>());
                if (packageOf(from).equals(packageOf(to))) {
                    targets.add(to);
                }
            }
        }
        return files;
    }

    private static String fileOf(String className) {
        return className.replaceFirst("\\$.*", "");
    }

    /** Returns the largest set of files of a package each of which refers, through others, to all of them. */
    private static Set<String> largestCycle(Map<String, Set<String>> files, String name) {
        Map<String, Set<String>> reachable = new TreeMap<>();
        files.keySet().stream()
                .filter(f -> packageOf(f).equals(name))
                .forEach(f -> reachable.put(f, reachable(files, f)));
        Set<String> largest = Set.of();
        for (String f : reachable.keySet()) {
            Set<String> cycle = reachable.get(f).stream()
                    .filter(other -> reachable.getOrDefault(other, Set.of()).contains(f))
                    .collect(toCollection(TreeSet::new));
            largest = cycle.size() > largest.size() ? cycle : largest;
        }
        return largest;
    }

    private static Set<String> reachable(Map<String, Set<String>> files, String from) {
        Set<String> reached = new TreeSet<>(Set.of(from));
        Deque<String> open = new ArrayDeque<>(reached);
        while (!open.isEmpty()) {
            for (String to : files.getOrDefault(open.remove(), Set.of())) {
                if (reached.add(to)) {
                    open.add(to);
                }
            }
        }
        return reached;
    }

    private static String packageOf(String className) {
        return className.substring(0, Math.max(0, className.lastIndexOf('.')));
    }

    private static List<String> jdeps(String... args) {
        StringWriter out = new StringWriter();
        PrintWriter writer = new PrintWriter(out);
        int status = ToolProvider.findFirst("jdeps").orElseThrow().run(writer, writer, args);
        assertEquals(0, status, out::toString);
        List<String> lines = out.toString().lines().toList();
        assertTrue(
                lines.stream().anyMatch(line -> CLASS_ARROW.matcher(line).matches()), "jdeps saw no class: " + lines);
        return lines;
    }

    private static ModuleDescriptor module() throws URISyntaxException {
        return ModuleFinder.of(classes()).find("org.jfutex").orElseThrow().descriptor();
    }

    /** Returns the folder of the library's classes, without the tests. */
    private static Path classes() throws URISyntaxException {
        return Path.of(FutexKey.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
    }
}
