// What the interpreter's fuzzer must not do to the machine, done away with: these functions take the place of the C
// library's and of Sources/CPlatform/child.c. Files below the working directory can be read, writing goes to /dev/null,
// no process is started, and no signal is sent.
#define _GNU_SOURCE
#include "child.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "sandbox.h"

static int sandbox_closed;

void sandbox_close(void) { sandbox_closed = 1; }

static int is_outside(const char *path) {
    if (strcmp(path, "/dev/null") == 0) return 0;
    return path[0] == '/' || strstr(path, "..") != NULL;
}

int openat(int directory, const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, int) : 0;
    va_end(list);
    static int (*real)(int, const char *, int, ...);
    if (real == NULL) real = (int (*)(int, const char *, int, ...))dlsym(RTLD_NEXT, "openat");
    if (sandbox_closed) {
        if (is_outside(path)) {
            errno = ENOENT;
            return -1;
        }
        if ((flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC)) {
            return real(AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
        }
    }
    return real(directory, path, flags, mode);
}

int kill(pid_t pid, int signal) {
    (void)pid, (void)signal;
    errno = EPERM;
    return -1;
}

int killpg(pid_t group, int signal) { return kill(-group, signal); }

int setpgid(pid_t pid, pid_t group) {
    (void)pid, (void)group;
    errno = EPERM;
    return -1;
}

pid_t thresh_start_child(const struct thresh_launch *launch, struct thresh_failure *failure, int *pidfd) {
    (void)launch;
    *pidfd = -1;
    *failure = (struct thresh_failure){.step = THRESH_STEP_EXECUTE, .error = ENOENT};
    errno = ENOENT;
    return -1;
}

void thresh_replace_process(const struct thresh_launch *launch, struct thresh_failure *failure) {
    (void)launch;
    *failure = (struct thresh_failure){.step = THRESH_STEP_EXECUTE, .error = ENOENT};
}

int thresh_wait(int pidfd, int options, struct thresh_end *end) {
    (void)pidfd, (void)options, (void)end;
    errno = ECHILD;
    return -1;
}

int thresh_pidfd_open(pid_t pid) { return kill(pid, 0); }
int thresh_pidfd_signal(int pidfd, int signal) { return kill(pidfd, signal); }
