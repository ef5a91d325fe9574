/* Answers leave up to a millisecond late: epoll counts in those. */

#define _GNU_SOURCE
#include "answers.h"

#include <stdlib.h>
#include <time.h>

#include "connection.h"

static int64_t monotonic_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* The answer is written and, as far as the socket takes it, sent. */
static void deliver(const struct book *book, const struct waiting *due)
{
    if (due->row >= 0) {
        put_answer(due->fd, due->status, book->rows[due->row].json, book->rows[due->row].length);
    } else if (due->status == 200) {
        struct text page = {0};
        book_page(book, due->count, due->limit, &page);
        put_answer(due->fd, 200, page.at, page.length);
        free(page.at);
    } else {
        put_refusal(due->fd, due->status);
    }
    connection_flush(due->fd);
}

void answers_put(struct answers *answers, struct waiting answer)
{
    if (answers->length == answers->room) {
        size_t room = answers->room ? 2 * answers->room : 1024;
        struct waiting *wider = malloc(room * sizeof *wider);
        if (wider == NULL)
            abort();
        for (size_t i = 0; i < answers->length; i++)
            wider[i] = answers->ring[(answers->head + i) & (answers->room - 1)];
        free(answers->ring);
        answers->ring = wider;
        answers->room = room;
        answers->head = 0;
    }
    answer.due_us = monotonic_us() + answers->latency_us;
    answer.generation = connections[answer.fd].generation;
    answers->ring[(answers->head + answers->length++) & (answers->room - 1)] = answer;
    if (answers->length > answers->length_max)
        answers->length_max = answers->length;
}

int answers_send_due(struct answers *answers, const struct book *book)
{
    while (answers->length) {
        struct waiting due = answers->ring[answers->head];
        int64_t early_us = due.due_us - monotonic_us();
        if (early_us > 0)
            return (int)((early_us + 999) / 1000);
        answers->head = (answers->head + 1) & (answers->room - 1);
        answers->length--;
        if (connections[due.fd].generation == due.generation)
            deliver(book, &due);
    }
    return -1;
}

void answers_clear(struct answers *answers)
{
    free(answers->ring);
    *answers = (struct answers){.latency_us = answers->latency_us};
}
