#define _GNU_SOURCE
#include "thread.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <ucontext.h>
#include <unistd.h>

__thread char *thresh_stack_limit;

enum { STACK_GUARD = 64 * 1024 };

int thresh_create_thread(size_t stack_size, void *(*entry)(void *), void *argument) {
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error != 0) return error;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setguardsize(&attributes, STACK_GUARD);
    error = pthread_attr_setstacksize(&attributes, stack_size + STACK_GUARD);

    // Faults belong to the thread that made them, and a thread that reads from the terminal in the background must be
    // stopped as any process is. All else goes to the main thread.
    static const int unblocked[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS, SIGTTIN, SIGTTOU};
    sigset_t blocked, old;
    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof unblocked / sizeof *unblocked; i++) sigdelset(&blocked, unblocked[i]);
    pthread_t thread;
    if (error == 0) {
        pthread_sigmask(SIG_SETMASK, &blocked, &old);
        error = pthread_create(&thread, &attributes, entry, argument);
        pthread_sigmask(SIG_SETMASK, &old, NULL);
    }
    pthread_attr_destroy(&attributes);
    return error;
}

// An unlimited stack of the main thread still has neighbours.
#define UNLIMITED_STACK ((uintptr_t)64 << 20)

char *thresh_find_stack_limit(void) {
    char *limit;
    if (gettid() == getpid()) {
        // libc would read /proc/self/maps for the main thread. The name of the program lies at the very top of the
        // stack, and the kernel measures the limit from there.
        struct rlimit allowed;
        uintptr_t size = UNLIMITED_STACK;
        if (getrlimit(RLIMIT_STACK, &allowed) == 0 && allowed.rlim_cur < UNLIMITED_STACK) size = allowed.rlim_cur;
        uintptr_t top = getauxval(AT_EXECFN);
        if (top == 0) top = (uintptr_t)__builtin_frame_address(0);
        // Two pages to spare, since the top is not exactly known.
        limit = (char *)(top - size + 8192);
    } else {
        pthread_attr_t attributes;
        void *low = NULL;
        size_t size = 0;
        limit = (char *)__builtin_frame_address(0) - 256 * 1024;
        if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
            if (pthread_attr_getstack(&attributes, &low, &size) == 0) limit = low;
            pthread_attr_destroy(&attributes);
        }
    }
    thresh_stack_limit = limit;
    return limit;
}

static int (*main_body)(void);
static int main_status;

static void run_main_body(void) { main_status = main_body(); }

int thresh_with_enough_stack(int (*body)(void)) {
    struct rlimit allowed;
    if (getrlimit(RLIMIT_STACK, &allowed) != 0 || allowed.rlim_cur >= (rlim_t)1 << 20) return body();
    size_t size = (size_t)8 << 20;
    char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ucontext_t here, there;
    if (stack == MAP_FAILED || mprotect(stack, STACK_GUARD, PROT_NONE) != 0 || getcontext(&there) != 0) return body();
    there.uc_stack.ss_sp = stack + STACK_GUARD;
    there.uc_stack.ss_size = size - STACK_GUARD;
    there.uc_link = &here;
    main_body = body;
    char *before = thresh_stack_limit;
    thresh_stack_limit = stack + STACK_GUARD;
    makecontext(&there, run_main_body, 0);
    if (swapcontext(&here, &there) == 0) return main_status;
    thresh_stack_limit = before;
    return body();
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
// Frames must be where stacks are, for guards that measure them; what lives as long as the process is no leak.
const char *__asan_default_options(void) { return "detect_leaks=0:detect_stack_use_after_return=0"; }
#endif
#endif
