/* Mutexes of every type that is neither robust nor priority-inheriting. */
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>

#define THREADS 4
#define ROUNDS 2000

static pthread_mutex_t mutex;
static long counter;

static void *count(void *arg) {
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(pthread_mutex_lock(&mutex), 0);
        counter++;
        CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
    }
    return arg;
}

static void init(int type) {
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    CHECK_EQ(pthread_mutexattr_settype(&attr, type), 0);
    CHECK_EQ(pthread_mutex_init(&mutex, &attr), 0);
}

static void contend(int type) {
    pthread_t t[THREADS];
    init(type);
    counter = 0;
    for (int i = 0; i < THREADS; i++) {
        CHECK_EQ(pthread_create(&t[i], NULL, count, NULL), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        CHECK_EQ(pthread_join(t[i], NULL), 0);
    }
    CHECK_EQ(counter, THREADS * ROUNDS);
    CHECK_EQ(pthread_mutex_destroy(&mutex), 0);
}

static void *refused(void *arg) {
    struct timespec t = in_ms(CLOCK_REALTIME, 5);
    CHECK_EQ(pthread_mutex_trylock(&mutex), EBUSY);
    CHECK_EQ(pthread_mutex_timedlock(&mutex, &t), ETIMEDOUT);
    CHECK(has_passed(CLOCK_REALTIME, t));
    t = in_ms(CLOCK_MONOTONIC, 5);
    CHECK_EQ(pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &t), ETIMEDOUT);
    CHECK(has_passed(CLOCK_MONOTONIC, t));
    return arg;
}

static void refuse(int type) {
    pthread_t t;
    init(type);
    CHECK_EQ(pthread_mutex_lock(&mutex), 0);
    if (type == PTHREAD_MUTEX_RECURSIVE) {
        CHECK_EQ(pthread_mutex_lock(&mutex), 0);
        CHECK_EQ(pthread_mutex_trylock(&mutex), 0);
        CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
        CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
    }
    if (type == PTHREAD_MUTEX_ERRORCHECK) {
        CHECK_EQ(pthread_mutex_lock(&mutex), EDEADLK);
    }
    CHECK_EQ(pthread_create(&t, NULL, refused, NULL), 0);
    CHECK_EQ(pthread_join(t, NULL), 0);
    CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
    if (type == PTHREAD_MUTEX_ERRORCHECK || type == PTHREAD_MUTEX_RECURSIVE) {
        CHECK_EQ(pthread_mutex_unlock(&mutex), EPERM);
    }
}

int main(void) {
    int types[] = {PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_ADAPTIVE_NP};
    for (int i = 0; i < 4; i++) {
        contend(types[i]);
        refuse(types[i]);
    }
    return ok();
}
