// Locks of open file descriptions (F_OFD_SETLK): they belong to the open file, not to the process, and end with it.
#ifndef THRESH_FILELOCK_H
#define THRESH_FILELOCK_H

#include <sys/types.h>

/// Locks the whole file for writing; -1 and EAGAIN if another open file has it locked.
int thresh_lock_file(int descriptor);
int thresh_unlock_file(int descriptor);

/// Who has the file locked: 0 nobody, -1 somebody whom the kernel does not name, else the process. -2 and errno on failure.
pid_t thresh_file_holder(int descriptor);

/// A wait for the lock of a file, on a thread of its own, since the kernel tells of such a lock by no descriptor.
struct thresh_file_wait;

/// Begins to wait; `event` is an eventfd that is written to when the wait has ended. NULL and errno if there can be no thread.
struct thresh_file_wait *thresh_file_wait_begin(int descriptor, int event);

/// Ends the wait: 0 if the file is locked now, else an errno; ECANCELED if the wait had not ended by itself.
int thresh_file_wait_end(struct thresh_file_wait *wait);

#endif
