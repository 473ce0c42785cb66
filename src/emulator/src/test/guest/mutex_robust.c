/* Robust mutexes, plain and priority-inheriting, whose owner exits as a thread or as a process, or is killed. */
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>
#include <signal.h>

struct shared {
    pthread_mutex_t mutex;
    volatile int held;
};

static struct shared *s;

static void init(int protocol) {
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    CHECK_EQ(pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST), 0);
    CHECK_EQ(pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED), 0);
    CHECK_EQ(pthread_mutexattr_setprotocol(&attr, protocol), 0);
    CHECK_EQ(pthread_mutex_init(&s->mutex, &attr), 0);
    s->held = 0;
}

static void recover(void) {
    CHECK_EQ(pthread_mutex_lock(&s->mutex), EOWNERDEAD);
    CHECK_EQ(pthread_mutex_consistent(&s->mutex), 0);
    CHECK_EQ(pthread_mutex_unlock(&s->mutex), 0);
    CHECK_EQ(pthread_mutex_lock(&s->mutex), 0);
    CHECK_EQ(pthread_mutex_unlock(&s->mutex), 0);
}

static void *abandon(void *arg) {
    CHECK_EQ(pthread_mutex_lock(&s->mutex), 0);
    s->held = 1;
    return arg;
}

static void *wait_for_dead_owner(void *arg) {
    recover();
    return arg;
}

static void thread_exits(int protocol) {
    pthread_t t;
    init(protocol);
    CHECK_EQ(pthread_create(&t, NULL, abandon, NULL), 0);
    CHECK_EQ(pthread_join(t, NULL), 0);
    recover();
}

static void process_ends(int protocol, int signal) {
    init(protocol);
    pid_t child = fork();
    if (child == 0) {
        abandon(NULL);
        if (signal == 0) {
            _exit(3);
        }
        for (;;) {
            pause();
        }
    }
    while (!s->held) {
        usleep(1000);
    }
    pthread_t t;
    CHECK_EQ(pthread_create(&t, NULL, wait_for_dead_owner, NULL), 0); /* sleeps, or comes too late: both must work */
    if (signal != 0) {
        CHECK_EQ(kill(child, signal), 0);
    }
    int status = wait_for(child);
    CHECK(signal == 0 ? WIFEXITED(status) && WEXITSTATUS(status) == 3
                      : WIFSIGNALED(status) && WTERMSIG(status) == signal);
    CHECK_EQ(pthread_join(t, NULL), 0);
}

static void not_recovered(int protocol) {
    pthread_t t;
    init(protocol);
    CHECK_EQ(pthread_create(&t, NULL, abandon, NULL), 0);
    CHECK_EQ(pthread_join(t, NULL), 0);
    CHECK_EQ(pthread_mutex_lock(&s->mutex), EOWNERDEAD);
    CHECK_EQ(pthread_mutex_unlock(&s->mutex), 0);
    CHECK_EQ(pthread_mutex_lock(&s->mutex), ENOTRECOVERABLE);
}

int main(void) {
    s = share(sizeof *s);
    int protocols[] = {PTHREAD_PRIO_NONE, PTHREAD_PRIO_INHERIT};
    for (int i = 0; i < 2; i++) {
        thread_exits(protocols[i]);
        process_ends(protocols[i], 0);
        process_ends(protocols[i], SIGKILL);
        process_ends(protocols[i], SIGTERM);
        not_recovered(protocols[i]);
    }
    return ok();
}
