/* Priority-inheriting mutexes: contention, timeouts, deadlock, a condition variable, and real-time priorities. */
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>
#include <sched.h>

#define THREADS 4
#define ROUNDS 1000

static pthread_mutex_t mutex, other;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static long counter;
static int turn;

static void init(pthread_mutex_t *m, int type) {
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    CHECK_EQ(pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT), 0);
    CHECK_EQ(pthread_mutexattr_settype(&attr, type), 0);
    CHECK_EQ(pthread_mutex_init(m, &attr), 0);
}

static void *count(void *arg) {
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(pthread_mutex_lock(&mutex), 0);
        counter++;
        CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
    }
    return arg;
}

static void *refused(void *arg) {
    struct timespec t = in_ms(CLOCK_REALTIME, 5);
    CHECK_EQ(pthread_mutex_trylock(&mutex), EBUSY);
    CHECK_EQ(pthread_mutex_timedlock(&mutex, &t), ETIMEDOUT);
    CHECK(has_passed(CLOCK_REALTIME, t));
    t = in_ms(CLOCK_MONOTONIC, 5);
    CHECK_EQ(pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &t), ETIMEDOUT);
    return arg;
}

static void *take_turns(void *arg) {
    long me = (long)arg;
    for (int i = 0; i < 200; i++) {
        CHECK_EQ(pthread_mutex_lock(&mutex), 0);
        while (turn != me) {
            CHECK_EQ(pthread_cond_wait(&cond, &mutex), 0);
        }
        turn = 1 - turn;
        CHECK_EQ(pthread_cond_broadcast(&cond), 0);
        CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
    }
    return NULL;
}

int main(void) {
    pthread_t t[THREADS];
    init(&mutex, PTHREAD_MUTEX_NORMAL);
    CHECK_EQ(pthread_mutex_lock(&mutex), 0); /* the threads get their priorities while they wait, or before that */
    for (int i = 0; i < THREADS; i++) {
        CHECK_EQ(pthread_create(&t[i], NULL, count, NULL), 0);
        struct sched_param p = {.sched_priority = 10 + i};
        CHECK_EQ(pthread_setschedparam(t[i], SCHED_FIFO, &p), 0);
    }
    CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
    for (int i = 0; i < THREADS; i++) {
        CHECK_EQ(pthread_join(t[i], NULL), 0);
    }
    CHECK_EQ(counter, THREADS * ROUNDS);

    CHECK_EQ(pthread_mutex_lock(&mutex), 0);
    CHECK_EQ(pthread_create(&t[0], NULL, refused, NULL), 0);
    CHECK_EQ(pthread_join(t[0], NULL), 0);
    CHECK_EQ(pthread_mutex_unlock(&mutex), 0);

    for (long i = 0; i < 2; i++) {
        CHECK_EQ(pthread_create(&t[i], NULL, take_turns, (void *)i), 0);
    }
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(pthread_join(t[i], NULL), 0);
    }

    init(&mutex, PTHREAD_MUTEX_ERRORCHECK);
    CHECK_EQ(pthread_mutex_lock(&mutex), 0);
    CHECK_EQ(pthread_mutex_lock(&mutex), EDEADLK);
    CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
    CHECK_EQ(pthread_mutex_unlock(&mutex), EPERM);

    init(&mutex, PTHREAD_MUTEX_NORMAL);
    init(&other, PTHREAD_MUTEX_RECURSIVE);
    CHECK_EQ(pthread_mutex_lock(&other), 0);
    CHECK_EQ(pthread_mutex_lock(&other), 0);
    CHECK_EQ(pthread_mutex_unlock(&other), 0);
    CHECK_EQ(pthread_mutex_unlock(&other), 0);
    return ok();
}
