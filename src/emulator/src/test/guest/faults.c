/* Faults of instructions, and code that the program writes itself. */
#define _GNU_SOURCE
#include "check.h"
#include <setjmp.h>
#include <signal.h>
#include <string.h>

static sigjmp_buf jump;
static volatile int number, code;
static void *volatile address;

static void caught(int signal, siginfo_t *info, void *context) {
    number = signal;
    code = info->si_code;
    address = info->si_addr;
    siglongjmp(jump, 1);
}

#define EXPECT_FAULT(action, signal, expected_code, expected_address)   \
    do {                                                                \
        number = 0;                                                     \
        if (sigsetjmp(jump, 1) == 0) {                                  \
            action;                                                     \
        }                                                               \
        CHECK_EQ(number, signal);                                       \
        CHECK_EQ(code, expected_code);                                  \
        CHECK_EQ(address, expected_address);                            \
    } while (0)

int main(void) {
    struct sigaction action = {.sa_sigaction = caught, .sa_flags = SA_SIGINFO};
    CHECK_EQ(sigaction(SIGSEGV, &action, NULL), 0);
    CHECK_EQ(sigaction(SIGBUS, &action, NULL), 0);
    CHECK_EQ(sigaction(SIGILL, &action, NULL), 0);

    volatile char *missing = (char *)64;
    EXPECT_FAULT(*missing = 1, SIGSEGV, SEGV_MAPERR, missing);
    volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_EQ(page[5], 0);
    EXPECT_FAULT(page[5] = 1, SIGSEGV, SEGV_ACCERR, page + 5);
    int fd = memfd_create("short", 0);
    CHECK_EQ(ftruncate(fd, 4096), 0);
    volatile char *file = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    file[4095] = 1;
    EXPECT_FAULT(file[4096] = 1, SIGBUS, BUS_ADRERR, file + 4096);
#ifdef __riscv
    number = 0;
    if (sigsetjmp(jump, 1) == 0) {
        asm volatile(".word 0");
    }
    CHECK_EQ(number, SIGILL);

    unsigned *routine = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (unsigned i = 1; i <= 3; i++) {
        routine[0] = i << 20 | 0x513; /* li a0, i */
        routine[1] = 0x8067; /* ret */
        __builtin___clear_cache((char *)routine, (char *)(routine + 2));
        CHECK_EQ(((int (*)(void))routine)(), i);
    }
#endif
    pid_t child = fork();
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL);
        *missing = 1;
    }
    int status = wait_for(child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    return ok();
}
