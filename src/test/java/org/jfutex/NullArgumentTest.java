package org.jfutex;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.RecordComponent;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.LongUnaryOperator;
import java.util.function.ObjIntConsumer;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jfutex.key.Access;
import org.jfutex.key.FirstFailure;
import org.jfutex.key.ForwardingMemory;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappedObject;
import org.jfutex.key.MappingListener;
import org.jfutex.key.SharedKey;
import org.jfutex.linux.Abi;
import org.jfutex.linux.FutexCall;
import org.jfutex.linux.FutexCalls;
import org.jfutex.linux.KernelVersion;
import org.jfutex.linux.SignalDisposition;
import org.jfutex.linux.SignalPolicy;
import org.jfutex.linux.Strace;
import org.jfutex.linux.Task;
import org.jfutex.linux.TaskTable;
import org.jfutex.memory.AddressSpace;
import org.jfutex.memory.ArrayMemory;
import org.jfutex.memory.ByteArrayMemory;
import org.jfutex.memory.FlatMemory;
import org.jfutex.memory.HostFile;
import org.jfutex.memory.MapRequest;
import org.jfutex.memory.MappableFile;
import org.jfutex.memory.MemoryFile;
import org.jfutex.memory.OpenFile;
import org.jfutex.memory.SpaceSettings;
import org.jfutex.memory.Tmpfs;
import org.jfutex.sync.FutexBarrier;
import org.jfutex.sync.FutexCondition;
import org.jfutex.sync.FutexLatch;
import org.jfutex.sync.FutexMutex;
import org.jfutex.sync.FutexOnce;
import org.jfutex.sync.FutexReadWriteLock;
import org.jfutex.sync.FutexSemaphore;
import org.jfutex.sync.PiCondition;
import org.jfutex.sync.PiMutex;
import org.jfutex.time.Deadline;
import org.jfutex.time.FutexClock;
import org.jfutex.time.VirtualClock;
import org.jfutex.wasm.WasmAtomics;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every public constructor and method rejects an undeclared null before it changes anything. The message names the
 * parameter.
 */
@Timeout(60)
class NullArgumentTest {

    /**
     * The methods that rely on the JVM's own null check, whose message names the parameter too, because they must be
     * fast.
     */
    private static final Set<String> FAST = Set.of(
            "await",
            "prepare",
            "wake",
            "wakePublished",
            "load",
            "store",
            "compareAndExchange",
            "getAndSet",
            "getAndAdd",
            "getAndAnd",
            "getAndOr",
            "getAndXor",
            "getAndUpdate",
            "loadAcquire",
            "loadVolatile",
            "storeRelease",
            "storeVolatile",
            "hash",
            "applyTo",
            "compareTo");

    @TempDir
    Path folder;

    private final Map<Class<?>, Object> samples = new HashMap<>();
    private final FutexTable table = new FutexTable();
    private final FlatMemory memory = FlatMemory.shared(ByteBuffer.allocateDirect(4096));
    private final Map<String, List<String>> names = new HashMap<>();

    @Test
    void undeclaredNull_isRejectedWithParameterName() throws Exception {
        readNames();
        fillSamples();
        Set<String> wrong = new TreeSet<>();
        int tried = 0;
        for (Class<?> c : publicClasses()) {
            for (Executable e : entries(c)) {
                Parameter[] parameters = e.getParameters();
                for (int i = 0; i < parameters.length; i++) {
                    if (!parameters[i].getType().isPrimitive()
                            && !e.getAnnotatedParameterTypes()[i].isAnnotationPresent(Nullable.class)) {
                        tried++;
                        String problem = problem(c, e, i);
                        if (problem != null) {
                            wrong.add(c.getSimpleName() + "." + e.getName() + " " + i + " of "
                                    + Arrays.toString(e.getParameterTypes()) + ": " + problem);
                        }
                    }
                }
            }
        }
        assertTrue(tried > 200, "tried only " + tried);
        assertEquals(List.of(), table.waiters());
        assertEquals(Set.of(), wrong);
    }

    private @Nullable String problem(Class<?> c, Executable e, int index) throws Exception {
        Class<?>[] types = e.getParameterTypes();
        Object[] arguments = new Object[types.length];
        for (int i = 0; i < types.length; i++) {
            arguments[i] = i == index ? null : argument(types[i], name(e, i), i);
        }
        e.setAccessible(true); // public methods of a class that is not public
        Thread.currentThread().interrupt(); // so that a method that does not reject null does not sleep
        try {
            if (e instanceof Constructor<?> k) {
                k.newInstance(arguments);
            } else {
                ((Method) e).invoke(Modifier.isStatic(e.getModifiers()) ? null : sample(c), arguments);
            }
        } catch (InvocationTargetException thrown) {
            Throwable t = thrown.getCause();
            String name = name(e, index);
            String message =
                    t instanceof NullPointerException ? String.valueOf(t.getMessage()) : "no NullPointerException";
            boolean named = message.equals(name)
                    || e.getName().matches("(?i)(with)?" + message) // the property that the method sets
                    || (FAST.contains(e.getName()) && message.endsWith("because \"" + name + "\" is null"));
            return named ? null : name + ": " + t;
        } finally {
            Thread.interrupted();
        }
        return "not refused";
    }

    private Object argument(Class<?> type, String name, int index) {
        if (type == int.class) {
            return name.equals("tid") || name.equals("pid") ? 99 : 0;
        } else if (type == long.class) {
            return name.equals("expected") ? 0L : 64L * (index + 1);
        } else if (type == boolean.class) {
            return false;
        } else if (type.isEnum()) {
            return type.getEnumConstants()[0];
        }
        return sample(type);
    }

    private String name(Executable e, int index) {
        Class<?> c = e.getDeclaringClass();
        if (c.isRecord() && e instanceof Constructor<?>) {
            RecordComponent[] all = c.getRecordComponents();
            if (all.length == e.getParameterCount()) {
                return all[index].getName();
            }
        }
        String key = c.getSimpleName() + "." + (e instanceof Method ? e.getName() : "<init>")
                + Stream.of(e.getParameterTypes()).map(Class::getSimpleName).toList();
        List<String> found = names.get(key);
        return found == null ? "UNKNOWN " + key : found.get(index);
    }

    private Object sample(Class<?> type) {
        return requireNonNull(samples.get(type), () -> "no sample of " + type);
    }

    private static List<Class<?>> publicClasses() throws Exception {
        List<Class<?>> all = new ArrayList<>();
        Path classes = Path.of(FutexTable.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        try (Stream<Path> files = Files.walk(classes)) {
            for (Path p : files.sorted().toList()) {
                String name = classes.relativize(p).toString().replace('/', '.');
                if (name.endsWith(".class") && !name.endsWith("-info.class")) {
                    Class<?> c = Class.forName(name.substring(0, name.length() - 6));
                    if (Modifier.isPublic(c.getModifiers())
                            && (!c.isInterface() || c == FutexKey.class || c == PriorityListener.class)) {
                        all.add(c);
                    }
                }
            }
        }
        return all;
    }

    private static List<Executable> entries(Class<?> c) {
        Stream<Executable> methods = Stream.of(c.getMethods())
                .filter(m -> !m.isBridge()
                        && m.getDeclaringClass().getName().startsWith("org.jfutex")
                        && !m.getName().equals("equals")
                        && !m.getName().equals("sharedHash") // computes the key if it does not override this
                        && !(c.isInterface() && !Modifier.isStatic(m.getModifiers()))
                        && !(c.isEnum() && m.getName().equals("valueOf")))
                .map(m -> m);
        return Stream.concat(c.isEnum() ? Stream.of() : Stream.of(c.getConstructors()), methods)
                .toList();
    }

    /** The parameters' names are in the sources only. */
    private void readNames() throws IOException {
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
                Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
            var units = files.getJavaFileObjectsFromPaths(
                    sources.filter(p -> p.toString().endsWith(".java")).toList());
            for (CompilationUnitTree unit :
                    ((JavacTask) compiler.getTask(null, files, null, null, null, units)).parse()) {
                new TreePathScanner<@Nullable Void, @Nullable Void>() {
                    @Override
                    public @Nullable Void visitMethod(MethodTree m, @Nullable Void nothing) {
                        String type = ((ClassTree)
                                        getCurrentPath().getParentPath().getLeaf())
                                .getSimpleName()
                                .toString();
                        String types = m.getParameters().stream()
                                .map(v -> v.getType().toString().replaceAll("<.*>|@\\w+(\\(\\))? |\\w+\\.", ""))
                                .collect(Collectors.toList())
                                .toString();
                        names.put(
                                type + "." + m.getName() + types,
                                m.getParameters().stream()
                                        .map(VariableTree::getName)
                                        .map(Object::toString)
                                        .toList());
                        return super.visitMethod(m, null);
                    }
                }.scan(unit, null);
            }
        }
    }

    private void put(Object... all) {
        for (Object o : all) {
            samples.put(o.getClass(), o);
        }
    }

    @SuppressWarnings("JavaUtilDate") // a parameter of java.util.concurrent.locks.Condition
    private void fillSamples() throws IOException {
        Path host = Files.createFile(folder.resolve("host"));
        Files.write(host, new byte[4096]);
        OpenFile open = HostFile.open(host, Access.READ);
        Tmpfs tmpfs = new Tmpfs();
        MemoryFile file = new MemoryFile("file", 4096);
        AddressSpace space = new AddressSpace();
        space.map(MapRequest.anonymous(4096).at(0x10000));
        TaskTable tasks = new TaskTable();
        FutexCalls calls = new FutexCalls(tasks);
        Task task = tasks.spawn(space);
        PiTask pi = new PiTask(table, 7, memory);
        FutexMutex mutex = new FutexMutex(table, memory, 0, Scope.PRIVATE);
        PiMutex piMutex = new PiMutex(table, memory, 4, Scope.PRIVATE);
        PreparedWait wait = new FutexTable().prepare(memory, 0, Scope.PRIVATE, 0);
        put(table, memory, open, tmpfs, file, space, tasks, calls, task, pi, mutex, piMutex, open.file());
        put(
                MapRequest.anonymous(4096),
                SpaceSettings.DEFAULT,
                FutexTable.builder(),
                WaitOptions.DEFAULT,
                Deadline.NEVER,
                new VirtualClock(),
                new FirstFailure(),
                new WaitWord(0, Scope.PRIVATE, 0),
                WakeOp.decode(0),
                new WasmAtomics(table, memory, true),
                FutexCalls.builder(tasks),
                Abi.LP64,
                new Strace(Abi.LP64),
                new FutexBarrier(table, memory, 8, Scope.PRIVATE, 2),
                new FutexCondition(mutex, 24),
                new PiCondition(piMutex, 28),
                new FutexOnce(table, memory, 32, Scope.PRIVATE),
                new FutexLatch(table, memory, 40, Scope.PRIVATE),
                new FutexSemaphore(table, memory, 48, Scope.PRIVATE),
                new FutexReadWriteLock(table, memory, 56, Scope.PRIVATE),
                ArrayMemory.of(new long[64]),
                ByteArrayMemory.of(new byte[512]),
                space.cursor(),
                new long[64],
                new int[128],
                new byte[512],
                new FutexFd.Options(0, (fd, n) -> {}, false),
                "name",
                Duration.ZERO,
                Instant.EPOCH,
                new Date(0),
                Thread.currentThread(),
                OptionalLong.empty());
        samples.put(FutexMemory.class, memory);
        samples.put(ForwardingMemory.class, new ForwardingMemory(memory) {});
        samples.put(MappedObject.class, file);
        samples.put(FutexKey.class, new SharedKey(file, 0, 0));
        samples.put(Object.class, this);
        samples.put(LongUnaryOperator.class, LongUnaryOperator.identity());
        samples.put(Runnable.class, (Runnable) () -> {});
        samples.put(Executor.class, (Executor) runnable -> {});
        samples.put(Throwable.class, new Throwable());
        samples.put(ByteBuffer.class, ByteBuffer.allocateDirect(64));
        samples.put(ByteOrder.class, ByteOrder.LITTLE_ENDIAN);
        samples.put(Path.class, host);
        samples.put(Collection.class, List.of());
        samples.put(List.class, List.of());
        samples.put(BiPredicate.class, (BiPredicate<Object, Object>) (a, b) -> true);
        samples.put(Consumer.class, (Consumer<Object>) o -> {});
        samples.put(ObjIntConsumer.class, (ObjIntConsumer<Object>) (o, i) -> {});
        samples.put(Predicate.class, (Predicate<Object>) o -> false);
        samples.put(ToIntFunction.class, (ToIntFunction<Object>) o -> 0);
        samples.put(FutexClock.class, new VirtualClock());
        samples.put(PiTasks.class, table.tasks());
        samples.put(PriorityListener.class, (PriorityListener) (t, p) -> {});
        samples.put(MappableFile.class, file);
        samples.put(PendingWait.class, wait);
        samples.put(PreparedWait.class, wait);
        samples.put(PiWait.class, new PiTask(new FutexTable(), 8, memory).prepareLock(60, Scope.PRIVATE));
        samples.put(KernelVersion.class, KernelVersion.LINUX_6_18);
        samples.put(MappingListener.class, table.mappingListener());
        samples.put(SignalPolicy.class, (SignalPolicy) t -> SignalDisposition.HANDLER);
        samples.put(FutexFd.SignalHandler.class, (FutexFd.SignalHandler) (fd, n) -> {});
        samples.put(FutexCall.class, calls.prepareFutex(task, 0x10000, 128, 0, 0, 0, 0));
    }

    @SuppressWarnings("NullAway") // null must be rejected
    @Test
    void nullDeadlineOfAwait_isRefusedIfWordDiffers() {
        FutexTable table = new FutexTable();
        FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(64));
        assertThrows(NullPointerException.class, () -> table.await(memory, 0, Scope.PRIVATE, 1, null));
        assertThrows(
                NullPointerException.class, () -> table.await(memory, 0, Scope.PRIVATE, 1L, WaitOptions.DEFAULT, null));
    }
}
