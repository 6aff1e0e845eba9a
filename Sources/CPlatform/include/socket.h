// Unix sockets: addresses, credentials and passed descriptors are macros and unions that Swift can't import.
#ifndef THRESH_SOCKET_H
#define THRESH_SOCKET_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// How many descriptors go with one message.
enum { THRESH_PASSED_MAX = 8 };

/// A stream socket that listens at `path`, which must not exist; close-on-exec. -1 and errno.
int thresh_listen(const char *path);
int thresh_accept(int descriptor);
int thresh_connect(const char *path);

/// Who is at the other end, when it connected.
int thresh_peer(int descriptor, int32_t *process, uint32_t *user);

/// Sends bytes, and descriptors with the first of them; may send fewer bytes. No SIGPIPE.
ssize_t thresh_send(int descriptor, const void *bytes, size_t count, const int *passed, size_t passed_count);
/// Receives what is there; `passed` has room for THRESH_PASSED_MAX descriptors, which are close-on-exec.
ssize_t thresh_receive(int descriptor, void *bytes, size_t count, int *passed, size_t *passed_count);

/// Two sockets that are connected with each other, close-on-exec; with `keeps_messages` what is sent at once is received at once.
int thresh_socket_pair(int keeps_messages, int ends[2]);
/// The same without waiting: -1 and EAGAIN.
ssize_t thresh_send_now(int descriptor, const void *bytes, size_t count, const int *passed, size_t passed_count);
ssize_t thresh_receive_now(int descriptor, void *bytes, size_t count, int *passed, size_t *passed_count);
/// 1 if there is something to receive, 0 at the end, -1 and EAGAIN if there is nothing yet.
ssize_t thresh_peek_now(int descriptor);

/// Begins to connect to a numeric IPv4 or IPv6 address, without waiting; close-on-exec. -1 and errno: EINVAL if it is no address.
int thresh_begin_connecting(const char *address, uint16_t port, int is_stream);
/// Ends it when the socket is writable, which from then on waits as others do. -1 and errno.
int thresh_end_connecting(int descriptor);

#endif
