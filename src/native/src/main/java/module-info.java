/** Memories of futexes over memory segments of any length. */
module org.jfutex.ffm {
    requires transitive org.jfutex;
    requires static org.jspecify;

    exports org.jfutex.ffm;
}
