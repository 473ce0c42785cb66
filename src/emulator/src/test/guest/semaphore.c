/* Semaphores: unnamed, named, and between processes. */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>

static sem_t ping, pong;

static void *answer(void *arg) {
    for (int i = 0; i < 500; i++) {
        CHECK_EQ(sem_wait(&ping), 0);
        CHECK_EQ(sem_post(&pong), 0);
    }
    return arg;
}

static void timeouts(sem_t *sem) {
    struct timespec t = in_ms(CLOCK_REALTIME, 5);
    CHECK(sem_trywait(sem) == -1 && errno == EAGAIN);
    CHECK(sem_timedwait(sem, &t) == -1 && errno == ETIMEDOUT);
    CHECK(has_passed(CLOCK_REALTIME, t));
    t = in_ms(CLOCK_MONOTONIC, 5);
    CHECK(sem_clockwait(sem, CLOCK_MONOTONIC, &t) == -1 && errno == ETIMEDOUT);
}

int main(void) {
    pthread_t t;
    CHECK_EQ(sem_init(&ping, 0, 0), 0);
    CHECK_EQ(sem_init(&pong, 0, 0), 0);
    timeouts(&ping);
    CHECK_EQ(pthread_create(&t, NULL, answer, NULL), 0);
    for (int i = 0; i < 500; i++) {
        CHECK_EQ(sem_post(&ping), 0);
        CHECK_EQ(sem_wait(&pong), 0);
    }
    CHECK_EQ(pthread_join(t, NULL), 0);

    char name[64];
    snprintf(name, sizeof name, "/guest-%d", getpid());
    sem_t *named = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
    CHECK(named != SEM_FAILED);
    CHECK(sem_open(name, O_CREAT | O_EXCL, 0600, 0) == SEM_FAILED && errno == EEXIST);
    sem_t *again = sem_open(name, 0);
    CHECK(again == named); /* one address for one semaphore in a process */
    pid_t child = fork();
    if (child == 0) {
        sem_t *mine = sem_open(name, 0);
        CHECK(mine != SEM_FAILED);
        for (int i = 0; i < 100; i++) {
            CHECK_EQ(sem_post(mine), 0);
        }
        _exit(0);
    }
    for (int i = 0; i < 100; i++) {
        CHECK_EQ(sem_wait(named), 0);
    }
    CHECK_EQ(wait_for(child), 0);
    timeouts(named);
    CHECK_EQ(sem_unlink(name), 0);
    CHECK(sem_open(name, 0) == SEM_FAILED && errno == ENOENT);
    CHECK_EQ(sem_close(again), 0);
    CHECK_EQ(sem_close(named), 0);

    sem_t *shared = share(2 * sizeof *shared);
    CHECK_EQ(sem_init(&shared[0], 1, 0), 0);
    CHECK_EQ(sem_init(&shared[1], 1, 0), 0);
    child = fork();
    for (int i = 0; i < 200; i++) {
        CHECK_EQ(sem_post(&shared[child == 0]), 0);
        CHECK_EQ(sem_wait(&shared[child != 0]), 0);
    }
    if (child == 0) {
        _exit(0);
    }
    CHECK_EQ(wait_for(child), 0);
    return ok();
}
