/*
 * Prints the nanoseconds of one operation, for comparison with other ways to run this program.
 * Arguments: the operation, and how often. A quarter of that runs before the clock starts.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static volatile long counter;
static long count;

static void *lock_and_unlock(void *arg) {
    for (long i = 0; i < count; i++) {
        pthread_mutex_lock(&mutex);
        counter++;
        pthread_mutex_unlock(&mutex);
    }
    return arg;
}

static void *hand_over(void *side) {
    pthread_mutex_lock(&mutex);
    for (long i = 0; i < count; i++) {
        while ((counter & 1) != (long) side)
            pthread_cond_wait(&changed, &mutex);
        counter++;
        pthread_cond_signal(&changed);
    }
    pthread_mutex_unlock(&mutex);
    return side;
}

static void in_two_threads(void *(*run)(void *)) {
    pthread_t second;
    pthread_create(&second, NULL, run, (void *) 1);
    run((void *) 0);
    pthread_join(second, NULL);
}

/* 16 dependent instructions and a loop of 2. */
static void compute(void) {
    unsigned long s = 1;
    for (long i = 0; i < count; i++) {
#define STEP __asm__ volatile("" : "+r"(s)); s ^= 12; __asm__ volatile("" : "+r"(s)); s += 7;
        STEP STEP STEP STEP STEP STEP STEP STEP
    }
    counter = s;
}

static void fork_and_wait(void) {
    for (long i = 0; i < count; i++) {
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        waitpid(child, NULL, 0);
    }
}

static void run(const char *operation) {
    counter = 0;
    if (!strcmp(operation, "uncontended") || !strcmp(operation, "robust"))
        lock_and_unlock(NULL);
    else if (!strcmp(operation, "contended"))
        in_two_threads(lock_and_unlock);
    else if (!strcmp(operation, "condition"))
        in_two_threads(hand_over);
    else if (!strcmp(operation, "fork"))
        fork_and_wait();
    else if (!strcmp(operation, "compute"))
        compute();
    else
        exit(2);
}

int main(int argc, char **argv) {
    if (argc != 3)
        return 2;
    const char *operation = argv[1];
    if (!strcmp(operation, "robust")) {
        pthread_mutexattr_t attr;
        pthread_mutexattr_init(&attr);
        pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
        pthread_mutex_init(&mutex, &attr);
    }
    count = atol(argv[2]) / 4;
    run(operation);
    count = atol(argv[2]);
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    run(operation);
    clock_gettime(CLOCK_MONOTONIC, &end);
    double nanos = (end.tv_sec - start.tv_sec) * 1e9 + (end.tv_nsec - start.tv_nsec);
    int threads = !strcmp(operation, "contended") || !strcmp(operation, "condition") ? 2 : 1;
    printf("%.1f\n", nanos / count / threads);
    return 0;
}
