// Prints one line and ends.
#include "bare.h"

static const char line[] = "hello from a small program\n";

BARE_ENTRY { bare_exit(bare_write(line, sizeof line - 1) == sizeof line - 1 ? 0 : 1); }
