package org.jfutex;

import org.jfutex.key.FirstFailure;
import org.jfutex.key.FutexMemory;
import org.jfutex.key.MemoryFaultException;

/**
 * The words of locks that a task may hold, so that its exit can mark them. It replaces a robust list in the task's
 * memory.
 */
final class RobustWords {

    /*
     * A multiset of addresses: a hash table with open addressing and linear probing, at most half full. A slot with the
     * count 0 is empty. The cost of a removal does not depend on the order of the additions. The multiplier is secret,
     * so that a guest cannot choose addresses that collide. All fields are guarded by "this".
     */

    private final long multiplier;
    private long[] addresses = new long[4];
    private long[] counts = new long[4];
    private int distinct;
    private boolean closed;
    private long probes; // of all calls, for tests

    /** Creates an empty multiset; the multiplier is odd and random. */
    RobustWords(long multiplier) {
        this.multiplier = multiplier;
    }

    /** Adds a word; returns false if this is closed. */
    synchronized boolean add(long address) {
        if (closed) {
            return false;
        }
        int slot = find(address);
        if (counts[slot] == 0 && 2 * (distinct + 1) > addresses.length) {
            grow();
            slot = find(address);
        }
        distinct += counts[slot] == 0 ? 1 : 0;
        addresses[slot] = address;
        counts[slot]++;
        return true;
    }

    /** Removes one occurrence of a word, if there is one. */
    synchronized void remove(long address) {
        int slot = find(address);
        if (counts[slot] == 0 || --counts[slot] > 0) {
            return;
        }
        distinct--;
        for (int next = after(slot); counts[next] != 0; next = after(next)) { // closes the gap
            probes++;
            int distance = (next - start(addresses[next])) & (addresses.length - 1);
            if (distance >= ((next - slot) & (addresses.length - 1))) {
                addresses[slot] = addresses[next];
                counts[slot] = counts[next];
                counts[next] = 0;
                slot = next;
            }
        }
    }

    synchronized long probes() {
        return probes;
    }

    /** Returns the slot of an address, or the empty slot where it belongs. */
    private int find(long address) {
        int slot = start(address);
        while (counts[slot] != 0 && addresses[slot] != address) {
            probes++;
            slot = after(slot);
        }
        return slot;
    }

    private int start(long address) {
        return (int) ((address * multiplier) >>> (Long.numberOfLeadingZeros(addresses.length) + 1));
    }

    private int after(int slot) {
        return (slot + 1) & (addresses.length - 1);
    }

    private void grow() {
        long[] oldAddresses = addresses;
        long[] oldCounts = counts;
        long[] newAddresses = new long[2 * oldAddresses.length];
        counts = new long[newAddresses.length]; // if memory runs out, nothing has changed yet
        addresses = newAddresses;
        for (int i = 0; i < oldCounts.length; i++) {
            if (oldCounts[i] != 0) {
                int slot = find(oldAddresses[i]);
                addresses[slot] = oldAddresses[i];
                counts[slot] = oldCounts[i];
            }
        }
    }

    /**
     * Marks those words that name the task. A failure at one word does not stop the others. Afterwards no word can be
     * added.
     */
    synchronized void close(FutexMemory memory, int tid, FirstFailure failure) {
        closed = true;
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] != 0) {
                closeWord(memory, addresses[i], tid, failure);
                counts[i] = 0;
            }
        }
        distinct = 0;
    }

    private static void closeWord(FutexMemory memory, long address, int tid, FirstFailure failure) {
        try {
            mark(memory, address, tid);
        } catch (MemoryFaultException e) {
            // the word was unmapped, so the lock no longer exists
        } catch (Throwable e) {
            failure.add(e);
        }
    }

    private static void mark(FutexMemory memory, long address, int tid) {
        for (int word = memory.load(address); PiWord.tid(word) == tid; ) {
            int seen = memory.compareAndExchange(address, word, (word & PiWord.WAITERS) | PiWord.OWNER_DIED);
            if (seen == word) {
                return;
            }
            word = seen;
        }
    }
}
