// System interfaces that Swift can't import: variadic calls, macros, unions, mutable globals.
#ifndef THRESH_SYSTEM_H
#define THRESH_SYSTEM_H

#include <stdint.h>
#include <sys/types.h>

/// The text of an errno in English, NULL for an unknown one.
const char *thresh_error_text(int error);

/// `environ`.
char **thresh_environment(void);

int thresh_get_limit(int resource, uint64_t *soft, uint64_t *hard);
int thresh_set_limit(int resource, uint64_t soft, uint64_t hard);

/// pipe2 and dup3 with close-on-exec; -1 and errno.
int thresh_pipe(int ends[2]);
int thresh_duplicate_onto(int source, int target);

/// Opens a directory as a base for other calls (O_PATH).
int thresh_open_base(int directory, const char *path);
/// A new file without a name in the directory `path` (O_TMPFILE); EOPNOTSUPP, EISDIR or EINVAL where that is unknown.
int thresh_unnamed_file(const char *path);
/// mkostemp, close-on-exec.
int thresh_temporary_file(char *path_template);
ssize_t thresh_send_file(int target, int source, size_t count);
/// tee without waiting: copies what lies in the pipe `source` to the pipe `target` and leaves it in `source`.
ssize_t thresh_tee(int source, int target, size_t count);

/// Processor time in microseconds of this process and of its children that were waited for.
void thresh_times(int64_t *user, int64_t *system, int64_t *children_user, int64_t *children_system);

/// A non-blocking, close-on-exec inotify descriptor.
int thresh_notify_create(void);
/// Reports changes of files in the directory `path`: contents, names that come and go.
int thresh_notify_add(int notify, const char *path);

struct pollfd;
/// ppoll for at most `nanoseconds` (-1: without end).
int thresh_poll(struct pollfd *descriptors, size_t count, int64_t nanoseconds);

/// Tells the processor that this thread turns in a loop until another writes.
static inline void thresh_spin_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/// Sleeps while the word has that value; may return at any time.
void thresh_futex_wait(uint32_t *word, uint32_t value);
/// Wakes one of those that sleep.
void thresh_futex_wake(uint32_t *word);

/// A non-blocking, close-on-exec eventfd.
int thresh_eventfd(void);

enum {
    THRESH_READABLE = 0x001, // EPOLLIN
    THRESH_WRITABLE = 0x004, // EPOLLOUT
    THRESH_FAILED = 0x008,   // EPOLLERR
    THRESH_HUNG_UP = 0x010,  // EPOLLHUP
};

int thresh_epoll_create(void);
int thresh_epoll_add(int epoll, int descriptor, uint32_t events, uint64_t token);
int thresh_epoll_modify(int epoll, int descriptor, uint32_t events, uint64_t token);
int thresh_epoll_remove(int epoll, int descriptor);

/// One epoll event in a layout that is the same everywhere (the kernel's is packed on some machines only).
struct thresh_event {
    uint64_t token;
    uint32_t events;
    uint32_t unused;
};

/// Waits for at most `nanoseconds` (-1: without end). Returns the number of events, -1 and errno on failure.
int thresh_epoll_wait(int epoll, struct thresh_event *events, int capacity, int64_t nanoseconds);

/// A new anonymous file in memory that can be sealed; close-on-exec.
int thresh_memory_file(const char *name);
/// Forbids any further change of a memory file.
int thresh_seal(int descriptor);

int thresh_terminal_size(int descriptor, int *columns, int *rows);
/// tcsetpgrp that works from a background group as well, as a shell's must.
int thresh_set_foreground(int descriptor, pid_t group);

/// The number of processors that this process may run on; -1 if unknown.
int thresh_processor_count(void);
/// Whether this process may run on processor `number`.
int thresh_may_use_processor(int number);

/// F_SETPIPE_SZ, F_GETPIPE_SZ.
int thresh_set_pipe_size(int descriptor, int size);
int thresh_get_pipe_size(int descriptor);

/// The arguments of this process, its name first; the last is followed by NULL.
char **thresh_arguments(void);

/// Bytes that could be read at once, -1 and errno.
int thresh_readable_count(int descriptor);

/// The name and type of the next entry of a directory stream (a DIR); NULL at the end (errno 0) or on failure.
const char *thresh_next_entry(void *stream, unsigned char *type);

#endif
