/* Answers that wait for their time.
 *
 * The latency is the same for all, so answers fall due in the order in which requests came: a queue is enough, no
 * timers, and what was pipelined on a connection is answered in order.
 */

#ifndef ANSWERS_H
#define ANSWERS_H

#include <stddef.h>
#include <stdint.h>

#include "book.h"

struct waiting {
    int64_t due_us;
    int fd;
    uint32_t generation;
    int status;
    int64_t row;  /* the payment to tell, or -1 */
    size_t count; /* for a page: the payments there were, of which */
    size_t limit; /* the newest so many are told */
};

struct answers {
    struct waiting *ring; /* its room is a power of two */
    size_t room, head, length, length_max;
    int64_t latency_us;
};

void answers_put(struct answers *answers, struct waiting answer);

/* Sends all that is due; returns the milliseconds until the next one, -1 when nothing waits. */
int answers_send_due(struct answers *answers, const struct book *book);

void answers_clear(struct answers *answers);

#endif
