/* Creation and end of threads: once, thread-specific data, join, detach, stacks, names. */
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>
#include <semaphore.h>
#include <string.h>

#define THREADS 8

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int initialised, destroyed;
static pthread_key_t key;
static __thread long local;
static sem_t detached;

static void initialise(void) {
    usleep(2000);
    initialised++;
}

static void destroy(void *value) {
    CHECK_EQ((long)value, local);
    __atomic_fetch_add(&destroyed, 1, __ATOMIC_SEQ_CST);
}

static void *work(void *arg) {
    local = (long)arg;
    CHECK_EQ(pthread_once(&once, initialise), 0);
    CHECK_EQ(initialised, 1);
    CHECK_EQ(pthread_setspecific(key, arg), 0);
    sched_yield();
    CHECK_EQ((long)pthread_getspecific(key), local);
    char deep[64 * 1024];
    memset(deep, 1, sizeof deep);
    if (local % 2 == 0) {
        pthread_exit((void *)(local * 2));
    }
    return (void *)(local * 2 + deep[local] - 1);
}

static void *run_detached(void *arg) {
    CHECK_EQ(pthread_detach(pthread_self()), 0);
    CHECK_EQ(sem_post(&detached), 0);
    return arg;
}

static void *slow(void *arg) {
    usleep(20000);
    return arg;
}

static volatile int over;

/* Makes no system call, so only the end of its turn lets another thread run where threads share a processor. */
static void *loop(void *arg) {
    while (!over) {
    }
    return arg;
}

static void loops_let_others_run(void) {
    pthread_t t[THREADS];
    for (int i = 0; i < THREADS; i++) {
        CHECK_EQ(pthread_create(&t[i], NULL, loop, NULL), 0);
    }
    usleep(100000);
    over = 1;
    for (int i = 0; i < THREADS; i++) {
        CHECK_EQ(pthread_join(t[i], NULL), 0);
    }
}

int main(void) {
    pthread_t t[THREADS];
    loops_let_others_run();
    CHECK_EQ(pthread_key_create(&key, destroy), 0);
    for (int round = 0; round < 5; round++) {
        for (long i = 0; i < THREADS; i++) {
            CHECK_EQ(pthread_create(&t[i], NULL, work, (void *)(i + 1)), 0);
        }
        for (long i = 0; i < THREADS; i++) {
            void *result;
            CHECK_EQ(pthread_join(t[i], &result), 0);
            CHECK_EQ((long)result, (i + 1) * 2);
        }
    }
    CHECK_EQ(destroyed, 5 * THREADS);
    CHECK_EQ(sem_init(&detached, 0, 0), 0);
    for (int i = 0; i < 20; i++) {
        CHECK_EQ(pthread_create(&t[0], NULL, run_detached, NULL), 0);
    }
    for (int i = 0; i < 20; i++) {
        CHECK_EQ(sem_wait(&detached), 0);
    }
    CHECK_EQ(pthread_create(&t[0], NULL, slow, NULL), 0);
    CHECK_EQ(pthread_tryjoin_np(t[0], NULL), EBUSY);
    struct timespec limit = in_ms(CLOCK_REALTIME, 1);
    int result = pthread_timedjoin_np(t[0], NULL, &limit);
    CHECK(result == ETIMEDOUT || result == 0); /* on a busy machine the thread may have ended first */
    if (result != 0) {
        CHECK_EQ(pthread_join(t[0], NULL), 0);
    }
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    CHECK_EQ(pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED), 0);
    CHECK_EQ(pthread_attr_setstacksize(&attr, 256 * 1024), 0);
    CHECK_EQ(pthread_create(&t[0], &attr, slow, NULL), 0);
    puts("ok");
    pthread_exit(NULL); /* the process ends with its last thread */
}
