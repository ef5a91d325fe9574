/* The gateway's stand-in for benchmarks: approves every charge after a fixed latency, on one thread of one core.
 *
 *     standin <latency in milliseconds>
 *
 * Prints one line of JSON with its URL, then serves HTTP/1.1 on a loopback port until SIGTERM, or until its parent
 * is gone: POST and GET /v1/payments, GET /v1/payments/{id}; under /_sandbox, at once, healthz, books, arrivals and
 * POST reset. Signatures are not looked at: the sandbox of the product does that.
 *
 * As at the gateway, a charge is in the list from the moment it arrives, and its client hears of it a latency later.
 */

#define _GNU_SOURCE
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "answers.h"
#include "book.h"
#include "connection.h"

enum { BODY_MAX = 65536, LIMIT_DEFAULT = 10, LIMIT_MAX = 100, EVENTS_MAX = 256, BACKLOG = 4096 };

static struct answers answers;
static struct book book;
static volatile sig_atomic_t stopping;

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int begins(const char *at, const char *end, const char *with)
{
    size_t length = strlen(with);

    return (size_t)(end - at) >= length && memcmp(at, with, length) == 0;
}

static void serve_admin(int fd, const char *target, const char *end, int posting)
{
    struct text body = {0};

    if (begins(target, end, "healthz")) {
        text_put(&body, "{\"status\":\"ok\"}", 15);
    } else if (begins(target, end, "books")) {
        book_audit(&book, answers.length_max, &body);
    } else if (begins(target, end, "arrivals")) {
        book_arrivals(&book, &body);
    } else if (begins(target, end, "reset") && posting) {
        answers_clear(&answers);
        book_clear(&book);
        text_put(&body, "{}", 2);
    } else {
        put_refusal(fd, 404);
        return;
    }
    put_answer(fd, 200, body.at, body.length);
    free(body.at);
}

/* A page's `limit=`, or 0 when it is none that the gateway takes. */
static size_t limit_of(const char *query, const char *end)
{
    const char *given = memmem(query, (size_t)(end - query), "limit=", 6);
    size_t limit = 0;

    if (given == NULL)
        return LIMIT_DEFAULT;
    for (given += 6; given < end && *given >= '0' && *given <= '9' && limit <= LIMIT_MAX; given++)
        limit = 10 * limit + (size_t)(*given - '0');
    return limit <= LIMIT_MAX ? limit : 0;
}

/* Does what the request asks for, at once, and lets the answer wait. */
static void serve_payments(int fd, const char *rest, const char *end, const char *body, size_t length, int posting)
{
    struct waiting answer = {.fd = fd, .status = 404, .row = -1};
    int whole = rest == end || *rest == '?';

    if (whole && posting) {
        answer.row = book_charge(&book, body, length, now_us());
        answer.status = answer.row < 0 ? 400 : 201;
    } else if (whole) {
        answer.count = book.count;
        answer.limit = limit_of(rest, end);
        answer.status = answer.limit ? 200 : 400;
    } else if (*rest == '/' && !posting) {
        answer.row = book_find(&book, rest + 1, (size_t)(end - rest - 1));
        answer.status = answer.row < 0 ? 404 : 200;
    }
    answers_put(&answers, answer);
}

/* The Content-Length of a head that ends at `end`; 0 without one. */
static size_t body_length(const char *head, const char *end)
{
    for (const char *line = head; line != NULL && line < end; line = memchr(line, '\n', (size_t)(end - line))) {
        line += *line == '\n';
        if (end - line > 15 && strncasecmp(line, "content-length:", 15) == 0)
            return strtoul(line + 15, NULL, 10);
    }
    return 0;
}

static ssize_t serve(int fd, const char *at, size_t length)
{
    static const char PAYMENTS[] = "/v1/payments", ADMIN[] = "/_sandbox/";
    const char *head_end = memmem(at, length, "\r\n\r\n", 4);

    if (head_end == NULL)
        return length < BODY_MAX ? 0 : -1;
    size_t head = (size_t)(head_end - at) + 4, body = body_length(at, head_end);
    if (body > BODY_MAX)
        return -1;
    if (length < head + body)
        return 0;
    int posting = begins(at, head_end, "POST ");
    if (!posting && !begins(at, head_end, "GET "))
        return -1;
    const char *target = at + (posting ? 5 : 4), *end = memchr(target, ' ', (size_t)(head_end - target));
    if (end == NULL)
        return -1;
    if (begins(target, end, PAYMENTS))
        serve_payments(fd, target + sizeof PAYMENTS - 1, end, at + head, body, posting);
    else if (begins(target, end, ADMIN))
        serve_admin(fd, target + sizeof ADMIN - 1, end, posting);
    else
        put_refusal(fd, 404);
    return (ssize_t)(head + body);
}

static int listen_on_loopback(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, BACKLOG)
        || getsockname(listener, (struct sockaddr *)&address, &length)) {
        perror("standin");
        exit(1);
    }
    printf("{\"url\": \"http://127.0.0.1:%d/v1\"}\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

static void stop(int number)
{
    (void)number;
    stopping = 1;
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = stop};
    struct rlimit files;
    struct epoll_event events[EVENTS_MAX];

    answers.latency_us = (int64_t)(argc > 1 ? strtod(argv[1], NULL) * 1000 : 0);
    sigaction(SIGTERM, &action, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    poller = epoll_create1(EPOLL_CLOEXEC);
    int listener = listen_on_loopback();
    struct epoll_event wish = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &wish);
    while (!stopping) {
        int count = epoll_wait(poller, events, EVENTS_MAX, answers_send_due(&answers, &book));
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener)
                connections_accept(listener);
            else if (connections[fd].open && events[i].events & EPOLLOUT)
                connection_flush(fd);
            if (fd != listener && connections[fd].open && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                connection_hear(fd, serve);
        }
    }
    connections_close();
    answers_clear(&answers);
    book_clear(&book);
    close(listener);
    close(poller);
    return 0;
}
