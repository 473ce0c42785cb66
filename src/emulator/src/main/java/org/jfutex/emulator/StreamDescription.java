package org.jfutex.emulator;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** Standard input, output and error of the machine; also /dev/null and /dev/zero. */
final class StreamDescription extends OpenFileDescription {

    private final InputStream in;
    private final OutputStream out;

    StreamDescription(InputStream in, OutputStream out) {
        super(2);
        this.in = in;
        this.out = out;
    }

    @Override
    int read(ByteBuffer target, long position) throws IOException {
        byte[] bytes = new byte[target.remaining()];
        int length = in.read(bytes);
        target.put(bytes, 0, Math.max(length, 0));
        return Math.max(length, 0);
    }

    @Override
    int write(ByteBuffer source, long position) throws IOException {
        byte[] bytes = new byte[source.remaining()];
        source.get(bytes);
        synchronized (out) {
            out.write(bytes);
            out.flush();
        }
        return bytes.length;
    }
}
