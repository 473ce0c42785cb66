package org.jfutex.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineTest {

    @TempDir
    Path folder;

    private static Machine machine() {
        OutputStream nowhere = OutputStream.nullOutputStream();
        return new Machine(Thread::new, InputStream.nullInputStream(), nowhere, nowhere, false);
    }

    @Test
    void run_fileIsNoProgram_isRejected() throws IOException {
        Path text = Files.writeString(folder.resolve("text"), "this is no program; ".repeat(10));
        IOException e = assertThrows(IOException.class, () -> machine().run(text, List.of(), List.of()));
        assertTrue(e.getMessage().contains("is not an executable"), e.getMessage());
    }

    @Test
    void run_fileIsMissing_isRejected() {
        Path missing = folder.resolve("missing");
        assertThrows(NoSuchFileException.class, () -> machine().run(missing, List.of(), List.of()));
    }

    @Test
    void run_programExits_returnsItsCode() throws InterruptedException {
        Guests.Result result = Guests.run(Guests.compile("fork_exec.c"), Thread::new, "exit", "42");
        assertEquals(new Guests.Result(42, "", ""), result);
    }
}
