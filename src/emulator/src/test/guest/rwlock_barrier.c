/* Read-write locks, barriers and spin locks, of threads and of processes. */
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>

#define THREADS 4
#define ROUNDS 200

struct shared {
    pthread_rwlock_t lock;
    pthread_barrier_t barrier;
    pthread_spinlock_t spin;
    long a, b, spun;
    int serial;
};

static struct shared *s;

static void init(int pshared) {
    pthread_rwlockattr_t lockattr;
    pthread_barrierattr_t barrierattr;
    pthread_rwlockattr_init(&lockattr);
    pthread_barrierattr_init(&barrierattr);
    CHECK_EQ(pthread_rwlockattr_setpshared(&lockattr, pshared), 0);
    CHECK_EQ(pthread_barrierattr_setpshared(&barrierattr, pshared), 0);
    CHECK_EQ(pthread_rwlock_init(&s->lock, &lockattr), 0);
    CHECK_EQ(pthread_barrier_init(&s->barrier, &barrierattr, THREADS), 0);
    CHECK_EQ(pthread_spin_init(&s->spin, pshared), 0);
    s->a = s->b = s->spun = s->serial = 0;
}

static void *work(void *arg) {
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(pthread_rwlock_rdlock(&s->lock), 0);
        CHECK_EQ(s->a, s->b);
        CHECK_EQ(pthread_rwlock_unlock(&s->lock), 0);
        CHECK_EQ(pthread_rwlock_wrlock(&s->lock), 0);
        s->a++;
        s->b++;
        CHECK_EQ(pthread_rwlock_unlock(&s->lock), 0);
        if (i % 20 == 0) {
            int result = pthread_barrier_wait(&s->barrier);
            CHECK(result == 0 || result == PTHREAD_BARRIER_SERIAL_THREAD);
            if (result != 0) {
                __atomic_fetch_add(&s->serial, 1, __ATOMIC_SEQ_CST);
            }
            CHECK_EQ(pthread_spin_lock(&s->spin), 0);
            s->spun++;
            CHECK_EQ(pthread_spin_unlock(&s->spin), 0);
        }
    }
    return arg;
}

static void verify(void) {
    CHECK_EQ(s->a, THREADS * ROUNDS);
    CHECK_EQ(s->serial, ROUNDS / 20);
    CHECK_EQ(s->spun, THREADS * ROUNDS / 20);
    CHECK_EQ(pthread_barrier_destroy(&s->barrier), 0);
    CHECK_EQ(pthread_rwlock_destroy(&s->lock), 0);
}

static void *refused(void *arg) {
    struct timespec t = in_ms(CLOCK_REALTIME, 5);
    CHECK_EQ(pthread_rwlock_tryrdlock(&s->lock), EBUSY);
    CHECK_EQ(pthread_rwlock_timedrdlock(&s->lock, &t), ETIMEDOUT);
    t = in_ms(CLOCK_MONOTONIC, 5);
    CHECK_EQ(pthread_rwlock_clockwrlock(&s->lock, CLOCK_MONOTONIC, &t), ETIMEDOUT);
    return arg;
}

int main(void) {
    pthread_t t[THREADS];
    s = share(sizeof *s);
    init(PTHREAD_PROCESS_PRIVATE);
    for (int i = 0; i < THREADS; i++) {
        CHECK_EQ(pthread_create(&t[i], NULL, work, NULL), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        CHECK_EQ(pthread_join(t[i], NULL), 0);
    }
    verify();

    init(PTHREAD_PROCESS_SHARED);
    pid_t child[THREADS];
    for (int i = 0; i < THREADS; i++) {
        child[i] = fork();
        if (child[i] == 0) {
            work(NULL);
            _exit(0);
        }
    }
    for (int i = 0; i < THREADS; i++) {
        CHECK_EQ(wait_for(child[i]), 0);
    }
    verify();

    init(PTHREAD_PROCESS_PRIVATE);
    CHECK_EQ(pthread_rwlock_wrlock(&s->lock), 0);
    CHECK_EQ(pthread_rwlock_wrlock(&s->lock), EDEADLK);
    CHECK_EQ(pthread_create(&t[0], NULL, refused, NULL), 0);
    CHECK_EQ(pthread_join(t[0], NULL), 0);
    CHECK_EQ(pthread_rwlock_unlock(&s->lock), 0);
    return ok();
}
