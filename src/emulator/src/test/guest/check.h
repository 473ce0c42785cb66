/* What every guest uses: a check that ends the program, and times. A guest that succeeds prints "ok" and returns 0. */
#ifndef CHECK_H
#define CHECK_H
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHECK(condition)                                                                        \
    do {                                                                                        \
        if (!(condition)) {                                                                     \
            fprintf(stderr, "%s:%d: %s (errno %d)\n", __FILE__, __LINE__, #condition, errno);   \
            _exit(1);                                                                           \
        }                                                                                       \
    } while (0)

#define CHECK_EQ(actual, expected)                                                              \
    do {                                                                                        \
        long actual_ = (long)(actual), expected_ = (long)(expected);                            \
        if (actual_ != expected_) {                                                             \
            fprintf(stderr, "%s:%d: %s is %ld instead of %ld (errno %d)\n", __FILE__, __LINE__, #actual, \
                    actual_, expected_, errno);                                                 \
            _exit(1);                                                                           \
        }                                                                                       \
    } while (0)

/* Returns the time of a clock plus some milliseconds. */
static inline struct timespec in_ms(clockid_t clock, long ms) {
    struct timespec t;
    clock_gettime(clock, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += ms % 1000 * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

static inline int has_passed(clockid_t clock, struct timespec deadline) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec > deadline.tv_sec || (now.tv_sec == deadline.tv_sec && now.tv_nsec >= deadline.tv_nsec);
}

/* Maps memory that forked children share. */
static inline void *share(size_t size) {
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(p != MAP_FAILED);
    return p;
}

/* Waits for a child and returns its wait status. */
static inline int wait_for(pid_t pid) {
    int status = -1;
    while (waitpid(pid, &status, 0) != pid) {
        CHECK_EQ(errno, EINTR);
    }
    return status;
}

static inline int ok(void) {
    puts("ok");
    return 0;
}
#endif
