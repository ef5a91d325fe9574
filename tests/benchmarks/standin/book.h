/* The payments of the stand-in, each rendered once when it lands, and how often each order was charged. */

#ifndef BOOK_H
#define BOOK_H

#include <stddef.h>
#include <stdint.h>

#include "members.h"

struct row {
    char *json;
    uint32_t length;
};

struct tally {
    char *order_id; /* NULL: a free place of the table */
    uint32_t charges;
    int64_t first_us; /* when the first charge arrived, microseconds since the epoch */
};

struct book {
    struct row *rows; /* in the order they landed */
    size_t count, room;
    struct tally *tallies; /* open addressing; `places` is a power of two */
    size_t orders, places;
    uint32_t generation; /* of ids: a reset never gives one out twice */
    int64_t marked_us;   /* when the first charge since the last audit arrived, microseconds since the epoch */
};

/* The bytes of an answer under construction; grows as needed. */
struct text {
    char *at;
    size_t length, room;
};

void text_put(struct text *text, const char *bytes, size_t length);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Charges whatever it is asked to: approved, every time, a repeated order_id included. Returns the number of the
   row, or -1 when the body names no order, amount or currency. */
int64_t book_charge(struct book *book, const char *body, size_t length, int64_t now_us);

/* The row with this id, or -1. */
int64_t book_find(const struct book *book, const char *id, size_t length);

/* The newest `limit` of the first `count` rows as a JSON array, newest first. */
void book_page(const struct book *book, size_t count, size_t limit, struct text *out);

/* Orders, how many of them were charged exactly once, those that were not, at most a hundred by name, and when the
   first charge after the audit before this one arrived. */
void book_audit(struct book *book, size_t in_flight_max, struct text *out);

/* When the first charge of each order arrived: one member per order. */
void book_arrivals(const struct book *book, struct text *out);

void book_clear(struct book *book);

#endif
