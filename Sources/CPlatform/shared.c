// Locks that processes share are robust mutexes of pthread: if a holder dies, however that comes about, the kernel marks the
// lock, wakes who waits for it, and the next one is told.
#define _GNU_SOURCE
#include "shared.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(pthread_mutex_t) <= THRESH_LOCK_SIZE, "a lock has its cache line");

int thresh_lock_make(void *lock) {
    pthread_mutexattr_t attributes;
    int error = pthread_mutexattr_init(&attributes);
    if (error != 0) return error;
    error = pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (error == 0) error = pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    if (error == 0) error = pthread_mutex_init(lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
    return error;
}

int thresh_lock_take(void *lock, int spins, int64_t nanoseconds) {
    for (int i = 0; i < spins; i++) {
        int error = pthread_mutex_trylock(lock);
        if (error != EBUSY) return error;
        // Longer and longer, so that the holder is not disturbed by many that try.
        for (int pause = 0; pause < (i < 4 ? 1 << i : 16); pause++) thresh_relax();
    }
    struct timespec deadline;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    nanoseconds += deadline.tv_nsec;
    deadline.tv_sec += nanoseconds / 1000000000;
    deadline.tv_nsec = nanoseconds % 1000000000;
    return pthread_mutex_clocklock(lock, CLOCK_MONOTONIC, &deadline);
}

int thresh_lock_try(void *lock) { return pthread_mutex_trylock(lock); }
int thresh_lock_repaired(void *lock) { return pthread_mutex_consistent(lock); }
void thresh_lock_give(void *lock) { pthread_mutex_unlock(lock); }

static int change_blocks(int descriptor, int mode, int64_t offset, int64_t count) {
    int result;
    do {
        result = fallocate(descriptor, mode, offset, count);
    } while (result < 0 && errno == EINTR);
    return result;
}

int thresh_file_reserve(int descriptor, int64_t offset, int64_t count) {
    return change_blocks(descriptor, 0, offset, count);
}

int thresh_file_release(int descriptor, int64_t offset, int64_t count) {
    return change_blocks(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, count);
}

int thresh_seal_length(int descriptor) { return fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK); }
