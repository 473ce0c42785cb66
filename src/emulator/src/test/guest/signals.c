/* Signals while futex calls sleep: EINTR, SA_RESTART, nested handlers, longjmp, alternate stacks, sigwait. */
#define _GNU_SOURCE
#include "check.h"
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>

static volatile int handled, nested;
static int word;
static sigjmp_buf jump;
static volatile int wakes;

static long futex_wait(int *uaddr, int value, struct timespec *limit) {
    return syscall(SYS_futex, uaddr, FUTEX_WAIT, value, limit, NULL, 0);
}

static void count(int signal) {
    handled++;
}

static void wake(int signal) {
    handled++;
    if (wakes) {
        word = 1;
        syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0);
    }
}

/* The timer repeats, because the first signal may come before the wait begins. */
static void alarms(long us) {
    struct itimerval soon = {.it_value = {.tv_usec = us}, .it_interval = {.tv_usec = us}};
    CHECK_EQ(setitimer(ITIMER_REAL, &soon, NULL), 0);
}

static void leave(int signal) {
    alarms(0);
    handled++;
    siglongjmp(jump, 1);
}

static void outer(int signal) {
    int other = 0;
    struct sigaction action = {.sa_handler = count};
    sigaction(SIGALRM, &action, NULL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    long result = futex_wait(&other, 0, NULL); /* a wait inside the handler, which another signal ends */
    nested = result == -1 && errno == EINTR && handled >= 1;
}

static void on_stack(int signal) {
    stack_t now;
    CHECK_EQ(sigaltstack(NULL, &now), 0);
    CHECK_EQ(now.ss_flags, SS_ONSTACK);
    handled++;
}

static void set(int signal, void (*handler)(int), int flags) {
    alarms(0);
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    CHECK_EQ(sigaction(signal, &action, NULL), 0);
    handled = 0;
}

static void *repeat(void *arg) {
    for (;;) {
        usleep(1000);
        pthread_testcancel();
        kill(getpid(), SIGUSR1);
    }
    return arg;
}

static void *wait_for_signal(void *arg) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    siginfo_t info;
    CHECK_EQ(sigwaitinfo(&set, &info), SIGUSR2);
    CHECK_EQ(info.si_value.sival_int, 77);
    return arg;
}

int main(void) {
    /* without SA_RESTART the wait ends with EINTR */
    set(SIGALRM, count, 0);
    alarms(5000);
    CHECK(futex_wait(&word, 0, NULL) == -1 && errno == EINTR);
    CHECK(handled >= 1);

    /* with SA_RESTART it restarts, and finds that the handler has changed the word */
    set(SIGALRM, wake, SA_RESTART);
    wakes = 1;
    alarms(5000);
    CHECK(futex_wait(&word, 0, NULL) == -1 && errno == EAGAIN);
    CHECK(handled >= 1);
    word = 0;

    /* a wait with a timeout ends with EINTR in spite of SA_RESTART */
    set(SIGALRM, count, SA_RESTART);
    alarms(5000);
    struct timespec minute = {.tv_sec = 60};
    CHECK(futex_wait(&word, 0, &minute) == -1 && errno == EINTR);
    CHECK(handled >= 1);

    /* an ignored signal does not end it */
    set(SIGALRM, SIG_IGN, 0);
    alarms(5000);
    struct timespec short_time = {.tv_nsec = 20000000};
    CHECK(futex_wait(&word, 0, &short_time) == -1 && errno == ETIMEDOUT);

    /* a handler that waits itself */
    set(SIGALRM, outer, 0);
    alarms(5000);
    CHECK(futex_wait(&word, 0, NULL) == -1 && errno == EINTR);
    CHECK(nested);

    /* a handler that leaves by longjmp */
    set(SIGALRM, leave, 0);
    if (sigsetjmp(jump, 1) == 0) {
        alarms(5000);
        futex_wait(&word, 0, NULL);
        CHECK(!"the wait returned");
    }
    CHECK(handled == 1);
    CHECK(futex_wait(&word, 1, NULL) == -1 && errno == EAGAIN);

    /* an alternate stack */
    static char stack[65536];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
    CHECK_EQ(sigaltstack(&alternate, NULL), 0);
    set(SIGALRM, on_stack, SA_ONSTACK);
    alarms(5000);
    CHECK(futex_wait(&word, 0, NULL) == -1 && errno == EINTR);
    CHECK(handled >= 1);

    /* nanosleep and sem_wait */
    set(SIGALRM, count, 0);
    alarms(5000);
    struct timespec left;
    CHECK(nanosleep(&minute, &left) == -1 && errno == EINTR && left.tv_sec >= 1);
    sem_t sem;
    CHECK_EQ(sem_init(&sem, 0, 0), 0);
    alarms(5000);
    CHECK(sem_wait(&sem) == -1 && errno == EINTR);
    set(SIGALRM, count, 0);

    /* sigsuspend, sigpending */
    sigset_t set_, old;
    sigemptyset(&set_);
    sigaddset(&set_, SIGALRM);
    CHECK_EQ(sigprocmask(SIG_BLOCK, &set_, &old), 0);
    CHECK_EQ(raise(SIGALRM), 0);
    CHECK_EQ(handled, 0);
    CHECK_EQ(sigpending(&set_), 0);
    CHECK(sigismember(&set_, SIGALRM));
    CHECK(sigsuspend(&old) == -1 && errno == EINTR);
    CHECK_EQ(handled, 1);
    CHECK_EQ(sigprocmask(SIG_SETMASK, &old, NULL), 0);

    /* a mutex under a rain of signals */
    set(SIGUSR1, count, SA_RESTART);
    pthread_t t;
    CHECK_EQ(pthread_create(&t, NULL, repeat, NULL), 0);
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    for (int i = 0; i < 20; i++) {
        CHECK_EQ(pthread_mutex_lock(&mutex), 0);
        struct timespec limit = in_ms(CLOCK_REALTIME, 3);
        CHECK_EQ(pthread_mutex_timedlock(&mutex, &limit), ETIMEDOUT);
        CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
    }
    CHECK_EQ(pthread_cancel(t), 0);
    CHECK_EQ(pthread_join(t, NULL), 0);

    /* sigwaitinfo with a value */
    sigemptyset(&set_);
    sigaddset(&set_, SIGUSR2);
    CHECK_EQ(pthread_sigmask(SIG_BLOCK, &set_, NULL), 0);
    CHECK_EQ(pthread_create(&t, NULL, wait_for_signal, NULL), 0);
    union sigval value = {.sival_int = 77};
    CHECK_EQ(pthread_sigqueue(t, SIGUSR2, value), 0);
    CHECK_EQ(pthread_join(t, NULL), 0);
    struct timespec none = {0};
    CHECK(sigtimedwait(&set_, NULL, &none) == -1 && errno == EAGAIN);
    return ok();
}
