package org.jfutex.replay;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/**
 * A file of recorded programs, compressed or plain.
 *
 * @param name its name in reports
 * @param programs its programs
 */
record Recording(String name, List<Program> programs) {

    private static final Pattern HEAD = Pattern.compile("program ([a-z_0-9]+) (\\d+)");
    private static final int GZIP_MAGIC = 0x1f;

    /** Reads a file of the host. */
    static Recording file(String path) throws IOException {
        try (InputStream in = Files.newInputStream(Path.of(path))) {
            return read(Path.of(path).getFileName().toString(), in);
        }
    }

    /** Reads a file that is part of these tests. */
    static Recording builtIn(String name) throws IOException {
        try (InputStream in = Recording.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new FileNotFoundException(name);
            }
            return read(name, in);
        }
    }

    /**
     * Reads programs. A line that is not a step stays in its program, whose replay reports it as a difference. No line
     * is skipped.
     *
     * @throws IOException if the file cannot be read or holds no program
     */
    static Recording read(String name, InputStream stream) throws IOException {
        List<Program> programs = new ArrayList<>();
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(unpacked(stream), UTF_8))) {
            for (String line; (line = reader.readLine()) != null; ) {
                Matcher head = HEAD.matcher(line);
                if (head.matches()) {
                    programs.add(new Program(head.group(1), head.group(2), new ArrayList<>()));
                } else if (programs.isEmpty()) {
                    throw new IOException(name + " does not begin with a program, but with: " + line);
                } else {
                    programs.get(programs.size() - 1).lines().add(line);
                }
            }
        }
        if (programs.isEmpty()) {
            throw new IOException(name + " is empty");
        }
        return new Recording(name, programs);
    }

    private static InputStream unpacked(InputStream stream) throws IOException {
        BufferedInputStream in = new BufferedInputStream(stream);
        in.mark(1);
        int first = in.read();
        in.reset();
        return first == GZIP_MAGIC ? new GZIPInputStream(in) : in;
    }
}
