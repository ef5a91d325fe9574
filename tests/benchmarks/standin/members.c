/* A scan and no parser: the clients under test are trusted to write JSON; only the bounds of the body are not. */

#include "members.h"

#include <string.h>

static const char *past_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    return at;
}

/* The place behind the closing quote of the string that opens here; NULL when it never closes. */
static const char *past_string(const char *at, const char *end)
{
    for (at++; at < end; at++) {
        if (*at == '\\')
            at++;
        else if (*at == '"')
            return at + 1;
    }
    return NULL;
}

static const char *past_word(const char *at, const char *end)
{
    while (at < end && strchr(",]} \n\r\t", *at) == NULL)
        at++;
    return at;
}

static struct member *find(struct member *wanted, size_t count, const char *name, size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(wanted[i].name) == length && memcmp(wanted[i].name, name, length) == 0)
            return &wanted[i];
    return NULL;
}

int members_read(const char *body, size_t length, struct member *wanted, size_t count)
{
    const char *end = body + length;
    const char *at = past_blanks(body, end);

    if (at == end || *at != '{')
        return 0;
    while (at < end) {
        if (*at != '"') {
            at++;
            continue;
        }
        const char *name = at + 1;
        if ((at = past_string(at, end)) == NULL)
            return 0;
        struct member *found = find(wanted, count, name, (size_t)(at - 1 - name));
        at = past_blanks(at, end);
        if (at == end || *at != ':')
            continue; /* it was a value */
        at = past_blanks(at + 1, end);
        if (at == end)
            return 0;
        const char *value = at;
        if (*at == '{' || *at == '[')
            continue; /* its members are looked at like all others */
        at = *at == '"' ? past_string(at, end) : past_word(at, end);
        if (at == NULL)
            return 0;
        if (found != NULL)
            found->value = (struct value){value, (size_t)(at - value)};
    }
    return 1;
}

struct value text_of(struct value value)
{
    if (value.length < 2 || *value.at != '"')
        return (struct value){NULL, 0};
    return (struct value){value.at + 1, value.length - 2};
}
