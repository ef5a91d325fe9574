/* Rows are never changed, so a page is copied from them and an answer can name its row while it waits. */

#define _GNU_SOURCE
#include "book.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { OTHERS_MAX = 100, ID_LENGTH = 36 };

/* What is read of a charge; all that stands before the description must be there. */
enum { ORDER_ID, AMOUNT, CURRENCY, COUNTRY, PAN, YEAR, MONTH, HOLDER, DESCRIPTION, WANTED };

static void *grown(void *old, size_t bytes)
{
    void *grown = realloc(old, bytes);

    if (grown == NULL)
        abort(); /* out of memory: nothing to measure any more */
    return grown;
}

static void text_room(struct text *text, size_t more)
{
    if (text->length + more <= text->room)
        return;
    text->room = 2 * (text->length + more);
    text->at = grown(text->at, text->room);
}

void text_put(struct text *text, const char *bytes, size_t length)
{
    text_room(text, length);
    memcpy(text->at + text->length, bytes, length);
    text->length += length;
}

void text_printf(struct text *text, const char *format, ...)
{
    va_list arguments;

    text_room(text, 512); /* enough for a row, so that it is formatted once */
    for (;;) {
        size_t room = text->room - text->length;
        va_start(arguments, format);
        int length = vsnprintf(text->at + text->length, room, format, arguments);
        va_end(arguments);
        if ((size_t)length < room) {
            text->length += (size_t)length;
            return;
        }
        text_room(text, (size_t)length + 1);
    }
}

static size_t place_of(const struct book *book, const char *order_id, size_t length)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)order_id[i]) * 1099511628211u;
    size_t place = hash & (book->places - 1);
    while (book->tallies[place].order_id != NULL
           && (strncmp(book->tallies[place].order_id, order_id, length) != 0
               || book->tallies[place].order_id[length] != '\0'))
        place = (place + 1) & (book->places - 1);
    return place;
}

static void widen(struct book *book)
{
    struct tally *old = book->tallies;
    size_t places = book->places;

    book->places = places ? 2 * places : 1024;
    book->tallies = calloc(book->places, sizeof *book->tallies);
    if (book->tallies == NULL)
        abort();
    for (size_t i = 0; i < places; i++)
        if (old[i].order_id != NULL)
            book->tallies[place_of(book, old[i].order_id, strlen(old[i].order_id))] = old[i];
    free(old);
}

static void count_charge(struct book *book, struct value order_id, int64_t now_us)
{
    if (2 * book->orders >= book->places)
        widen(book);
    struct tally *tally = &book->tallies[place_of(book, order_id.at, order_id.length)];
    if (tally->order_id == NULL) {
        tally->order_id = strndup(order_id.at, order_id.length);
        if (tally->order_id == NULL)
            abort();
        tally->first_us = now_us;
        book->orders++;
    }
    tally->charges++;
    if (book->marked_us == 0)
        book->marked_us = now_us;
}

/* RFC 3339 in UTC with three fractional digits, as the gateway writes it. */
static const char *timestamp(int64_t now_us)
{
    static char text[48];
    static time_t shown = -1;
    time_t second = (time_t)(now_us / 1000000);
    struct tm utc;

    if (second != shown && gmtime_r(&second, &utc) != NULL) {
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
        shown = second;
    }
    snprintf(text + 19, sizeof text - 19, ".%03dZ", (int)(now_us / 1000 % 1000));
    return text;
}

static const char *brand(struct value pan)
{
    switch (pan.length ? *pan.at : '\0') {
    case '4': return "Visa";
    case '3': return "American Express";
    case '5': return "MasterCard";
    default: return "Maestro";
    }
}

#define SHOWN(value) (int)(value).length, (value).at

/* The payment object as the gateway writes it; values stand in it as the client wrote them. */
static struct row rendered(const struct book *book, const struct member *given, struct value pan, int64_t now_us)
{
    struct text row = {0};
    struct value last4 = pan.length > 4 ? (struct value){pan.at + pan.length - 4, 4} : pan;

    text_printf(&row,
                "{\"id\":\"%08" PRIx32 "-0000-4000-a000-%012zx\",\"amount\":%.*s,\"currency\":%.*s,\"created\":\"%s\","
                "\"type\":\"purchase\",\"live\":false,\"status\":\"approved\",\"order_id\":%.*s,",
                book->generation, book->count, SHOWN(given[AMOUNT].value), SHOWN(given[CURRENCY].value),
                timestamp(now_us), SHOWN(given[ORDER_ID].value));
    if (given[DESCRIPTION].value.length)
        text_printf(&row, "\"description\":%.*s,", SHOWN(given[DESCRIPTION].value));
    text_printf(&row,
                "\"country\":%.*s,\"payment_method\":\"card\",\"payment_instrument\":{\"card_brand\":\"%s\","
                "\"pan\":\"%.*s\",\"exp_year\":%.*s,\"exp_month\":%.*s,\"holder\":%.*s}}",
                SHOWN(given[COUNTRY].value), brand(pan), SHOWN(last4), SHOWN(given[YEAR].value),
                SHOWN(given[MONTH].value), SHOWN(given[HOLDER].value));
    return (struct row){row.at, (uint32_t)row.length};
}

int64_t book_charge(struct book *book, const char *body, size_t length, int64_t now_us)
{
    struct member given[WANTED] = {
        [ORDER_ID] = {"order_id", {0}}, [AMOUNT] = {"amount", {0}},   [CURRENCY] = {"currency", {0}},
        [COUNTRY] = {"country", {0}},   [PAN] = {"pan", {0}},         [YEAR] = {"exp_year", {0}},
        [MONTH] = {"exp_month", {0}},   [HOLDER] = {"holder", {0}},   [DESCRIPTION] = {"description", {0}},
    };

    if (!members_read(body, length, given, WANTED))
        return -1;
    for (int i = 0; i < DESCRIPTION; i++)
        if (given[i].value.length == 0)
            return -1;
    struct value order_id = text_of(given[ORDER_ID].value);
    if (!order_id.length || memchr(order_id.at, '\0', order_id.length) != NULL)
        return -1;
    if (book->count == book->room) {
        book->room = book->room ? 2 * book->room : 1024;
        book->rows = grown(book->rows, book->room * sizeof *book->rows);
    }
    book->rows[book->count] = rendered(book, given, text_of(given[PAN].value), now_us);
    count_charge(book, order_id, now_us);
    return (int64_t)book->count++;
}

int64_t book_find(const struct book *book, const char *id, size_t length)
{
    char text[ID_LENGTH + 1] = "";
    uint32_t generation;
    size_t number;
    int read = 0;

    if (length != ID_LENGTH)
        return -1;
    memcpy(text, id, length);
    if (sscanf(text, "%8" SCNx32 "-0000-4000-a000-%12zx%n", &generation, &number, &read) != 2 || read != ID_LENGTH)
        return -1;
    return generation == book->generation && number < book->count ? (int64_t)number : -1;
}

void book_page(const struct book *book, size_t count, size_t limit, struct text *out)
{
    size_t last = count > limit ? count - limit : 0;

    text_put(out, "[", 1);
    for (size_t i = count; i > last; i--) {
        if (i < count)
            text_put(out, ",", 1);
        text_put(out, book->rows[i - 1].json, book->rows[i - 1].length);
    }
    text_put(out, "]", 1);
}

void book_audit(struct book *book, size_t in_flight_max, struct text *out)
{
    size_t others = 0;

    text_printf(out, "{\"payments\":%zu,\"orders\":%zu,\"in_flight_max\":%zu,\"first_us\":%" PRId64 ",\"others\":{",
                book->count, book->orders, in_flight_max, book->marked_us);
    book->marked_us = 0;
    for (size_t i = 0; i < book->places; i++)
        if (book->tallies[i].order_id != NULL && book->tallies[i].charges != 1 && others++ < OTHERS_MAX)
            text_printf(out, "%s\"%s\":%" PRIu32, others > 1 ? "," : "", book->tallies[i].order_id,
                        book->tallies[i].charges);
    text_printf(out, "},\"once\":%zu}", book->orders - others);
}

void book_arrivals(const struct book *book, struct text *out)
{
    const char *comma = "";

    text_put(out, "{", 1);
    for (size_t i = 0; i < book->places; i++) {
        if (book->tallies[i].order_id == NULL)
            continue;
        text_printf(out, "%s\"%s\":%" PRId64, comma, book->tallies[i].order_id, book->tallies[i].first_us);
        comma = ",";
    }
    text_put(out, "}", 1);
}

void book_clear(struct book *book)
{
    uint32_t next = book->generation + 1;

    for (size_t i = 0; i < book->count; i++)
        free(book->rows[i].json);
    for (size_t i = 0; i < book->places; i++)
        free(book->tallies[i].order_id);
    free(book->rows);
    free(book->tallies);
    *book = (struct book){.generation = next};
}
