// Ends at once, with success.
#include "bare.h"

BARE_ENTRY { bare_exit(0); }
