/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Numbers, times and addresses between text and binary, exact and without locale, for fields that are
 * not terminated by a NUL.
 */
#ifndef FTP_TEXT_H
#define FTP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TEXT_U64_BYTES = 20,    /* most that text_put_u64() writes */
    TEXT_MS_BYTES = 24,     /* text_put_ms() */
    TEXT_ADDRESS_BYTES = 46 /* text_put_address() */
};

/* Reads all n bytes as a decimal number of at most max.  Returns whether they are one; no sign, no
 * blank. */
static inline bool
text_get_u64(const char *s, size_t n, uint64_t max, uint64_t *value)
{
    enum { SAFE_DIGITS = TEXT_U64_BYTES - 1 }; /* so many always fit */
    const char *end = s + n, *safe = n > SAFE_DIGITS ? s + SAFE_DIGITS : end;
    uint64_t v = 0;

    if (n == 0 || n > TEXT_U64_BYTES)
        return false;
    for (; s < safe; s++) {
        unsigned digit = (unsigned)(unsigned char)*s - '0';
        if (digit > 9)
            return false;
        v = v * 10 + digit;
    }
    if (s < end) {
        unsigned digit = (unsigned)(unsigned char)*s - '0';
        if (digit > 9 || __builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, digit, &v))
            return false;
    }
    *value = v;
    return v <= max;
}

/* The same for a number that may be negative. */
bool text_get_i64(const char *s, size_t n, int64_t *value);

/* Reads seconds with an optional sign and up to nine digits after a point as milliseconds (what is
 * finer is cut off): whether it is below zero, and how much.  Returns whether all n bytes are that and
 * *ms fits. */
bool text_get_ms(const char *s, size_t n, bool *negative, uint64_t *ms);

/* Reads an IPv4 or IPv6 address.  Returns its family, 4 or 6, with the address in network byte order in
 * the first bytes of address and zeros after it; 0 when it is not an address. */
int text_get_address(const char *s, size_t n, uint8_t address[16]);

/* These write at p and return the end of what they wrote; nothing is terminated.  What comes after that
 * end is undefined up to the number of bytes that the function writes at most. */
char *text_put_u64(char *p, uint64_t value);
char *text_put_i64(char *p, int64_t value);
char *text_put_ms(char *p, bool negative, uint64_t ms);
char *text_put_address(char *p, int family, const uint8_t address[16]);

#endif
