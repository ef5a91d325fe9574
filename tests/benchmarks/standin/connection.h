/* The connections of the server: bytes in, requests out of them, answers back. */

#ifndef CONNECTION_H
#define CONNECTION_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "book.h"

struct connection {
    struct text in, out;
    size_t sent;         /* bytes of `out` that are gone */
    uint32_t generation; /* a descriptor is used again; an answer must not reach its next owner */
    int open, closing;
};

extern struct connection *connections; /* by descriptor */
extern int poller;

/* Serves the request at `at` if all of it is here. Returns its length, 0 when more is to come, -1 for no HTTP. */
typedef ssize_t serve_request(int fd, const char *at, size_t length);

void connections_accept(int listener);
void connection_hear(int fd, serve_request *serve);
void connection_flush(int fd);
void connections_close(void);

/* Appends an answer to what is to be sent; `connection_flush` sends it. */
void put_answer(int fd, int status, const char *body, size_t length);
void put_refusal(int fd, int status);

#endif
