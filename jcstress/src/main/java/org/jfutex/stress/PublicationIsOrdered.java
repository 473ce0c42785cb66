package org.jfutex.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.jfutex.key.FutexKey;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** Who sees the word set also sees what was written before it. */
@JCStressTest
@Outcome(id = "true, true", expect = ACCEPTABLE, desc = "The writer came first.")
@Outcome(id = "false, true", expect = ACCEPTABLE, desc = "The reader came between.")
@Outcome(id = "false, false", expect = ACCEPTABLE, desc = "The reader came first.")
@Outcome(id = "true, false", expect = FORBIDDEN, desc = "The word was seen without what it publishes.")
@State
public class PublicationIsOrdered {
    private Object published;
    private volatile boolean word;

    @Actor
    public void writer() {
        published = FutexKey.class;
        word = true;
    }

    @Actor
    public void reader(ZZ_Result r) {
        r.r1 = word;
        r.r2 = published != null;
    }
}
