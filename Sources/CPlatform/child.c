// See child.h for what the code between clone and exec may not do.
#define _GNU_SOURCE
#include "child.h"
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif
#ifndef P_PIDFD
#define P_PIDFD 3
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define THRESH_THREAD_SANITIZER 1
#endif
#endif

// The child's frames are abandoned by execve, on a stack that the sanitizers don't know.
#define CHILD_CODE __attribute__((no_sanitize("address", "thread")))

// MARK: - In the child

struct child {
    const struct thresh_launch *launch;
    struct thresh_failure *failure;
    pid_t parent;
};

CHILD_CODE static int failed(struct thresh_failure *failure, int step, int detail) {
    failure->error = errno;
    failure->detail = detail;
    failure->step = step;
    return -1;
}

/// Makes target n of every record a duplicate of its source. A record is done once no other one still needs its target
/// as a source; when only cycles are left, one target is set aside above all others, which opens its cycle.
CHILD_CODE static int arrange_descriptors(struct thresh_descriptor *list, int count, int *culprit) {
    int left = count; // the records that are still to be done are kept at the front
    while (left > 0) {
        int progressed = 0;
        for (int i = 0; i < left;) {
            int target = list[i].target;
            int source = list[i].source;
            int needed = 0;
            for (int j = 0; j < left && !needed; j++) needed = j != i && list[j].source == target;
            if (needed && source != target) {
                i++;
                continue;
            }
            *culprit = target;
            if (source < 0) {
                close(target); // one that is not open is as closed as asked
            } else if (source == target) {
                if (fcntl(target, F_SETFD, 0) < 0) return -1;
            } else if (dup2(source, target) < 0) {
                *culprit = source;
                return -1;
            }
            list[i] = list[--left];
            progressed = 1;
        }
        if (!progressed) {
            int highest = 0;
            for (int j = 0; j < left; j++) {
                if (list[j].target > highest) highest = list[j].target;
                if (list[j].source > highest) highest = list[j].source;
            }
            int target = list[0].target;
            *culprit = target;
            int aside = fcntl(target, F_DUPFD_CLOEXEC, highest + 1);
            // Near the limit of descriptors there may be room below only; any free number that is no target will do,
            // and a free one can't be a source.
            for (int from = 0; aside < 0 && (errno == EINVAL || errno == EMFILE);) {
                aside = fcntl(target, F_DUPFD_CLOEXEC, from);
                if (aside < 0) return -1;
                for (int j = 0; j < left; j++) {
                    if (list[j].target == aside) {
                        from = aside + 1;
                        close(aside);
                        aside = -1;
                        errno = EINVAL;
                        break;
                    }
                }
            }
            if (aside < 0) return -1;
            for (int j = 0; j < left; j++) {
                if (list[j].source == target) list[j].source = aside;
            }
        }
    }
    return 0;
}

CHILD_CODE static int set_disposition(int signal, void (*disposition)(int)) {
    struct sigaction action = {.sa_handler = disposition};
    return sigaction(signal, &action, NULL);
}

/// Signals: caught ones and SIGPIPE to their default, then what the launch asks for.
CHILD_CODE static int set_signals(const struct thresh_launch *launch, int *culprit) {
    uint64_t ignored = launch->ignored;
    uint64_t defaults = (thresh_caught_signals() | launch->defaults | UINT64_C(1) << (SIGPIPE - 1)) & ~ignored;
    for (uint64_t left = defaults | ignored; left != 0; left &= left - 1) {
        int signal = __builtin_ctzll(left) + 1;
        int ignores = (ignored >> (signal - 1)) & 1;
        if (set_disposition(signal, ignores ? SIG_IGN : SIG_DFL) < 0) {
            *culprit = signal;
            return -1;
        }
    }
    return 0;
}

/// Everything between clone and exec, in the order that the steps need: the terminal before its descriptor may be
/// replaced, the directory likewise, limits after the descriptors (a lowered number of them must not forbid dup2).
CHILD_CODE static int apply(const struct thresh_launch *launch, struct thresh_failure *failure) {
    int culprit = 0;
    if (launch->new_session && setsid() < 0) return failed(failure, THRESH_STEP_SESSION, 0);
    if (launch->group >= 0 && setpgid(0, launch->group) < 0) return failed(failure, THRESH_STEP_GROUP, launch->group);
    if (launch->terminal >= 0 && tcsetpgrp(launch->terminal, getpgrp()) < 0) {
        return failed(failure, THRESH_STEP_TERMINAL, launch->terminal);
    }
    if (launch->niceness != THRESH_NICE_INHERIT && setpriority(PRIO_PROCESS, 0, launch->niceness) < 0) {
        return failed(failure, THRESH_STEP_LIMITS, THRESH_NICE_INHERIT);
    }
    if (launch->mask >= 0) umask((mode_t)launch->mask);
    if (launch->directory >= 0 && fchdir(launch->directory) < 0) {
        return failed(failure, THRESH_STEP_DIRECTORY, launch->directory);
    }
    if (arrange_descriptors(launch->descriptors, launch->descriptor_count, &culprit) < 0) {
        return failed(failure, THRESH_STEP_DESCRIPTORS, culprit);
    }
    for (int i = 0; i < launch->limit_count; i++) {
        struct rlimit limit = {.rlim_cur = launch->limits[i].soft, .rlim_max = launch->limits[i].hard};
        if (prlimit(0, launch->limits[i].resource, &limit, NULL) < 0) {
            return failed(failure, THRESH_STEP_LIMITS, launch->limits[i].resource);
        }
    }
    if (set_signals(launch, &culprit) < 0) return failed(failure, THRESH_STEP_SIGNALS, culprit);
    // The raw calls, since those of libc would change the user of all threads of the parent.
    if (launch->changes_user
        && (syscall(SYS_setgroups, launch->group_count, launch->groups) < 0 || syscall(SYS_setgid, launch->gid) < 0
            || syscall(SYS_setuid, launch->uid) < 0)) {
        return failed(failure, THRESH_STEP_USER, 0);
    }
    return 0;
}

static void set_mask(const uint64_t *mask, uint64_t *old) {
    // The raw call, since libc's wrapper leaves two signals of its own unblocked.
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, old, sizeof *mask);
}

CHILD_CODE static int child_main(void *argument) {
    struct child *child = argument;
    const struct thresh_launch *launch = child->launch;
    if (apply(launch, child->failure) < 0) _exit(127);
    if (launch->death_signal != 0) {
        if (prctl(PR_SET_PDEATHSIG, launch->death_signal) < 0) {
            failed(child->failure, THRESH_STEP_SIGNALS, launch->death_signal);
            _exit(127);
        }
        // Had the parent ended before that call, no signal would come any more.
        if (getppid() != child->parent) _exit(127);
    }
    uint64_t mask = thresh_initial_mask();
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
    execve(launch->path, launch->arguments, launch->environment);
    failed(child->failure, THRESH_STEP_EXECUTE, 0);
    _exit(127);
}

// MARK: - In the parent

#ifdef THRESH_THREAD_SANITIZER

// The sanitizer aborts in clone(CLONE_VM) and turns vfork into fork, so memory is not shared: the failure comes back by
// a pipe that a successful exec closes.
static pid_t clone_child(struct child *child, int *pidfd) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return -1;
    pid_t pid = fork();
    if (pid == 0) {
        // Out of the way of the targets, and with no number taken that the launch may count on being closed.
        int end = fcntl(ends[1], F_DUPFD_CLOEXEC, 512);
        close(ends[0]);
        close(ends[1]);
        struct thresh_failure *failure = child->failure;
        if (apply(child->launch, failure) == 0) {
            if (child->launch->death_signal != 0) prctl(PR_SET_PDEATHSIG, child->launch->death_signal);
            if (getppid() != child->parent) _exit(127);
            uint64_t mask = thresh_initial_mask();
            set_mask(&mask, NULL);
            execve(child->launch->path, child->launch->arguments, child->launch->environment);
            failed(failure, THRESH_STEP_EXECUTE, 0);
        }
        ssize_t written = write(end, failure, sizeof *failure);
        _exit(written < 0 ? 126 : 127);
    }
    int error = errno;
    close(ends[1]);
    if (pid > 0) {
        struct thresh_failure failure;
        ssize_t count;
        do count = read(ends[0], &failure, sizeof failure);
        while (count < 0 && errno == EINTR);
        if (count == (ssize_t)sizeof failure) *child->failure = failure;
        *pidfd = thresh_pidfd_open(pid);
    }
    close(ends[0]);
    errno = error;
    return pid;
}

#else

enum { CHILD_STACK_SIZE = 64 * 1024, CHILD_STACK_GUARD = 64 * 1024 };

// One a thread, since every thread may be in a clone at the same time. It is kept as long as the process: the threads
// that start children are kept as well.
static __thread char *child_stack;

static char *stack_top(void) {
    if (child_stack == NULL) {
        char *low = mmap(NULL, CHILD_STACK_GUARD + CHILD_STACK_SIZE, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
        if (low == MAP_FAILED) return NULL;
        mprotect(low, CHILD_STACK_GUARD, PROT_NONE);
        child_stack = low + CHILD_STACK_GUARD + CHILD_STACK_SIZE;
    }
    return child_stack;
}

static pid_t clone_child(struct child *child, int *pidfd) {
    char *stack = stack_top();
    if (stack == NULL) return -1;
    return clone(child_main, stack, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, child, pidfd);
}

#endif

static void reap(pid_t pid) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
}

pid_t thresh_start_child(const struct thresh_launch *launch, struct thresh_failure *failure, int *pidfd) {
    struct child child = {.launch = launch, .failure = failure, .parent = getpid()};
    failure->step = THRESH_STEP_NONE;
    *pidfd = -1;
    thresh_keep_children_waitable();

    uint64_t all = UINT64_MAX;
    uint64_t old;
    set_mask(&all, &old);
    pid_t pid = clone_child(&child, pidfd);
    int error = errno;
    set_mask(&old, NULL);

    if (pid < 0) {
        errno = error;
        return failed(failure, THRESH_STEP_CLONE, 0);
    }
    if (failure->step != THRESH_STEP_NONE) {
        reap(pid);
        if (*pidfd >= 0) close(*pidfd);
        return -1;
    }
    if (*pidfd < 0) {
        // A kernel before 5.2 passes over the flag. Nothing could wait for this child.
        kill(pid, SIGKILL);
        reap(pid);
        errno = ENOSYS;
        return failed(failure, THRESH_STEP_CLONE, 0);
    }
    return pid;
}

void thresh_replace_process(const struct thresh_launch *launch, struct thresh_failure *failure) {
    uint64_t all = UINT64_MAX;
    uint64_t old;
    failure->step = THRESH_STEP_NONE;
    set_mask(&all, &old);
    struct sigaction pipe_action;
    sigaction(SIGPIPE, NULL, &pipe_action);
    if (apply(launch, failure) == 0) {
        uint64_t mask = thresh_initial_mask();
        set_mask(&mask, NULL);
        execve(launch->path, launch->arguments, launch->environment);
        failed(failure, THRESH_STEP_EXECUTE, 0);
        set_mask(&all, NULL);
    }
    sigaction(SIGPIPE, &pipe_action, NULL);
    thresh_restore_handlers();
    set_mask(&old, NULL);
}

// MARK: - Ends

int thresh_wait(int pidfd, int options, struct thresh_end *end) {
    siginfo_t info;
    struct rusage usage;
    long result;
    info.si_pid = 0;
    do result = syscall(SYS_waitid, P_PIDFD, pidfd, &info, options, &usage);
    while (result < 0 && errno == EINTR);
    if (result < 0) return -1;
    if (info.si_pid == 0) return 0;
    end->code = info.si_code;
    end->value = info.si_status;
    end->user_microseconds = (int64_t)usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec;
    end->system_microseconds = (int64_t)usage.ru_stime.tv_sec * 1000000 + usage.ru_stime.tv_usec;
    end->max_resident_kib = usage.ru_maxrss;
    return 1;
}

int thresh_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int thresh_pidfd_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}
