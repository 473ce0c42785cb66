/* Cancellation, deferred and asynchronous, in every wait. */
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>
#include <semaphore.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static sem_t sem, ready;
static int cleaned;
static pthread_t sleeper;

static void unlock(void *arg) {
    cleaned++;
    CHECK_EQ(pthread_mutex_unlock(&mutex), 0); /* a cancelled wait has the mutex again */
}

static void note(void *arg) {
    cleaned++;
}

static void *in_condition(void *arg) {
    CHECK_EQ(pthread_mutex_lock(&mutex), 0);
    pthread_cleanup_push(unlock, NULL);
    sem_post(&ready);
    for (;;) {
        pthread_cond_wait(&cond, &mutex);
    }
    pthread_cleanup_pop(1);
    return arg;
}

static void *in_semaphore(void *arg) {
    pthread_cleanup_push(note, NULL);
    sem_post(&ready);
    sem_wait(&sem);
    pthread_cleanup_pop(1);
    return arg;
}

static void *in_sleep(void *arg) {
    pthread_cleanup_push(note, NULL);
    sem_post(&ready);
    sleep(1000);
    pthread_cleanup_pop(1);
    return arg;
}

static void *in_join(void *arg) {
    pthread_cleanup_push(note, NULL);
    sem_post(&ready);
    pthread_join(sleeper, NULL);
    pthread_cleanup_pop(1);
    return arg;
}

static void *asynchronous(void *arg) {
    pthread_cleanup_push(note, NULL);
    CHECK_EQ(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL), 0);
    sem_post(&ready);
    for (;;) {
    }
    pthread_cleanup_pop(1);
    return arg;
}

static void *disabled(void *arg) {
    CHECK_EQ(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL), 0);
    sem_post(&ready);
    CHECK_EQ(sem_wait(&sem), 0);
    pthread_cleanup_push(note, NULL);
    CHECK_EQ(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL), 0);
    pthread_testcancel();
    pthread_cleanup_pop(0);
    return arg;
}

static void cancel(void *(*body)(void *), int posts) {
    pthread_t t;
    void *result;
    cleaned = 0;
    CHECK_EQ(pthread_create(&t, NULL, body, NULL), 0);
    CHECK_EQ(sem_wait(&ready), 0);
    CHECK_EQ(pthread_cancel(t), 0);
    while (posts-- > 0) {
        CHECK_EQ(sem_post(&sem), 0);
    }
    CHECK_EQ(pthread_join(t, &result), 0);
    CHECK(result == PTHREAD_CANCELED);
    CHECK_EQ(cleaned, 1);
}

int main(void) {
    CHECK_EQ(sem_init(&sem, 0, 0), 0);
    CHECK_EQ(sem_init(&ready, 0, 0), 0);
    cancel(in_condition, 0);
    CHECK_EQ(pthread_mutex_trylock(&mutex), 0);
    CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
    cancel(in_semaphore, 0);
    cancel(in_sleep, 0);
    CHECK_EQ(pthread_create(&sleeper, NULL, in_sleep, NULL), 0);
    CHECK_EQ(sem_wait(&ready), 0);
    cancel(in_join, 0);
    CHECK_EQ(pthread_cancel(sleeper), 0);
    CHECK_EQ(pthread_join(sleeper, NULL), 0);
    cancel(asynchronous, 0);
    cancel(disabled, 1);
    return ok();
}
