package org.jfutex.sync;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;

/** Threads that start together and run one task, half of them from each side of the words. */
final class Contest {

    private Contest() {}

    interface Contestant {
        void run(WordPlacement.Side side, int me) throws Exception;
    }

    static void run(Threads kind, int threads, WordPlacement place, Contestant contestant) throws Exception {
        for (Threads.Running one : start(kind, threads, place, contestant)) {
            one.join();
        }
    }

    static List<Threads.Running> start(Threads kind, int threads, WordPlacement place, Contestant contestant) {
        CyclicBarrier start = new CyclicBarrier(threads);
        List<Threads.Running> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            int me = i;
            all.add(kind.start(() -> {
                start.await();
                contestant.run(me % 2 == 0 ? place.here() : place.there(), me);
            }));
        }
        return all;
    }

    static List<Object[]> placesAndKinds() {
        List<Object[]> all = new ArrayList<>();
        for (Threads kind : Threads.available()) {
            for (WordPlacement place : WordPlacement.all()) {
                all.add(new Object[] {place, kind});
            }
        }
        return all;
    }
}
