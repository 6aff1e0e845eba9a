// Locks of files, as in fcntl(2), "Open file description locks".
#define _GNU_SOURCE
#include "filelock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

static struct flock whole(short type) {
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET};
    return lock;
}

int thresh_lock_file(int descriptor) {
    struct flock lock = whole(F_WRLCK);
    int result = fcntl(descriptor, F_OFD_SETLK, &lock);
    if (result < 0 && errno == EACCES) errno = EAGAIN;
    return result;
}

int thresh_unlock_file(int descriptor) {
    struct flock lock = whole(F_UNLCK);
    return fcntl(descriptor, F_OFD_SETLK, &lock);
}

pid_t thresh_file_holder(int descriptor) {
    struct flock lock = whole(F_WRLCK);
    if (fcntl(descriptor, F_OFD_GETLK, &lock) < 0) return -2;
    if (lock.l_type == F_UNLCK) return 0;
    return lock.l_pid > 0 ? lock.l_pid : -1;
}

struct thresh_file_wait {
    pthread_t thread;
    int descriptor;
    int event;
    int error;
};

static void *wait_for_lock(void *argument) {
    struct thresh_file_wait *wait = argument;
    struct flock lock = whole(F_WRLCK);
    int result;
    // A point of cancellation, the only one of this thread while it matters.
    do result = fcntl(wait->descriptor, F_OFD_SETLKW, &lock);
    while (result < 0 && errno == EINTR);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    wait->error = result < 0 ? errno : 0;
    uint64_t one = 1;
    ssize_t count = write(wait->event, &one, sizeof one);
    (void)count;
    return NULL;
}

struct thresh_file_wait *thresh_file_wait_begin(int descriptor, int event) {
    struct thresh_file_wait *wait = calloc(1, sizeof *wait);
    if (wait == NULL) return NULL;
    wait->descriptor = descriptor;
    wait->event = event;
    wait->error = ECANCELED;
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error == 0) {
        pthread_attr_setstacksize(&attributes, 128 * 1024);
        // Signals are for other threads.
        sigset_t all, old;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &old);
        error = pthread_create(&wait->thread, &attributes, wait_for_lock, wait);
        pthread_sigmask(SIG_SETMASK, &old, NULL);
        pthread_attr_destroy(&attributes);
    }
    if (error != 0) {
        free(wait);
        errno = error;
        return NULL;
    }
    return wait;
}

int thresh_file_wait_end(struct thresh_file_wait *wait) {
    pthread_cancel(wait->thread);
    pthread_join(wait->thread, NULL);
    int error = wait->error;
    free(wait);
    return error;
}
