package org.jfutex;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.jfutex.Scope.PRIVATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.FutureTask;
import org.jfutex.memory.FlatMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Futex descriptors in a selector. */
@Timeout(60)
class SelectorTest {

    private final FutexTable table = new FutexTable();
    private final FlatMemory memory = FlatMemory.of(ByteBuffer.allocateDirect(4096));

    private FutexFd open(long address) {
        return FutexFd.open(table, memory, address, PRIVATE, FutexFd.Options.SILENT);
    }

    @Test
    void eventLoop_servesSocketAndFutexInOneSelect() throws Exception {
        try (Selector selector = Selector.open();
                ServerSocketChannel server = ServerSocketChannel.open();
                FutexFd futex = open(0)) {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            server.configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT);
            SelectionKey stop = futex.channel().register(selector, SelectionKey.OP_READ);
            InetSocketAddress address = (InetSocketAddress) server.getLocalAddress();
            FutureTask<String> client = new FutureTask<>(() -> {
                try (Socket s = new Socket(address.getAddress(), address.getPort())) {
                    s.getOutputStream().write("echo".getBytes(US_ASCII));
                    return new String(s.getInputStream().readNBytes(4), US_ASCII);
                } finally {
                    memory.store(0, 1);
                    table.wake(memory, 0, PRIVATE, 1);
                }
            });
            new Thread(client).start();
            int echoed = 0;
            while (!stop.isReadable()) {
                selector.select();
                for (SelectionKey key : selector.selectedKeys()) {
                    echoed += key == stop ? 0 : serve(selector, key);
                }
                selector.selectedKeys().removeIf(key -> key != stop);
            }
            assertEquals(4, echoed);
            assertEquals("echo", client.get());
            assertEquals(FutexFd.IN | FutexFd.RDNORM, futex.poll());
        }
    }

    private static int serve(Selector selector, SelectionKey key) throws IOException {
        if (key.channel() instanceof ServerSocketChannel server) {
            SocketChannel socket = server.accept();
            socket.configureBlocking(false);
            socket.register(selector, SelectionKey.OP_READ);
            return 0;
        }
        SocketChannel socket = (SocketChannel) key.channel();
        ByteBuffer bytes = ByteBuffer.allocate(16);
        int read = socket.read(bytes);
        if (read < 0) {
            socket.close();
            return 0;
        }
        bytes.flip();
        while (bytes.hasRemaining()) {
            socket.write(bytes);
        }
        return read;
    }

    @Test
    void channelAfterWake_isReadableAndStaysReadable() throws IOException {
        try (Selector selector = Selector.open();
                FutexFd futex = open(0)) {
            table.wake(memory, 0, PRIVATE, 1);
            SelectionKey key = futex.channel().register(selector, SelectionKey.OP_READ);
            for (int i = 0; i < 3; i++) {
                selector.select();
                assertTrue(key.isReadable());
                selector.selectedKeys().clear();
            }
            assertEquals(-1, ((java.nio.channels.Pipe.SourceChannel) key.channel()).read(ByteBuffer.allocate(1)));
        }
    }

    @Test
    void channelBeforeWake_isNotReadable() throws IOException {
        try (Selector selector = Selector.open();
                FutexFd futex = open(0)) {
            futex.channel().register(selector, SelectionKey.OP_READ);
            assertEquals(0, selector.selectNow());
            table.cancel(key -> true);
            assertEquals(1, selector.select());
            assertEquals(FutexFd.ERR | FutexFd.HUP, futex.poll() & (FutexFd.ERR | FutexFd.HUP));
        }
    }

    @Test
    void channel_isUniqueAndClosedWithDescriptor() throws IOException {
        FutexFd futex = open(0);
        SelectableChannel channel = futex.channel();
        assertSame(channel, futex.channel());
        futex.close();
        assertFalse(channel.isOpen());
        assertThrows(IllegalStateException.class, futex::channel);
    }
}
