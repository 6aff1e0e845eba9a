#define _GNU_SOURCE
#include "socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int address_of(const char *path, struct sockaddr_un *address) {
    size_t length = strlen(path);
    if (length >= sizeof address->sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, path, length);
    return 0;
}

static int closing(int descriptor) {
    int error = errno;
    close(descriptor);
    errno = error;
    return -1;
}

int thresh_listen(const char *path) {
    struct sockaddr_un address;
    if (address_of(path, &address) < 0) return -1;
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0) return closing(descriptor);
    if (listen(descriptor, SOMAXCONN) < 0) return closing(descriptor);
    return descriptor;
}

int thresh_accept(int descriptor) { return accept4(descriptor, NULL, NULL, SOCK_CLOEXEC); }

int thresh_connect(const char *path) {
    struct sockaddr_un address;
    if (address_of(path, &address) < 0) return -1;
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    if (connect(descriptor, (struct sockaddr *)&address, sizeof address) < 0) return closing(descriptor);
    return descriptor;
}

int thresh_peer(int descriptor, int32_t *process, uint32_t *user) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return -1;
    *process = peer.pid;
    *user = peer.uid;
    return 0;
}

int thresh_socket_pair(int keeps_messages, int ends[2]) {
    return socketpair(AF_UNIX, (keeps_messages ? SOCK_SEQPACKET : SOCK_STREAM) | SOCK_CLOEXEC, 0, ends);
}

static ssize_t send_flagged(
    int descriptor, const void *bytes, size_t count, const int *passed, size_t passed_count, int flags) {
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * THRESH_PASSED_MAX)];
    if (passed_count > THRESH_PASSED_MAX) {
        errno = EINVAL;
        return -1;
    }
    if (passed_count > 0) {
        memset(control, 0, sizeof control);
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * passed_count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * passed_count);
        memcpy(CMSG_DATA(header), passed, sizeof(int) * passed_count);
    }
    return sendmsg(descriptor, &message, MSG_NOSIGNAL | flags);
}

ssize_t thresh_send(int descriptor, const void *bytes, size_t count, const int *passed, size_t passed_count) {
    return send_flagged(descriptor, bytes, count, passed, passed_count, 0);
}

ssize_t thresh_send_now(int descriptor, const void *bytes, size_t count, const int *passed, size_t passed_count) {
    return send_flagged(descriptor, bytes, count, passed, passed_count, MSG_DONTWAIT);
}

ssize_t thresh_peek_now(int descriptor) {
    char byte;
    return recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
}

static ssize_t receive_flagged(
    int descriptor, void *bytes, size_t count, int *passed, size_t *passed_count, int flags) {
    struct iovec part = {.iov_base = bytes, .iov_len = count};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * THRESH_PASSED_MAX)];
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    *passed_count = 0;
    ssize_t result = recvmsg(descriptor, &message, MSG_CMSG_CLOEXEC | flags);
    if (result < 0) return result;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
        size_t found = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t index = 0; index < found; index++) {
            int one;
            memcpy(&one, CMSG_DATA(header) + index * sizeof(int), sizeof one);
            if (*passed_count < THRESH_PASSED_MAX) {
                passed[(*passed_count)++] = one;
            } else {
                close(one);
            }
        }
    }
    return result;
}

ssize_t thresh_receive(int descriptor, void *bytes, size_t count, int *passed, size_t *passed_count) {
    return receive_flagged(descriptor, bytes, count, passed, passed_count, 0);
}

ssize_t thresh_receive_now(int descriptor, void *bytes, size_t count, int *passed, size_t *passed_count) {
    return receive_flagged(descriptor, bytes, count, passed, passed_count, MSG_DONTWAIT);
}

int thresh_begin_connecting(const char *address, uint16_t port, int is_stream) {
    struct sockaddr_storage storage = {0};
    struct sockaddr_in *four = (struct sockaddr_in *)&storage;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&storage;
    socklen_t size;
    if (inet_pton(AF_INET, address, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        size = sizeof *four;
    } else if (inet_pton(AF_INET6, address, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(port);
        size = sizeof *six;
    } else {
        errno = EINVAL;
        return -1;
    }
    int type = (is_stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
    int descriptor = socket(storage.ss_family, type, 0);
    if (descriptor < 0) return -1;
    if (connect(descriptor, (struct sockaddr *)&storage, size) < 0 && errno != EINPROGRESS && errno != EINTR)
        return closing(descriptor);
    return descriptor;
}

int thresh_end_connecting(int descriptor) {
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) < 0) return -1;
    if (error != 0) {
        errno = error;
        return -1;
    }
    int flags = fcntl(descriptor, F_GETFL);
    return flags < 0 ? -1 : fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK);
}
