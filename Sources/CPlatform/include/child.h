// The one way in which thresh starts a process.
//
// thresh_start_child() clones with CLONE_VM | CLONE_VFORK: until it execs or ends, the child runs in the memory of the
// parent, on a stack of its own, while the calling thread (and only that) is suspended. The other threads go on, so the
// code that the child runs lives under rules stricter than those of a signal handler. It may not
//
//   - allocate, free or take any lock: another thread may hold the lock, and the child would leave it taken for ever
//   - call anything but thin wrappers of system calls: no stdio, no locale, no environ, no Swift
//   - write to memory, but for its stack, `errno` (the suspended thread's) and the failure and descriptor records
//     that the parent handed it for that purpose
//   - let a signal handler run: all signals are blocked until every caught signal is back at its default
//   - return: it leaves by execve or _exit
//
// All that it needs is therefore laid out by the parent before, in struct thresh_launch.
#ifndef THRESH_CHILD_H
#define THRESH_CHILD_H

#include <stdint.h>
#include <sys/types.h>

/// `source` is duplicated to `target`; -1 closes `target`. Equal ones lose their close-on-exec flag.
struct thresh_descriptor {
    int target;
    int source;
};

struct thresh_limit {
    int resource;
    uint64_t soft;
    uint64_t hard;
};

/// Where a launch failed; the order is that of the steps.
enum thresh_step {
    THRESH_STEP_NONE,
    THRESH_STEP_CLONE,
    THRESH_STEP_SESSION,
    THRESH_STEP_GROUP,
    THRESH_STEP_TERMINAL,
    THRESH_STEP_LIMITS,
    THRESH_STEP_USER,
    THRESH_STEP_DIRECTORY,
    THRESH_STEP_DESCRIPTORS,
    THRESH_STEP_SIGNALS,
    THRESH_STEP_EXECUTE,
};

struct thresh_failure {
    int step;   // enum thresh_step
    int error;  // errno of the step
    int detail; // the descriptor, the resource or the signal that it was about
};

struct thresh_launch {
    const char *path;
    char *const *arguments;
    char *const *environment;
    struct thresh_descriptor *descriptors; // overwritten by the child as it goes
    const struct thresh_limit *limits;
    int descriptor_count;
    int limit_count;
    int directory;  // -1: the process's own
    int terminal;   // -1: none
    int group;      // -1: inherited, 0: a new one, else the group to join
    int mask;       // the umask, -1: the process's own
    int niceness;   // THRESH_NICE_INHERIT: the process's own
    int death_signal;
    int new_session;
    int changes_user; // to `uid`, `gid` and the list of groups
    uid_t uid;
    gid_t gid;
    const gid_t *groups;
    int group_count;
    uint64_t ignored;  // bit n-1 is signal n
    uint64_t defaults; // besides those that are caught, and SIGPIPE
};

enum { THRESH_NICE_INHERIT = 1000 };

/// Starts a child. Returns its process id and stores its pidfd (close-on-exec); or returns -1 and fills `failure`, and
/// no child is left.
pid_t thresh_start_child(const struct thresh_launch *launch, struct thresh_failure *failure, int *pidfd);

/// The same steps and the exec in the calling process; returns only on failure. By then the descriptors, the directory
/// and so on may have changed; signal handlers and the signal mask are as before.
void thresh_replace_process(const struct thresh_launch *launch, struct thresh_failure *failure);

/// How a child ended or changed.
struct thresh_end {
    int code;  // CLD_EXITED, CLD_KILLED, CLD_DUMPED, CLD_STOPPED, CLD_CONTINUED
    int value; // exit status or signal
    int64_t user_microseconds;
    int64_t system_microseconds;
    int64_t max_resident_kib;
};

/// waitid on a pidfd with the resource usage, which the wrapper in libc leaves out. 1: `end` is filled; 0: nothing yet
/// (WNOHANG); -1: errno.
int thresh_wait(int pidfd, int options, struct thresh_end *end);

int thresh_pidfd_open(pid_t pid);
int thresh_pidfd_signal(int pidfd, int signal);

#endif
