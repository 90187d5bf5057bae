/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sums of 64-bit numbers that do not fit 64 bits themselves: integers of 128 bits in two words, which
 * wrap around as unsigned ones do.  Compilers have such a type only where a register has 64 bits.
 */
#ifndef FTP_WIDE_H
#define FTP_WIDE_H

#include <math.h>
#include <stdint.h>

struct wide {
    uint64_t high;
    uint64_t low;
};

static inline struct wide
wide_add(struct wide a, struct wide b)
{
    uint64_t low = a.low + b.low;

    return (struct wide){a.high + b.high + (low < a.low), low};
}

static inline struct wide
wide_subtract(struct wide a, struct wide b)
{
    return (struct wide){a.high - b.high - (a.low < b.low), a.low - b.low};
}

/* A number times 2 to the power of `bits`, 1 to 63. */
static inline struct wide
wide_shifted(uint64_t number, unsigned bits)
{
    return (struct wide){number >> (64 - bits), number << bits};
}

/* A number of at least 0 and less than 2^128, without its fraction.  No digit is lost on the way: a
 * double has 53 bits, wherever they are. */
static inline struct wide
wide_from_double(double number)
{
    uint64_t high = (uint64_t)(number * 0x1p-64);

    return (struct wide){high, (uint64_t)(number - (double)high * 0x1p64)};
}

/* The number, rounded once: what the first 64 bits leave out is one bit more, which is 0 only if all of
 * it is. */
static inline double
wide_to_double(struct wide w)
{
    if (w.high == 0)
        return (double)w.low;
    int shift = __builtin_clzll(w.high);
    uint64_t first = shift > 0 ? w.high << shift | w.low >> (64 - shift) : w.high;
    return ldexp((double)(first | (w.low << shift != 0)), 64 - shift);
}

#endif
