/*
 * Threads that use locks for a given number of seconds. Arguments: what they do, and the seconds.
 *
 *   counter      8 threads count under one mutex
 *   queue        3 producers and 3 consumers with a bounded buffer and two condition variables
 *   philosophers 5 philosophers and 5 forks, which are robust mutexes with priority inheritance
 */
#define _GNU_SOURCE
#include "../check.h"
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#define MOST 8

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER, emptied = PTHREAD_COND_INITIALIZER;
static volatile int over;
static long shared, done[MOST];

static void *count(void *arg) {
    long *own = arg;
    while (!over) {
        CHECK_EQ(pthread_mutex_lock(&mutex), 0);
        shared++;
        CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
        ++*own;
    }
    return arg;
}

static long buffer[4], first, length, sum;

static void *produce(void *arg) {
    long *own = arg;
    while (!over) {
        CHECK_EQ(pthread_mutex_lock(&mutex), 0);
        while (length == 4)
            CHECK_EQ(pthread_cond_wait(&emptied, &mutex), 0);
        buffer[(first + length++) % 4] = ++*own;
        sum += *own;
        CHECK_EQ(pthread_cond_signal(&filled), 0);
        CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
    }
    return arg;
}

/* Ends at the value -1. */
static void *consume(void *arg) {
    for (long value = 0; value >= 0;) {
        CHECK_EQ(pthread_mutex_lock(&mutex), 0);
        while (length == 0)
            CHECK_EQ(pthread_cond_wait(&filled, &mutex), 0);
        value = buffer[first];
        first = (first + 1) % 4;
        length--;
        sum -= value < 0 ? 0 : value;
        CHECK_EQ(pthread_cond_signal(&emptied), 0);
        CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
    }
    return arg;
}

static pthread_mutex_t forks[5];
static int eating[5];

static void *dine(void *arg) {
    long *own = arg;
    int seat = own - done, left = seat, right = (seat + 1) % 5;
    int low = left < right ? left : right, high = left < right ? right : left;
    struct sched_param p = {.sched_priority = 10 + seat};
    sched_setscheduler(0, SCHED_FIFO, &p); /* may be refused */
    while (!over) {
        CHECK_EQ(pthread_mutex_lock(&forks[low]), 0);
        CHECK_EQ(pthread_mutex_lock(&forks[high]), 0);
        eating[seat] = 1;
        CHECK(!eating[(seat + 1) % 5] && !eating[(seat + 4) % 5]);
        eating[seat] = 0;
        CHECK_EQ(pthread_mutex_unlock(&forks[high]), 0);
        CHECK_EQ(pthread_mutex_unlock(&forks[low]), 0);
        ++*own;
    }
    return arg;
}

static void put_end(void) {
    CHECK_EQ(pthread_mutex_lock(&mutex), 0);
    while (length == 4)
        CHECK_EQ(pthread_cond_wait(&emptied, &mutex), 0);
    buffer[(first + length++) % 4] = -1;
    CHECK_EQ(pthread_cond_signal(&filled), 0);
    CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
}

int main(int argc, char **argv) {
    CHECK_EQ(argc, 3);
    char kind = argv[1][0];
    int threads = kind == 'c' ? 8 : kind == 'q' ? 3 : 5;
    pthread_t ids[MOST], consumers[3];
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    for (int i = 0; i < 5; i++)
        CHECK_EQ(pthread_mutex_init(&forks[i], &attr), 0);
    for (int i = 0; i < threads; i++)
        CHECK_EQ(pthread_create(&ids[i], NULL, kind == 'c' ? count : kind == 'q' ? produce : dine, &done[i]), 0);
    for (int i = 0; kind == 'q' && i < 3; i++)
        CHECK_EQ(pthread_create(&consumers[i], NULL, consume, NULL), 0);
    for (int left = atoi(argv[2]); left > 0;)
        left = sleep(left);
    over = 1;
    long all = 0;
    for (int i = 0; i < threads; i++) {
        CHECK_EQ(pthread_join(ids[i], NULL), 0);
        all += done[i];
    }
    for (int i = 0; kind == 'q' && i < 3; i++)
        put_end();
    for (int i = 0; kind == 'q' && i < 3; i++)
        CHECK_EQ(pthread_join(consumers[i], NULL), 0);
    CHECK(all > 0);
    CHECK_EQ(kind == 'c' ? all - shared : sum, 0);
    printf("%ld\n", all);
    return 0;
}
