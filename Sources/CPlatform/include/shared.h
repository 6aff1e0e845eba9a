// Memory that several processes use, and the locks in it.
#ifndef THRESH_SHARED_H
#define THRESH_SHARED_H

#include <stddef.h>
#include <stdint.h>

enum {
    /// How much memory a lock takes.
    THRESH_LOCK_SIZE = 64,
};

/// Makes a lock for all processes that have the memory, which outlives those that hold it. Returns 0 or an errno.
int thresh_lock_make(void *lock);

/// Takes the lock; tries for at most `nanoseconds`, the first `spins` times without sleeping. Returns 0; EOWNERDEAD if the
/// lock is held now but who held it before has died: what the lock guards is to be put right, then thresh_lock_repaired
/// called; ETIMEDOUT; or what else pthread_mutex_clocklock gives.
int thresh_lock_take(void *lock, int spins, int64_t nanoseconds);
/// Takes the lock if it is free; 0, EOWNERDEAD or EBUSY.
int thresh_lock_try(void *lock);
int thresh_lock_repaired(void *lock);
void thresh_lock_give(void *lock);

/// Gives the processor a moment while memory is watched in a loop.
static inline void thresh_relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

/// Makes memory of a file real, from `offset`, so that no access to it can fail. Returns 0, -1 and errno.
int thresh_file_reserve(int descriptor, int64_t offset, int64_t count);
/// Gives memory of a file back; it reads as zeros then.
int thresh_file_release(int descriptor, int64_t offset, int64_t count);
/// Forbids that a memory file ever gets shorter.
int thresh_seal_length(int descriptor);

#endif
