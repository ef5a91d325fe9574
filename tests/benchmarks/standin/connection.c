/* Reads and writes never block. A connection whose client is gone is closed at once; nobody waits for it. */

#define _GNU_SOURCE
#include "connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct connection *connections;
int poller;
static size_t connections_room;

static void hang_up(int fd)
{
    struct connection *c = &connections[fd];

    free(c->in.at);
    free(c->out.at);
    *c = (struct connection){.generation = c->generation + 1};
    close(fd);
}

/* Writes what fits; the rest leaves when the socket has room again. */
void connection_flush(int fd)
{
    struct connection *c = &connections[fd];
    int waited = c->sent > 0;

    while (c->sent < c->out.length) {
        ssize_t sent = send(fd, c->out.at + c->sent, c->out.length - c->sent, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            hang_up(fd);
            return;
        }
        if (sent < 0 && errno == EAGAIN)
            break;
        c->sent += sent > 0 ? (size_t)sent : 0;
    }
    int waits = c->sent < c->out.length;
    if (!waits)
        c->out.length = c->sent = 0;
    if (waits != waited) {
        struct epoll_event wish = {.events = waits ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.fd = fd};
        epoll_ctl(poller, EPOLL_CTL_MOD, fd, &wish);
    }
    if (!waits && c->closing)
        hang_up(fd);
}

static const char *phrase(int status)
{
    switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 400: return "Validation Failed";
    case 404: return "Not Found";
    default: return "Bad Request";
    }
}

void put_answer(int fd, int status, const char *body, size_t length)
{
    struct text *out = &connections[fd].out;

    text_printf(out, "HTTP/1.1 %d %s\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n\r\n", status,
                phrase(status), length);
    text_put(out, body, length);
}

void put_refusal(int fd, int status)
{
    struct text body = {0};

    text_printf(&body,
                "{\"type\":\"https://developers.cardinity.com/api/v1/#%d\",\"title\":\"%s\",\"status\":%d,"
                "\"detail\":\"The request has validation errors, or there is no such thing.\"}",
                status, phrase(status), status);
    put_answer(fd, status, body.at, body.length);
    free(body.at);
}

void connection_hear(int fd, serve_request *serve)
{
    struct connection *c = &connections[fd];

    if (c->in.room - c->in.length < 4096) {
        c->in.room = c->in.room ? 2 * c->in.room : 4096;
        if ((c->in.at = realloc(c->in.at, c->in.room)) == NULL)
            abort();
    }
    ssize_t got = recv(fd, c->in.at + c->in.length, c->in.room - c->in.length, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        hang_up(fd);
        return;
    }
    c->in.length += (size_t)got;
    size_t served = 0;
    ssize_t one = 0;
    while (served < c->in.length && (one = serve(fd, c->in.at + served, c->in.length - served)) > 0)
        served += (size_t)one;
    c->in.length -= served;
    memmove(c->in.at, c->in.at + served, c->in.length);
    if (one < 0) {
        put_refusal(fd, 400);
        c->closing = 1;
    }
    if (c->out.length)
        connection_flush(fd);
}

void connections_accept(int listener)
{
    static const int on = 1;
    int fd;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if ((size_t)fd >= connections_room) {
            size_t room = 2 * (size_t)fd + 64;
            if ((connections = realloc(connections, room * sizeof *connections)) == NULL)
                abort();
            memset(connections + connections_room, 0, (room - connections_room) * sizeof *connections);
            connections_room = room;
        }
        connections[fd].open = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event wish = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(poller, EPOLL_CTL_ADD, fd, &wish);
    }
}

void connections_close(void)
{
    for (size_t fd = 0; fd < connections_room; fd++)
        if (connections[fd].open)
            hang_up((int)fd);
    free(connections);
}
