/** A linear memory for the WebAssembly runtime Endive whose threads wait in a futex table. */
module org.jfutex.endive {
    requires transitive org.jfutex;
    requires transitive run.endive.runtime;
    requires transitive run.endive.wasm;
    requires static org.jspecify;

    exports org.jfutex.endive;
}
