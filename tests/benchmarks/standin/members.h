/* Finds members of a JSON object by name, wherever in it they stand, and keeps their values as they were written. */

#ifndef MEMBERS_H
#define MEMBERS_H

#include <stddef.h>

/* The bytes of one value inside the body: a string with its quotes, a number or a word; length 0 when absent. */
struct value {
    const char *at;
    size_t length;
};

struct member {
    const char *name;
    struct value value;
};

/* Fills in the values of the wanted members. Returns 0 when the body is no JSON object as far as was looked. */
int members_read(const char *body, size_t length, struct member *wanted, size_t count);

/* A string without its quotes, empty for anything else. */
struct value text_of(struct value value);

#endif
