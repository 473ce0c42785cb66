/* Processes: fork in a program with threads, vfork, exec with robust locks held, a mapped file, and pipes. */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>

extern char **environ;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static volatile int stop;
static int prepared, in_parent, in_child;

static void prepare(void) {
    pthread_mutex_lock(&mutex);
    prepared++;
}

static void parent(void) {
    in_parent++;
    pthread_mutex_unlock(&mutex);
}

static void child_side(void) {
    in_child++;
    pthread_mutex_unlock(&mutex);
}

static void *churn(void *arg) {
    while (!stop) {
        pthread_mutex_lock(&mutex);
        free(malloc(100));
        pthread_mutex_unlock(&mutex);
    }
    return arg;
}

static void fork_with_threads(void) {
    pthread_t t[2];
    CHECK_EQ(pthread_atfork(prepare, parent, child_side), 0);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(pthread_create(&t[i], NULL, churn, NULL), 0);
    }
    for (int i = 0; i < 5; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            CHECK_EQ(in_child, 1);
            CHECK_EQ(pthread_mutex_lock(&mutex), 0);
            pthread_t own;
            stop = 1;
            pthread_mutex_unlock(&mutex);
            CHECK_EQ(pthread_create(&own, NULL, churn, NULL), 0);
            CHECK_EQ(pthread_join(own, NULL), 0);
            _exit(i);
        }
        int status = wait_for(pid);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == i);
    }
    CHECK_EQ(prepared, 5);
    CHECK_EQ(in_parent, 5);
    stop = 1;
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(pthread_join(t[i], NULL), 0);
    }
}

struct shared {
    pthread_mutex_t by_thread, by_leader;
    pthread_barrier_t barrier;
};

static struct shared *s;
static char *self;

static void *lock_and_sleep(void *arg) {
    CHECK_EQ(pthread_mutex_lock(&s->by_thread), 0);
    pthread_barrier_wait(&s->barrier);
    for (;;) {
        pause();
    }
    return arg;
}

static void init_robust(pthread_mutex_t *m) {
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    CHECK_EQ(pthread_mutex_init(m, &attr), 0);
}

static void exec_with_locks(void) {
    s = share(sizeof *s);
    init_robust(&s->by_thread);
    init_robust(&s->by_leader);
    pthread_barrierattr_t attr;
    pthread_barrierattr_init(&attr);
    pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    CHECK_EQ(pthread_barrier_init(&s->barrier, &attr, 3), 0);
    pid_t pid = fork();
    if (pid == 0) {
        pthread_t t;
        CHECK_EQ(pthread_create(&t, NULL, lock_and_sleep, NULL), 0);
        CHECK_EQ(pthread_mutex_lock(&s->by_leader), 0);
        pthread_barrier_wait(&s->barrier);
        execl(self, self, "sleep", NULL);
        CHECK(!"exec failed");
    }
    pthread_barrier_wait(&s->barrier);
    CHECK_EQ(pthread_mutex_lock(&s->by_leader), EOWNERDEAD);
    CHECK_EQ(pthread_mutex_lock(&s->by_thread), EOWNERDEAD);
    CHECK_EQ(kill(pid, SIGKILL), 0);
    int status = wait_for(pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void spawn(void) {
    char *arguments[] = {self, "exit", "42", NULL};
    pid_t pid;
    CHECK_EQ(posix_spawn(&pid, self, NULL, NULL, arguments, environ), 0);
    CHECK_EQ(wait_for(pid), 42 << 8);
    char *missing[] = {"/nowhere", NULL};
    CHECK_EQ(posix_spawn(&pid, "/nowhere", NULL, NULL, missing, environ), ENOENT);
    pid = vfork();
    if (pid == 0) {
        execve(self, arguments, environ);
        _exit(1);
    }
    CHECK_EQ(wait_for(pid), 42 << 8);
    CHECK(waitpid(-1, NULL, 0) == -1 && errno == ECHILD);
}

static void mapped_file(void) {
    char name[] = "/tmp/guest-XXXXXX";
    int fd = mkstemp(name);
    CHECK(fd >= 0);
    CHECK_EQ(ftruncate(fd, 8192), 0);
    pid_t pid = fork();
    int mine = open(name, O_RDWR);
    CHECK(mine >= 0);
    pthread_barrier_t *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, mine, 0);
    CHECK(p != MAP_FAILED);
    volatile int *ready = (int *)((char *)p + 4096);
    if (pid != 0) {
        pthread_barrierattr_t attr;
        pthread_barrierattr_init(&attr);
        pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
        CHECK_EQ(pthread_barrier_init(p, &attr, 2), 0);
        *ready = 1;
    }
    while (!*ready) {
        usleep(500);
    }
    for (int i = 0; i < 50; i++) {
        pthread_barrier_wait(p);
    }
    if (pid == 0) {
        _exit(0);
    }
    CHECK_EQ(wait_for(pid), 0);
    char byte;
    CHECK_EQ(pread(fd, &byte, 1, 4096), 1);
    CHECK_EQ(byte, 1);
    CHECK_EQ(unlink(name), 0);
}

static void pipes(void) {
    int to[2], from[2];
    CHECK_EQ(pipe(to), 0);
    CHECK_EQ(pipe(from), 0);
    pid_t pid = fork();
    if (pid == 0) {
        char buffer[10000];
        ssize_t n;
        close(to[1]);
        close(from[0]);
        while ((n = read(to[0], buffer, sizeof buffer)) > 0) {
            CHECK_EQ(write(from[1], buffer, n), n);
        }
        _exit(0);
    }
    close(to[0]);
    close(from[1]);
    char text[] = "through two pipes", back[sizeof text];
    for (int i = 0; i < 50; i++) {
        CHECK_EQ(write(to[1], text, sizeof text), sizeof text);
        CHECK_EQ(read(from[0], back, sizeof text), sizeof text);
        CHECK_EQ(strcmp(text, back), 0);
    }
    close(to[1]);
    CHECK_EQ(read(from[0], back, 1), 0);
    CHECK_EQ(wait_for(pid), 0);
    signal(SIGPIPE, SIG_IGN);
    close(from[0]);
    CHECK_EQ(pipe(to), 0);
    close(to[0]);
    CHECK(write(to[1], text, 1) == -1 && errno == EPIPE);
}

int main(int argc, char **argv) {
    self = argv[0];
    if (argc > 1 && strcmp(argv[1], "exit") == 0) {
        return atoi(argv[2]);
    }
    if (argc > 1) {
        for (;;) {
            pause();
        }
    }
    spawn();
    pipes();
    mapped_file();
    exec_with_locks();
    fork_with_threads();
    return ok();
}
