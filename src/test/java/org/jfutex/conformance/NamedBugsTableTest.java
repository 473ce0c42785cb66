package org.jfutex.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** Checks that the table of reports in the package description lists exactly the existing tests of reports. */
class NamedBugsTableTest {

    private static final Pattern TEST =
            Pattern.compile("\\b((?:Named|Leak|Stage|Lock)Bugs|(?:Wait|Key)Rules)\\.(\\w+)");

    @Test
    void tableListsExactlyTheTestsOfReports() throws IOException {
        String table = Files.readString(Path.of("src/test/java/org/jfutex/conformance/package-info.java"));
        Set<String> named =
                TEST.matcher(table).results().map(r -> r.group()).collect(Collectors.toCollection(TreeSet::new));
        Set<String> existing = tests(WaitRules.class, KeyRules.class);
        existing.retainAll(named);
        existing.addAll(tests(NamedBugs.class, LeakBugs.class, StageBugs.class, LockBugs.class));
        assertEquals(existing, named);
    }

    private static Set<String> tests(Class<?>... classes) {
        return Stream.of(classes)
                .flatMap(type -> Arrays.stream(type.getDeclaredMethods())
                        .filter(NamedBugsTableTest::isTest)
                        .map(m -> type.getSimpleName() + "." + m.getName()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static boolean isTest(Method m) {
        return m.isAnnotationPresent(Test.class) || m.isAnnotationPresent(ParameterizedTest.class);
    }
}
