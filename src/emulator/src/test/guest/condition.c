/* Condition variables: signal, broadcast, timeouts on both clocks, and between processes. */
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>

#define CONSUMERS 4
#define ITEMS 1000

struct shared {
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    int items;
    int done;
    int consumed;
    int turn;
};

static struct shared *s;

static void init(clockid_t clock, int pshared) {
    pthread_mutexattr_t mutexattr;
    pthread_condattr_t condattr;
    pthread_mutexattr_init(&mutexattr);
    pthread_condattr_init(&condattr);
    CHECK_EQ(pthread_mutexattr_setpshared(&mutexattr, pshared), 0);
    CHECK_EQ(pthread_condattr_setpshared(&condattr, pshared), 0);
    CHECK_EQ(pthread_condattr_setclock(&condattr, clock), 0);
    CHECK_EQ(pthread_mutex_init(&s->mutex, &mutexattr), 0);
    CHECK_EQ(pthread_cond_init(&s->cond, &condattr), 0);
    s->items = s->done = s->consumed = s->turn = 0;
}

static void *consume(void *arg) {
    CHECK_EQ(pthread_mutex_lock(&s->mutex), 0);
    for (;;) {
        while (s->items == 0 && !s->done) {
            CHECK_EQ(pthread_cond_wait(&s->cond, &s->mutex), 0);
        }
        if (s->items == 0) {
            break;
        }
        s->items--;
        s->consumed++;
    }
    CHECK_EQ(pthread_mutex_unlock(&s->mutex), 0);
    return arg;
}

static void produce(void) {
    for (int i = 0; i < ITEMS; i++) {
        CHECK_EQ(pthread_mutex_lock(&s->mutex), 0);
        s->items++;
        CHECK_EQ(pthread_mutex_unlock(&s->mutex), 0);
        CHECK_EQ(pthread_cond_signal(&s->cond), 0);
    }
    CHECK_EQ(pthread_mutex_lock(&s->mutex), 0);
    s->done = 1;
    CHECK_EQ(pthread_cond_broadcast(&s->cond), 0);
    CHECK_EQ(pthread_mutex_unlock(&s->mutex), 0);
}

static void threads(clockid_t clock) {
    pthread_t t[CONSUMERS];
    init(clock, PTHREAD_PROCESS_PRIVATE);
    for (int i = 0; i < CONSUMERS; i++) {
        CHECK_EQ(pthread_create(&t[i], NULL, consume, NULL), 0);
    }
    produce();
    for (int i = 0; i < CONSUMERS; i++) {
        CHECK_EQ(pthread_join(t[i], NULL), 0);
    }
    CHECK_EQ(s->consumed, ITEMS);
}

static void timeouts(clockid_t clock) {
    init(clock, PTHREAD_PROCESS_PRIVATE);
    CHECK_EQ(pthread_mutex_lock(&s->mutex), 0);
    struct timespec t = in_ms(clock, 10);
    CHECK_EQ(pthread_cond_timedwait(&s->cond, &s->mutex, &t), ETIMEDOUT);
    CHECK(has_passed(clock, t));
    t = in_ms(CLOCK_MONOTONIC, 10);
    CHECK_EQ(pthread_cond_clockwait(&s->cond, &s->mutex, CLOCK_MONOTONIC, &t), ETIMEDOUT);
    t.tv_nsec = 1000000000;
    CHECK_EQ(pthread_cond_timedwait(&s->cond, &s->mutex, &t), EINVAL);
    CHECK_EQ(pthread_mutex_unlock(&s->mutex), 0);
}

static void take_turns(int me) {
    for (int i = 0; i < 100; i++) {
        CHECK_EQ(pthread_mutex_lock(&s->mutex), 0);
        while (s->turn != me) {
            struct timespec t = in_ms(CLOCK_MONOTONIC, 60000);
            CHECK_EQ(pthread_cond_timedwait(&s->cond, &s->mutex, &t), 0);
        }
        s->turn = 1 - me;
        CHECK_EQ(pthread_cond_broadcast(&s->cond), 0);
        CHECK_EQ(pthread_mutex_unlock(&s->mutex), 0);
    }
}

int main(void) {
    s = share(sizeof *s);
    threads(CLOCK_REALTIME);
    threads(CLOCK_MONOTONIC);
    timeouts(CLOCK_REALTIME);
    timeouts(CLOCK_MONOTONIC);
    init(CLOCK_MONOTONIC, PTHREAD_PROCESS_SHARED);
    pid_t child = fork();
    take_turns(child == 0);
    if (child == 0) {
        _exit(0);
    }
    CHECK_EQ(wait_for(child), 0);
    return ok();
}
