package org.jfutex.endive;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.wasm.Parser;
import run.endive.wasm.WasmModule;

/** A guest program of the tests, assembled from the file with the extension wat beside it. */
enum Guest {
    ATOMICS("atomics.wasm"),
    HANDOVER("handover.wasm");

    private final WasmModule module;

    Guest(String file) {
        try (InputStream in = requireNonNull(Guest.class.getResourceAsStream(file))) {
            module = Parser.parse(in);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Returns a new instance, for one thread, that uses the memory. */
    Instance on(Memory memory) {
        return Instance.builder(module).withMemoryFactory(limits -> memory).build();
    }
}
