// What Swift's runtime asks of the system at the start of every program, answered at less cost, and what it does where no memory
// is left. The release build links these in the place of the functions they are named after (Package.swift, `--wrap`); other builds
// do not use them.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

FILE *__real_fopen(const char *path, const char *mode) __attribute__((weak));
FILE *__wrap_fopen(const char *path, const char *mode);
char *__wrap_swift_copyAuxiliaryExecutablePath(const char *name);

// The runtime reads its memory map to find the arguments, which takes a tenth of the time of a start. thresh has them from libc.
FILE *__wrap_fopen(const char *path, const char *mode) {
    if (strcmp(path, "/proc/self/maps") == 0) {
        errno = ENOENT;
        return NULL;
    }
    return __real_fopen(path, mode);
}

// The runtime looks in eight places for a program that would print a backtrace of a crash. There is none beside thresh.
char *__wrap_swift_copyAuxiliaryExecutablePath(const char *name) {
    (void)name;
    return NULL;
}

void __wrap__ZN5swift28swift_abortAllocationFailureEmm(size_t size, size_t alignment);

// swift_abortAllocationFailure: the runtime would print a stack and abort.
void __wrap__ZN5swift28swift_abortAllocationFailureEmm(size_t size, size_t alignment) {
    (void)alignment;
    char text[80];
    int count = snprintf(text, sizeof text, "thresh: out of memory: cannot allocate %zu bytes\n", size);
    ssize_t written = write(2, text, count > 0 ? (size_t)count : 0);
    (void)written;
    _exit(2);
}
