// Signal handlers and the record of what this process changed. A handler does two things: it sets a bit and writes to
// an eventfd. What a signal means is decided by whoever takes the bits.
#ifndef THRESH_SIGNALS_H
#define THRESH_SIGNALS_H

#include <stdint.h>

/// Signals that arrived and were not taken: bit n-1 is signal n. Written by handlers.
extern uint64_t thresh_pending_signals;

/// A bit beside them: other threads have changed what they share with the shell. 32 is a signal that nobody can catch.
#define THRESH_ATTENTION (UINT64_C(1) << 31)

/// Whether any caught signal waits to be taken.
static inline int thresh_signal_is_pending(void) {
    return (__atomic_load_n(&thresh_pending_signals, __ATOMIC_RELAXED) & ~THRESH_ATTENTION) != 0;
}

/// Whether there is a signal, or what `thresh_call_attention` was called for.
static inline int thresh_is_attention_wanted(void) {
    return __atomic_load_n(&thresh_pending_signals, __ATOMIC_RELAXED) != 0;
}

void thresh_call_attention(void);

/// Takes the call back.
void thresh_pay_attention(void);

/// All pending signals, which are no longer pending then.
uint64_t thresh_take_signals(void);

/// Whether this one signal is pending, which it is no longer then; the others stay.
int thresh_take_signal(int signal);

/// Makes signals that were taken pending again, for somebody else to take.
void thresh_return_signals(uint64_t signals);

/// The eventfd that handlers write to, made at the first call; -1 and errno if it can't be.
int thresh_signal_descriptor(void);

int thresh_watch_signal(int signal);
int thresh_ignore_signal(int signal);
int thresh_reset_signal(int signal);

/// Whether the signal is ignored now.
int thresh_signal_is_ignored(int signal);
/// Whether it was ignored when the process started: POSIX keeps such signals ignored in a non-interactive shell.
int thresh_signal_was_ignored(int signal);

/// Default action of `signal` for this process, at once if it ends or stops it.
void thresh_raise_default(int signal);

/// Lets this thread get signals as the process did at its start, or none: of several threads the one that gets them is
/// interrupted in what it waits for.
void thresh_accept_signals(int accepts);

/// SIGTSTP counts only if the terminal sends it, and not if a process does: for a shell that its users stop by other means.
void thresh_take_stops_from_terminal(void);

/// What a signal means, in English; NULL for an unknown one.
const char *thresh_signal_text(int signal);

int thresh_first_realtime_signal(void);
int thresh_last_realtime_signal(void);

/// The signals that have our handler now.
uint64_t thresh_caught_signals(void);

// For child.c.
uint64_t thresh_initial_mask(void);
void thresh_restore_handlers(void);
void thresh_keep_children_waitable(void);

#endif
