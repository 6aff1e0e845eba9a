// A program without a C library, so that starting it measures the starting and nothing else.
//
//     cc -O2 -static -nostdlib -ffreestanding -fno-stack-protector -o NAME NAME.c
//
// On other machines the two calls come from the library: leave -nostdlib and -ffreestanding out there.
#ifndef THRESH_BARE_H
#define THRESH_BARE_H

#if defined(__x86_64__) && !__STDC_HOSTED__

static inline long system_call(long number, long a, long b, long c) {
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return result;
}
#define CALL_WRITE 1
#define CALL_EXIT_GROUP 231
#define BARE 1

#elif defined(__aarch64__) && !__STDC_HOSTED__

static inline long system_call(long number, long a, long b, long c) {
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    return x0;
}
#define CALL_WRITE 64
#define CALL_EXIT_GROUP 94
#define BARE 1

#else
#include <unistd.h>
#endif

#ifdef BARE
#define BARE_ENTRY void _start(void)
static inline long bare_write(const void *text, unsigned long count) {
    return system_call(CALL_WRITE, 1, (long)text, (long)count);
}
__attribute__((noreturn)) static inline void bare_exit(int status) {
    for (;;) system_call(CALL_EXIT_GROUP, status, 0, 0);
}
#else
#define BARE_ENTRY int main(void)
static inline long bare_write(const void *text, unsigned long count) { return write(1, text, count); }
#define bare_exit(status) _exit(status)
#endif

#endif
