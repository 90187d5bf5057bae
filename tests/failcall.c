/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * failcall: runs a program in which one system call fails, for tests of what cannot be made to fail
 * otherwise.
 *
 *     failcall CALL ERROR PROGRAM [ARGUMENT...]
 *
 * CALL is one of those below, ERROR one of the names below.  The kernel's own filter (seccomp) does it,
 * so the program is the real one.  It exits with 77 where the filter cannot be had.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { EXIT_UNSUPPORTED = 77, MAX_NUMBERS = 4, THIRD_ARGUMENT = 2 };

struct call {
    const char *name;
    int numbers[MAX_NUMBERS]; /* of the system calls that do it; -1: none */
    uint32_t flag;            /* only with this flag in the third argument; 0: always */
};

static const struct call calls[] = {
    {"clone", {SYS_clone, SYS_clone3, -1, -1}, 0},
    {"fchmod", {SYS_fchmod, -1, -1, -1}, 0},
    {"fsync", {SYS_fsync, SYS_fdatasync, -1, -1}, 0},
    {"linkat", {SYS_linkat, -1, -1, -1}, 0},
#ifdef SYS_rename
    {"rename", {SYS_rename, SYS_renameat, SYS_renameat2, -1}, 0},
#else
    {"rename", {SYS_renameat, SYS_renameat2, -1, -1}, 0},
#endif
    {"tmpfile", {SYS_openat, -1, -1, -1}, O_TMPFILE & ~O_DIRECTORY},
    {"create", {SYS_openat, -1, -1, -1}, O_EXCL},
};

static const struct {
    const char *name;
    uint32_t number;
} errors[] = {
    {"EACCES", EACCES}, {"EAGAIN", EAGAIN}, {"EDQUOT", EDQUOT}, {"EIO", EIO}, {"EOPNOTSUPP", EOPNOTSUPP},
};

/* Lets the kernel answer a call with an error from now on.  Returns 0, or -1 with errno set. */
static int
install(const struct call *call, uint32_t error)
{
    struct sock_filter code[4 * MAX_NUMBERS + 3];
    unsigned short n = 0;
    /* Flags fit the lower half of an argument. */
    uint32_t flags = offsetof(struct seccomp_data, args[THIRD_ARGUMENT]);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    flags += 4;
#endif
    uint32_t flag = call->flag;

    for (int i = 0; i < MAX_NUMBERS && call->numbers[i] != -1; i++) {
        uint32_t number = (uint32_t)call->numbers[i];
        uint8_t skip = flag ? 3 : 1;
        code[n++] =
            (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, skip);
        if (flag) {
            code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, flags);
            code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, flag, 0, 1);
        }
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error);
    }
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {.len = n, .filter = code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int
main(int argc, char **argv)
{
    const struct call *call = NULL;
    uint32_t error = 0;

    if (argc < 4)
        errx(2, "usage: failcall CALL ERROR PROGRAM [ARGUMENT...]");
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (strcmp(argv[1], calls[i].name) == 0)
            call = &calls[i];
    }
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        if (strcmp(argv[2], errors[i].name) == 0)
            error = errors[i].number;
    }
    if (!call || !error)
        errx(2, "%s %s: no such call or error here", argv[1], argv[2]);
    if (install(call, error) == -1)
        err(EXIT_UNSUPPORTED, "seccomp");
    execvp(argv[3], argv + 3);
    err(127, "%s", argv[3]);
}
