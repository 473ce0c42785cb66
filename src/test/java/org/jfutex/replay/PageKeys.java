package org.jfutex.replay;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jfutex.key.Access;
import org.jfutex.key.FutexKey;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MappedObject;
import org.jfutex.key.SharedKey;

/** The memory of a process with one private page, whose keys name the physical page, as in Linux until 2.6.0-test4. */
final class PageKeys implements FutexMemory {

    /** A physical page, which is the object of its keys. */
    private static final class Page implements MappedObject {
        private final AtomicIntegerArray words = new AtomicIntegerArray(Region.PAGE / Integer.BYTES);
        private int processes = 1;
    }

    private Page page = new Page();

    /** Returns a child that shares this page with its parent until one of them writes to it. */
    PageKeys fork() {
        PageKeys child = new PageKeys();
        child.page = page;
        page.processes++;
        return child;
    }

    @Override
    public FutexKey sharedKey(long address, Access access) {
        return new SharedKey(page, 0, offset(address));
    }

    @Override
    public int load(long address) {
        return page.words.get(offset(address) / Integer.BYTES);
    }

    @Override
    public int compareAndExchange(long address, int expected, int desired) {
        if (page.processes > 1) {
            copyOnWrite();
        }
        return page.words.compareAndExchange(offset(address) / Integer.BYTES, expected, desired);
    }

    private void copyOnWrite() {
        Page copy = new Page();
        for (int i = 0; i < page.words.length(); i++) {
            copy.words.set(i, page.words.get(i));
        }
        page.processes--;
        page = copy;
    }

    private static int offset(long address) {
        return (int) address & (Region.PAGE - 1);
    }
}
