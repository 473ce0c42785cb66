/** Explores the schedules of programs that use futexes. */
module org.jfutex.explore {
    requires transitive org.jfutex;
    requires static org.jspecify;

    exports org.jfutex.explore;
}
