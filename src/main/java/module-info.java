/** A pure-Java futex: wait and wake by address, exactly as Linux does it. */
module org.jfutex {
    requires static jdk.jfr; // records where it is there
    requires static transitive org.jspecify;

    exports org.jfutex;
    exports org.jfutex.key;
    exports org.jfutex.linux;
    exports org.jfutex.memory;
    exports org.jfutex.sync;
    exports org.jfutex.wasm;
}
