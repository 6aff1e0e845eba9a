// See sandbox.c.
#ifndef THRESH_SANDBOX_H
#define THRESH_SANDBOX_H

/// From now on the process can do no harm.
void sandbox_close(void);

#endif
