// What Swift can't call or can't do safely: the child between clone and exec, signal handlers, thread creation with
// attributes, and variadic or union-typed system interfaces. Everything with a Swift face lives in module Platform.
#ifndef THRESH_CPLATFORM_H
#define THRESH_CPLATFORM_H

#include "child.h"
#include "filelock.h"
#include "shared.h"
#include "signals.h"
#include "socket.h"
#include "system.h"
#include "thread.h"

#endif
