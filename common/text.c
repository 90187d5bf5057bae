/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Text to binary and back.  strtoull(3) and printf(3) would do, but take a terminated string and a
 * locale, accept blanks and signs that have to be refused, and are the largest part of a record's cost.
 */
#include "text.h"

#include <arpa/inet.h>
#include <string.h>

#include "bytes.h"

/* Makes a number of its sign and size.  Returns false when it does not fit. */
static bool
signed_value(bool negative, uint64_t size, int64_t *value)
{
    if (size > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return false;
    *value = (int64_t)(negative ? 0 - size : size);
    return true;
}

bool
text_get_i64(const char *s, size_t n, int64_t *value)
{
    bool negative = n > 0 && s[0] == '-';
    uint64_t size;

    return text_get_u64(s + negative, n - negative, UINT64_MAX, &size) &&
           signed_value(negative, size, value);
}

bool
text_get_ms(const char *s, size_t n, bool *negative, uint64_t *ms)
{
    uint64_t seconds, fraction = 0;

    *negative = n > 0 && s[0] == '-';
    s += *negative;
    n -= *negative;
    const char *point = memchr(s, '.', n);
    size_t whole = point ? (size_t)(point - s) : n;
    if (!text_get_u64(s, whole, UINT64_MAX / 1000, &seconds))
        return false;
    if (point) {
        char digits[3] = {'0', '0', '0'};
        size_t after = n - whole - 1;
        uint64_t finer;
        if (after > 9 || !text_get_u64(point + 1, after, UINT64_MAX, &finer))
            return false;
        memcpy(digits, point + 1, after < sizeof digits ? after : sizeof digits);
        if (!text_get_u64(digits, sizeof digits, 999, &fraction))
            return false;
    }
    if (seconds * 1000 > UINT64_MAX - fraction)
        return false;
    *ms = seconds * 1000 + fraction;
    return true;
}

/* Reads four numbers up to 255 between dots. */
static bool
get_ipv4(const char *s, size_t n, uint8_t address[4])
{
    const char *end = s + n;

    for (int i = 0; i < 4; i++) {
        unsigned v = 0;
        int digits = 0;
        for (; s < end && *s >= '0' && *s <= '9' && digits < 3; s++, digits++)
            v = v * 10 + (unsigned)(*s - '0');
        if (digits == 0 || v > 255)
            return false;
        address[i] = (uint8_t)v;
        if (i < 3 && (s == end || *s++ != '.'))
            return false;
    }
    return s == end;
}

int
text_get_address(const char *s, size_t n, uint8_t address[16])
{
    char copy[TEXT_ADDRESS_BYTES];

    memset(address, 0, 16);
    if (get_ipv4(s, n, address))
        return 4;
    if (n >= sizeof copy || !memchr(s, ':', n) || memchr(s, '\0', n))
        return 0;
    memcpy(copy, s, n);
    copy[n] = '\0';
    return inet_pton(AF_INET6, copy, address) == 1 ? 6 : 0;
}

#define TEN_TO_8 UINT64_C(100000000)

/* The eight digits of a number below 10^8, a byte each, the first one in the lowest.  The number is cut
 * into halves of four digits, these into pairs, and the pairs into digits, all parts of a word at once.
 * Of a half, x * 10486 >> 20 is x / 100; of a pair, x * 103 >> 10 is x / 10 (P. Khuong, "How to print
 * integers really fast", 2017). */
static inline uint64_t
eight_digits(uint64_t value)
{
    uint64_t half = value / 10000;
    uint64_t halves = half | (value - half * 10000) << 32;
    uint64_t hundreds = halves * 10486 >> 20 & UINT64_C(0x0000007f0000007f);
    uint64_t pairs = hundreds | (halves - hundreds * 100) << 16;
    uint64_t tens = pairs * 103 >> 10 & UINT64_C(0x000f000f000f000f);

    return tens | (pairs - tens * 10) << 8;
}

/* Writes eight characters for as many digits, and returns the end of the first n. */
static char *
put_digits(char *p, uint64_t digits, unsigned n)
{
    put_le64((uint8_t *)p, digits + UINT64_C(0x3030303030303030));
    return p + n;
}

/* How many digits a number has is nothing that a processor could guess, so there is no branch for it: the
 * zeros before the first digit are shifted out. */
char *
text_put_u64(char *p, uint64_t value)
{
    if (value >= TEN_TO_8)
        return put_digits(text_put_u64(p, value / TEN_TO_8), eight_digits(value % TEN_TO_8), 8);
    uint64_t digits = eight_digits(value);
    /* The last digit stays, also when it is 0. */
    unsigned zeros = (unsigned)__builtin_ctzll(digits | UINT64_C(1) << 56) / 8;
    return put_digits(p, digits >> 8 * zeros, 8 - zeros);
}

char *
text_put_i64(char *p, int64_t value)
{
    if (value >= 0)
        return text_put_u64(p, (uint64_t)value);
    *p++ = '-';
    return text_put_u64(p, 0 - (uint64_t)value);
}

char *
text_put_ms(char *p, bool negative, uint64_t ms)
{
    unsigned fraction = (unsigned)(ms % 1000);

    if (negative)
        *p++ = '-';
    p = text_put_u64(p, ms / 1000);
    *p++ = '.';
    *p++ = (char)('0' + fraction / 100);
    *p++ = (char)('0' + fraction / 10 % 10);
    *p++ = (char)('0' + fraction % 10);
    return p;
}

char *
text_put_address(char *p, int family, const uint8_t address[16])
{
    if (family == 6) {
        char text[TEXT_ADDRESS_BYTES];
        if (!inet_ntop(AF_INET6, address, text, sizeof text))
            return p;
        size_t n = strlen(text);
        memcpy(p, text, n);
        return p + n;
    }
    for (int i = 0; i < 4; i++) {
        p = text_put_u64(p, address[i]);
        if (i < 3)
            *p++ = '.';
    }
    return p;
}
