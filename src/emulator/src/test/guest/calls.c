/* System calls of futexes and memory without a library between. */
#define _GNU_SOURCE
#include "check.h"
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/sysinfo.h>
#include <sys/syscall.h>

#define PRIVATE_U32 (2 | FUTEX_PRIVATE_FLAG)

struct waitv {
    uint64_t value, address;
    uint32_t flags, reserved;
};

static int a, b;
static volatile long result;

static long futex(int *uaddr, int op, int value, long timeout, int *uaddr2, int value3) {
    return syscall(SYS_futex, uaddr, op, value, timeout, uaddr2, value3);
}

static void *wait_a(void *arg) {
    result = futex(&a, FUTEX_WAIT_PRIVATE, 0, 0, NULL, 0);
    return arg;
}

static void *wait_either(void *arg) {
    struct waitv both[2] = {{0, (uintptr_t)&a, PRIVATE_U32, 0}, {0, (uintptr_t)&b, PRIVATE_U32, 0}};
    result = syscall(449, both, 2, 0, NULL, CLOCK_MONOTONIC);
    return arg;
}

static void *wait_new(void *arg) {
    result = syscall(455, &a, 0L, 0xffffffffL, PRIVATE_U32, NULL, CLOCK_MONOTONIC);
    return arg;
}

static void threads(void) {
    pthread_t t;
    CHECK_EQ(pthread_create(&t, NULL, wait_a, NULL), 0);
    while (futex(&a, FUTEX_CMP_REQUEUE_PRIVATE, 0, 1, &b, 0) != 1) {
        usleep(500);
    }
    CHECK_EQ(futex(&a, FUTEX_WAKE_PRIVATE, 1, 0, NULL, 0), 0);
    CHECK_EQ(futex(&b, FUTEX_WAKE_PRIVATE, 1, 0, NULL, 0), 1);
    CHECK_EQ(pthread_join(t, NULL), 0);
    CHECK_EQ(result, 0);

    CHECK_EQ(pthread_create(&t, NULL, wait_either, NULL), 0);
    while (futex(&b, FUTEX_WAKE_PRIVATE, 1, 0, NULL, 0) != 1) {
        usleep(500);
    }
    CHECK_EQ(pthread_join(t, NULL), 0);
    CHECK_EQ(result, 1);

    CHECK_EQ(pthread_create(&t, NULL, wait_new, NULL), 0);
    struct waitv move[2] = {{0, (uintptr_t)&a, PRIVATE_U32, 0}, {0, (uintptr_t)&b, PRIVATE_U32, 0}};
    while (syscall(456, move, 0, 0, 1) != 1) {
        usleep(500);
    }
    CHECK_EQ(syscall(454, &b, 0xffffffffL, 1, PRIVATE_U32), 1);
    CHECK_EQ(pthread_join(t, NULL), 0);
    CHECK_EQ(result, 0);

    b = 5;
    CHECK_EQ(pthread_create(&t, NULL, wait_a, NULL), 0);
    int add = FUTEX_OP(FUTEX_OP_ADD, 1, FUTEX_OP_CMP_GT, 100);
    while (futex(&a, FUTEX_WAKE_OP_PRIVATE, 1, 1, &b, add) != 1) {
        usleep(500);
    }
    CHECK(b > 5);
    CHECK_EQ(pthread_join(t, NULL), 0);
}

static void errors(void) {
    CHECK(futex(&a, FUTEX_WAIT, 1, 0, NULL, 0) == -1 && errno == EAGAIN);
    CHECK(futex((int *)((char *)&a + 1), FUTEX_WAIT, 0, 0, NULL, 0) == -1 && errno == EINVAL);
    CHECK(futex((int *)8, FUTEX_WAIT, 0, 0, NULL, 0) == -1 && errno == EFAULT);
    CHECK(futex(&a, 99, 0, 0, NULL, 0) == -1 && errno == ENOSYS);
    void *head;
    size_t length;
    CHECK_EQ(syscall(SYS_get_robust_list, 0, &head, &length), 0);
    CHECK_EQ(length, 24);
    CHECK(syscall(SYS_set_robust_list, head, 1L) == -1 && errno == EINVAL);
}

static void memory(void) {
    char *p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(p != MAP_FAILED);
    p[0] = 1;
    p[8192] = 3;
    char *q = mremap(p, 3 * 4096, 64 * 4096, MREMAP_MAYMOVE);
    CHECK(q != MAP_FAILED && q[0] == 1 && q[8192] == 3);
    CHECK_EQ(madvise(q, 4096, MADV_DONTNEED), 0);
    CHECK_EQ(q[0], 0);
    CHECK_EQ(mprotect(q, 4096, PROT_READ), 0);
    CHECK(syscall(SYS_read, -1, q, 1) == -1 && errno == EBADF);
    CHECK_EQ(munmap(q, 64 * 4096), 0);
    CHECK(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, q) == -1 && errno == EFAULT);

    int fd = memfd_create("guest", 0);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, "hello", 5), 5);
    CHECK_EQ(ftruncate(fd, 4096), 0);
    char *m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *n = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(m != MAP_FAILED && n != MAP_FAILED && memcmp(m, "hello", 5) == 0);
    n[1] = 'a';
    CHECK_EQ(m[1], 'a');
    CHECK_EQ(lseek(fd, 1, SEEK_SET), 1);
    char byte;
    CHECK_EQ(read(fd, &byte, 1), 1);
    CHECK_EQ(byte, 'a');

    int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
    CHECK(id >= 0);
    int *segment = shmat(id, NULL, 0), *twice = shmat(id, NULL, 0);
    CHECK(segment != (void *)-1 && twice != (void *)-1 && segment != twice);
    CHECK_EQ(shmctl(id, IPC_RMID, NULL), 0);
    pid_t child = fork();
    if (child == 0) {
        while (futex(twice, FUTEX_WAKE, 1, 0, NULL, 0) != 1) {
            usleep(500);
        }
        _exit(0);
    }
    CHECK_EQ(futex(segment, FUTEX_WAIT, 0, 0, NULL, 0), 0);
    CHECK_EQ(wait_for(child), 0);
    CHECK_EQ(shmdt(segment), 0);
    CHECK_EQ(shmdt(twice), 0);

    void *start = sbrk(0);
    CHECK(sbrk(100000) == start && sbrk(0) == (char *)start + 100000);
    memset(start, 1, 100000);
    CHECK(sbrk(-100000) != (void *)-1);
}

/* Returns the state of a process, as /proc has it. */
static char state_of(pid_t pid) {
    char name[40], state = 0;
    snprintf(name, sizeof name, "/proc/%d/stat", pid);
    FILE *file = fopen(name, "r");
    CHECK(file != NULL);
    CHECK_EQ(fscanf(file, "%*d %*s %c", &state), 1);
    fclose(file);
    return state;
}

static void system_information(void) {
    struct sysinfo info;
    CHECK(getpid() != 1 && getppid() != getpid());
    CHECK_EQ(sysinfo(&info), 0);
    CHECK(info.freeram > 0 && info.freeram <= info.totalram && info.mem_unit > 0);
    pid_t child = fork();
    if (child == 0) {
        _exit(sleep(600) != 0);
    }
    CHECK(fopen("/proc/99999999999/stat", "r") == NULL && errno == ENOENT);
    while (state_of(child) != 'S') {
        usleep(500);
    }
    CHECK_EQ(kill(child, SIGTERM), 0);
    CHECK_EQ(wait_for(child), SIGTERM);
}

int main(void) {
    system_information();
    errors();
    threads();
    memory();
    return ok();
}
