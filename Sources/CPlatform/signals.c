#define _GNU_SOURCE
#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

uint64_t thresh_pending_signals;

static uint64_t caught;           // signals with our handler
static uint64_t changed;          // signals whose disposition we have ever set
static uint64_t ignored_at_start; // of those
static uint64_t initial_mask;
static int descriptor = -1;

static uint64_t bit(int signal) { return signal >= 1 && signal <= 64 ? UINT64_C(1) << (signal - 1) : 0; }

// The mask must be known before any thread is made with another one; children get it back.
__attribute__((constructor)) static void remember_mask(void) {
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &initial_mask, sizeof initial_mask);
}

uint64_t thresh_initial_mask(void) { return initial_mask; }
uint64_t thresh_caught_signals(void) { return __atomic_load_n(&caught, __ATOMIC_RELAXED); }

static int only_terminal_stops;

static void handle(int signal, siginfo_t *info, void *unused) {
    (void)unused;
    if (signal == SIGTSTP && only_terminal_stops && info->si_code <= 0) return;
    int error = errno;
    __atomic_fetch_or(&thresh_pending_signals, bit(signal), __ATOMIC_RELEASE);
    uint64_t one = 1;
    ssize_t written = write(descriptor, &one, sizeof one);
    (void)written; // it can only fail because the counter is full: readable anyway
    errno = error;
}

int thresh_signal_descriptor(void) {
    int made = __atomic_load_n(&descriptor, __ATOMIC_ACQUIRE);
    if (made >= 0) return made;
    int fresh = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fresh < 0) return -1;
    int none = -1;
    if (__atomic_compare_exchange_n(&descriptor, &none, fresh, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return fresh;
    close(fresh);
    return none;
}

uint64_t thresh_take_signals(void) {
    if (!thresh_signal_is_pending()) return 0;
    // Drained first: a signal that comes between the two is taken here and leaves a spurious wake-up, never a lost one.
    uint64_t counter;
    if (descriptor >= 0) {
        ssize_t count = read(descriptor, &counter, sizeof counter);
        (void)count;
    }
    return __atomic_fetch_and(&thresh_pending_signals, THRESH_ATTENTION, __ATOMIC_ACQUIRE) & ~THRESH_ATTENTION;
}

void thresh_call_attention(void) {
    __atomic_fetch_or(&thresh_pending_signals, THRESH_ATTENTION, __ATOMIC_RELEASE);
}

void thresh_pay_attention(void) {
    __atomic_fetch_and(&thresh_pending_signals, ~THRESH_ATTENTION, __ATOMIC_ACQUIRE);
}

void thresh_return_signals(uint64_t signals) {
    __atomic_fetch_or(&thresh_pending_signals, signals, __ATOMIC_RELEASE);
    uint64_t one = 1;
    ssize_t written = write(descriptor, &one, sizeof one);
    (void)written;
}

int thresh_take_signal(int signal) {
    uint64_t before = __atomic_fetch_and(&thresh_pending_signals, ~bit(signal), __ATOMIC_ACQUIRE);
    if (!(before & bit(signal))) return 0;
    if ((before & ~THRESH_ATTENTION) == bit(signal)) {
        uint64_t counter;
        ssize_t count = read(descriptor, &counter, sizeof counter);
        (void)count;
        // Another may have come between the two: whoever waits is to look again.
        uint64_t one = 1;
        if (thresh_signal_is_pending()) count = write(descriptor, &one, sizeof one);
    }
    return 1;
}

// What a signal does: `disposition`, or our handler if `catches`.
static int set(int signal, void (*disposition)(int), int catches) {
    struct sigaction old;
    struct sigaction action = {.sa_handler = disposition};
    if (catches) {
        action.sa_sigaction = handle;
        action.sa_flags = SA_SIGINFO;
        // While a handler runs, no other interrupts it. No SA_RESTART: a blocking call returns to its loop, and
        // readers that have something to do on a signal get the chance.
        sigfillset(&action.sa_mask);
        __atomic_fetch_or(&caught, bit(signal), __ATOMIC_RELAXED);
    }
    if (sigaction(signal, &action, &old) < 0) {
        if (catches) __atomic_fetch_and(&caught, ~bit(signal), __ATOMIC_RELAXED);
        return -1;
    }
    if (!catches) __atomic_fetch_and(&caught, ~bit(signal), __ATOMIC_RELAXED);
    uint64_t before = __atomic_fetch_or(&changed, bit(signal), __ATOMIC_RELAXED);
    if (!(before & bit(signal)) && old.sa_handler == SIG_IGN) {
        __atomic_fetch_or(&ignored_at_start, bit(signal), __ATOMIC_RELAXED);
    }
    return 0;
}

int thresh_watch_signal(int signal) {
    if (thresh_signal_descriptor() < 0) return -1;
    return set(signal, SIG_DFL, 1);
}

int thresh_ignore_signal(int signal) { return set(signal, SIG_IGN, 0); }
int thresh_reset_signal(int signal) { return set(signal, SIG_DFL, 0); }

void thresh_restore_handlers(void) {
    for (uint64_t left = thresh_caught_signals(); left != 0; left &= left - 1) set(__builtin_ctzll(left) + 1, SIG_DFL, 1);
}

int thresh_signal_is_ignored(int signal) {
    struct sigaction now;
    return sigaction(signal, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

int thresh_signal_was_ignored(int signal) {
    if (__atomic_load_n(&changed, __ATOMIC_RELAXED) & bit(signal)) {
        return (__atomic_load_n(&ignored_at_start, __ATOMIC_RELAXED) & bit(signal)) != 0;
    }
    return thresh_signal_is_ignored(signal);
}

void thresh_accept_signals(int accepts) {
    uint64_t mask = accepts ? initial_mask : UINT64_MAX;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
}

void thresh_take_stops_from_terminal(void) { only_terminal_stops = 1; }

// Where SIGCHLD is ignored, children vanish without leaving a status; a parent may have left us with that.
void thresh_keep_children_waitable(void) {
    static int done;
    if (__atomic_load_n(&done, __ATOMIC_RELAXED)) return;
    if (thresh_signal_is_ignored(SIGCHLD)) thresh_reset_signal(SIGCHLD);
    __atomic_store_n(&done, 1, __ATOMIC_RELAXED);
}

void thresh_raise_default(int signal) {
    thresh_reset_signal(signal);
    uint64_t only = bit(signal);
    syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &only, NULL, sizeof only);
    raise(signal);
}

const char *thresh_signal_text(int signal) { return sigdescr_np(signal); }
int thresh_first_realtime_signal(void) { return SIGRTMIN; }
int thresh_last_realtime_signal(void) { return SIGRTMAX; }
