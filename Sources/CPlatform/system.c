#define _GNU_SOURCE
#include "system.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

const char *thresh_error_text(int error) { return strerrordesc_np(error); }

char **thresh_environment(void) { return environ; }

int thresh_get_limit(int resource, uint64_t *soft, uint64_t *hard) {
    struct rlimit limit;
    if (prlimit(0, resource, NULL, &limit) < 0) return -1;
    *soft = limit.rlim_cur;
    *hard = limit.rlim_max;
    return 0;
}

int thresh_set_limit(int resource, uint64_t soft, uint64_t hard) {
    struct rlimit limit = {.rlim_cur = soft, .rlim_max = hard};
    return prlimit(0, resource, &limit, NULL);
}

void thresh_times(int64_t *user, int64_t *system, int64_t *children_user, int64_t *children_system) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        *user = (int64_t)usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec;
        *system = (int64_t)usage.ru_stime.tv_sec * 1000000 + usage.ru_stime.tv_usec;
    }
    if (getrusage(RUSAGE_CHILDREN, &usage) == 0) {
        *children_user = (int64_t)usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec;
        *children_system = (int64_t)usage.ru_stime.tv_sec * 1000000 + usage.ru_stime.tv_usec;
    }
}

// MARK: - epoll

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

_Static_assert((int)THRESH_READABLE == (int)EPOLLIN && (int)THRESH_WRITABLE == (int)EPOLLOUT, "as the kernel counts");
_Static_assert((int)THRESH_FAILED == (int)EPOLLERR && (int)THRESH_HUNG_UP == (int)EPOLLHUP, "as the kernel counts");

int thresh_poll(struct pollfd *descriptors, size_t count, int64_t nanoseconds) {
    struct timespec time = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    return ppoll(descriptors, count, nanoseconds < 0 ? NULL : &time, NULL);
}

void thresh_futex_wait(uint32_t *word, uint32_t value) {
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

void thresh_futex_wake(uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0); }

int thresh_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
int thresh_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static int change(int epoll, int operation, int descriptor, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data.u64 = token};
    return epoll_ctl(epoll, operation, descriptor, &event);
}

int thresh_epoll_add(int epoll, int descriptor, uint32_t events, uint64_t token) {
    return change(epoll, EPOLL_CTL_ADD, descriptor, events, token);
}

int thresh_epoll_modify(int epoll, int descriptor, uint32_t events, uint64_t token) {
    return change(epoll, EPOLL_CTL_MOD, descriptor, events, token);
}

int thresh_epoll_remove(int epoll, int descriptor) { return change(epoll, EPOLL_CTL_DEL, descriptor, 0, 0); }

static int wait_for_events(int epoll, struct epoll_event *events, int capacity, int64_t nanoseconds) {
    static int lacks_nanoseconds;
    if (nanoseconds > 0 && !__atomic_load_n(&lacks_nanoseconds, __ATOMIC_RELAXED)) {
        // As the kernel sees it, whatever libc's time_t is.
        int64_t timeout[2] = {nanoseconds / 1000000000, nanoseconds % 1000000000};
        int count = (int)syscall(SYS_epoll_pwait2, epoll, events, capacity, timeout, NULL, 0);
        if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return count;
        __atomic_store_n(&lacks_nanoseconds, 1, __ATOMIC_RELAXED); // Linux before 5.11, or a filter of calls
    }
    int milliseconds = -1;
    if (nanoseconds >= 0) {
        // Rounded up: to wake before the deadline would make the caller spin until it.
        int64_t rounded = nanoseconds / 1000000 + (nanoseconds % 1000000 != 0);
        milliseconds = rounded > INT_MAX ? INT_MAX : (int)rounded;
    }
    return epoll_wait(epoll, events, capacity, milliseconds);
}

int thresh_epoll_wait(int epoll, struct thresh_event *events, int capacity, int64_t nanoseconds) {
    struct epoll_event buffer[64];
    if (capacity > 64) capacity = 64;
    int count = wait_for_events(epoll, buffer, capacity, nanoseconds);
    for (int i = 0; i < count; i++) {
        events[i].token = buffer[i].data.u64;
        events[i].events = buffer[i].events;
    }
    return count;
}

// MARK: - Files

int thresh_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }
int thresh_duplicate_onto(int source, int target) { return dup3(source, target, O_CLOEXEC); }

int thresh_open_base(int directory, const char *path) {
    return openat(directory, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int thresh_unnamed_file(const char *path) { return open(path, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600); }
int thresh_temporary_file(char *path_template) { return mkostemp(path_template, O_CLOEXEC); }
ssize_t thresh_send_file(int target, int source, size_t count) { return sendfile(target, source, NULL, count); }

ssize_t thresh_tee(int source, int target, size_t count) { return tee(source, target, count, SPLICE_F_NONBLOCK); }

int thresh_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING); }

int thresh_seal(int descriptor) {
    return fcntl(descriptor, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
}

int thresh_set_pipe_size(int descriptor, int size) { return fcntl(descriptor, F_SETPIPE_SZ, size); }
int thresh_get_pipe_size(int descriptor) { return fcntl(descriptor, F_GETPIPE_SZ); }

int thresh_readable_count(int descriptor) {
    int count = 0;
    return ioctl(descriptor, FIONREAD, &count) < 0 ? -1 : count;
}

const char *thresh_next_entry(void *stream, unsigned char *type) {
    errno = 0;
    struct dirent *entry = readdir(stream);
    if (entry == NULL) return NULL;
    *type = entry->d_type;
    return entry->d_name;
}

// MARK: - Terminal

int thresh_terminal_size(int descriptor, int *columns, int *rows) {
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) < 0) return -1;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return 0;
}

int thresh_set_foreground(int descriptor, pid_t group) {
    uint64_t blocked = UINT64_C(1) << (SIGTTOU - 1);
    uint64_t old;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &blocked, &old, sizeof blocked);
    int result = tcsetpgrp(descriptor, group);
    int error = errno;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &old, NULL, sizeof old);
    errno = error;
    return result;
}

// MARK: - Arguments

static char **arguments;

// Swift's runtime would look for them on the stack, after reading /proc/self/maps; libc hands them to constructors.
__attribute__((constructor)) static void keep_arguments(int count, char **values) {
    (void)count;
    arguments = values;
}

char **thresh_arguments(void) {
    return arguments;
}

// MARK: - Processors

// Room for 16,384 processors; the kernel fills what it has.
enum { PROCESSOR_WORDS = 256 };

static long get_affinity(unsigned long words[PROCESSOR_WORDS]) {
    memset(words, 0, PROCESSOR_WORDS * sizeof *words);
    return syscall(SYS_sched_getaffinity, 0, PROCESSOR_WORDS * sizeof *words, words);
}

int thresh_processor_count(void) {
    unsigned long words[PROCESSOR_WORDS];
    if (get_affinity(words) <= 0) return -1;
    int count = 0;
    for (int i = 0; i < PROCESSOR_WORDS; i++) count += __builtin_popcountl(words[i]);
    return count;
}

int thresh_may_use_processor(int number) {
    unsigned long words[PROCESSOR_WORDS];
    const int width = 8 * sizeof *words;
    if (number < 0 || number >= PROCESSOR_WORDS * width || get_affinity(words) <= 0) return 0;
    return (words[number / width] >> (number % width)) & 1;
}

int thresh_notify_create(void) { return inotify_init1(IN_NONBLOCK | IN_CLOEXEC); }

int thresh_notify_add(int notify, const char *path) {
    return inotify_add_watch(notify, path, IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE);
}
