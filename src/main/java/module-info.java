/** A pure-Java futex: wait and wake by address, exactly as Linux does it. */
module org.jfutex {
    requires static com.google.errorprone.annotations;
    requires static transitive org.jspecify;

    exports org.jfutex;
    exports org.jfutex.key;
    exports org.jfutex.memory;
    exports org.jfutex.wasm;
}
