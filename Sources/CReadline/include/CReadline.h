#ifndef THRESH_CREADLINE_H
#define THRESH_CREADLINE_H

#include <stdint.h>
#include <stdio.h>
#include <readline/readline.h>
#include <readline/history.h>

/// Gives the value of a shell variable, which need not live longer than until the next call; NULL if it is unset. Readline asks
/// for INPUTRC, TERM, HOME and the like by it, as they are in the shell and not in the environment of the process.
extern char *(*thresh_readline_variable)(const char *name);

/// Whether readline's state has one of these bits (RL_STATE_…).
static inline int thresh_readline_is(unsigned long state) { return (rl_readline_state & state) != 0; }

/// In the callback interface readline asks no questions, such as whether to list hundreds of matches. So this pretends, while it
/// completes, that another is used.
static inline void thresh_readline_allow_questions(int allowed) {
    if (allowed) {
        rl_readline_state &= ~(unsigned long)RL_STATE_CALLBACK;
    } else {
        rl_readline_state |= RL_STATE_CALLBACK;
    }
}

/// rl_callback_read_char, safe where a key sequence is given up half-way.
void thresh_readline_read_char(void);

/// Writes a control sequence of the terminal to readline's stream.
void thresh_readline_put(const char *sequence);

/// How many colours a terminal of that kind has, as the terminfo database says; below 1 if none, or if it is unknown.
int thresh_terminal_colors(const char *terminal);

/// How many columns of the screen a character takes; 0 for one that stands on another.
int thresh_character_width(uint32_t character);

#endif
