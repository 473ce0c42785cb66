package org.jfutex.time;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.MethodHandles;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.ThreadFactory;

/**
 * Creates the daemon threads of this library. They inherit nothing from the thread that needs them first: neither its
 * group, nor its priority, nor on JDK 17 the class loaders of all its callers.
 *
 * <p>It is public so that the packages of this library can use it.
 */
public final class DaemonThreads {

    /** The two uses of the threads. */
    enum Factory implements ThreadFactory {
        /** Creates the thread that runs tasks at their deadlines. */
        TIMERS,
        /** Creates threads that call callbacks. */
        CALLBACKS;

        @SuppressWarnings("removal") // there is no substitute; a later JDK only runs the action
        @Override
        public Thread newThread(Runnable task) {
            return AccessController.doPrivileged(new NewThread(task, this));
        }

        /** Loads what {@link #newThread} needs; takes any task, and does not run it. */
        void prepare(Runnable task) {
            new NewThread(task, this);
            try {
                MethodHandles.lookup().ensureInitialized(TimerThread.class);
            } catch (IllegalAccessException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** A thread that runs tasks at their deadlines. It must not block, so it calls no code of users. */
    private static final class TimerThread extends Thread {

        TimerThread(ThreadGroup group, Runnable task) {
            super(group, task, "futex deadlines", 0, false);
        }
    }

    private DaemonThreads() {}

    /**
     * Returns a factory for threads that call callbacks.
     *
     * @return the factory
     */
    public static ThreadFactory forCallbacks() {
        return Factory.CALLBACKS;
    }

    /**
     * Returns the class of the thread that runs the tasks of {@link FutexClock#schedule}. The caller can load it before
     * it needs to test a thread.
     *
     * @return the class
     */
    public static Class<? extends Thread> timerThread() {
        return TimerThread.class;
    }

    /**
     * Passes a failure to the uncaught exception handler of the current thread and, as the JVM does, ignores what the
     * handler throws.
     *
     * @param failure what a task or a callback has thrown
     */
    public static void reportUncaught(Throwable failure) {
        requireNonNull(failure, "failure");
        try {
            Thread me = Thread.currentThread();
            me.getUncaughtExceptionHandler().uncaughtException(me, failure);
        } catch (Throwable ignored) {
            return;
        }
    }

    private record NewThread(Runnable task, Factory use) implements PrivilegedAction<Thread> {

        @SuppressWarnings("ThreadPriorityCheck") // so that it is not the first caller's
        @Override
        public Thread run() {
            ThreadGroup group = topGroup();
            Thread t = use == Factory.TIMERS
                    ? new TimerThread(group, task)
                    : new Thread(group, task, "futex callbacks", 0, false);
            t.setContextClassLoader(ClassLoader.getSystemClassLoader());
            t.setPriority(Thread.NORM_PRIORITY);
            t.setDaemon(true);
            return t;
        }
    }

    private static ThreadGroup topGroup() {
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        for (ThreadGroup parent = group.getParent(); parent != null; parent = group.getParent()) {
            group = parent;
        }
        return group;
    }
}
