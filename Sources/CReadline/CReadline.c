// The functions by which readline meets the shell around it. Those of its own library ask the environment of the process; a
// program that defines all five gets its own instead.
#define _XOPEN_SOURCE 700
#include "CReadline.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

char *(*thresh_readline_variable)(const char *name);

// Of the terminfo library.
int tputs(const char *sequence, int lines, int (*put)(int));
int tgetent(char *buffer, const char *terminal);
int tgetnum(const char *capability);

char *sh_single_quote(char *text);
void sh_set_lines_and_columns(int lines, int columns);
char *sh_get_env_value(const char *name);
char *sh_get_home_dir(void);
int sh_unset_nodelay_mode(int descriptor);

char *sh_get_env_value(const char *name) {
    return thresh_readline_variable ? thresh_readline_variable(name) : getenv(name);
}

char *sh_get_home_dir(void) {
    char *home = sh_get_env_value("HOME");
    return home ? home : "/";
}

// LINES and COLUMNS are set by the shell, when it is its turn.
void sh_set_lines_and_columns(int lines, int columns) {
    (void)lines;
    (void)columns;
}

/// 'text' with each quote as '\''; the caller frees it.
char *sh_single_quote(char *text) {
    char *result = malloc(4 * strlen(text) + 3);
    if (result == NULL) abort();
    char *end = result;
    *end++ = '\'';
    for (; *text; text++) {
        if (*text == '\'') {
            memcpy(end, "'\\'", 3);
            end += 3;
        }
        *end++ = *text;
    }
    *end++ = '\'';
    *end = '\0';
    return result;
}

int sh_unset_nodelay_mode(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL, 0);
    if (flags < 0) return -1;
    return flags & O_NONBLOCK ? fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK) : 0;
}

// Readline gives a key sequence up by a long jump to the frame that reads keys. In the callback interface it may have left that
// frame by then: where the rest of the sequence had been read before (Ctrl-R Ctrl-X Ctrl-G, and keyboard macros). So after each key
// the jump is made to lead here, by way of the function that readline calls then to show the line.
extern sigjmp_buf _rl_top_level;
static sigjmp_buf *reading;

static void redisplay(void) {
    rl_redisplay();
    if (reading != NULL) memcpy(&_rl_top_level, reading, sizeof _rl_top_level);
}

void thresh_readline_read_char(void) {
    sigjmp_buf here;
    sigjmp_buf *volatile outer = reading;
    if (sigsetjmp(here, 0) == 0) {
        reading = &here;
        rl_redisplay_function = redisplay;
        rl_callback_read_char();
    } else {
        rl_redisplay();
    }
    reading = outer;
    rl_redisplay_function = outer != NULL ? redisplay : rl_redisplay;
}

static int put(int byte) { return putc(byte, rl_outstream); }

void thresh_readline_put(const char *sequence) { tputs(sequence, 1, put); }

int thresh_terminal_colors(const char *terminal) { return tgetent(NULL, terminal) == 1 ? tgetnum("Co") : 0; }

int thresh_character_width(uint32_t character) {
    int width = wcwidth((wchar_t)character);
    return width > 0 ? width : 0;
}
