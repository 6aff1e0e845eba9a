// Threads with the attributes that thresh needs, and how much stack is left.
#ifndef THRESH_THREAD_H
#define THRESH_THREAD_H

#include <stddef.h>

/// Starts a detached thread with a stack of `stack_size` bytes and a guard, in which asynchronous signals are blocked
/// so that the main thread gets them. Returns 0 or an errno.
int thresh_create_thread(size_t stack_size, void *(*entry)(void *), void *argument);

/// The lowest address that this thread's stack may reach; NULL until it was asked for.
extern __thread char *thresh_stack_limit;
char *thresh_find_stack_limit(void);

/// Runs `body` on a stack of eight megabytes where the main thread's is smaller than one; else as it is. For the program's main
/// function: the result is the exit status.
int thresh_with_enough_stack(int (*body)(void));

/// How many bytes are left on this thread's stack.
static inline long thresh_stack_remaining(void) {
    char *limit = thresh_stack_limit;
    if (limit == NULL) limit = thresh_find_stack_limit();
    return (char *)__builtin_frame_address(0) - limit;
}

#endif
