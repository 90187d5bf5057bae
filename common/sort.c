/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A radix sort.  Whoever sends traffic chooses the rows, and may make them equal in all columns but the
 * last, so a sort that compares rows would look at each of them again and again.  Here a row is a string
 * of words of 32 bits.  Elements are sorted by one word; of a run that is equal in it the next word is
 * found in which not all are equal.  So a row is looked at twice for each word that matters.
 *
 * Mostly the first word, the time after a base, decides nearly all.
 */
#include "sort.h"

#include <stdbool.h>
#include <string.h>

enum {
    WORDS = 14,         /* of a row, after that in the element */
    AHEAD = 16,         /* how far ahead of the use rows are prefetched */
    FEW = 24,           /* up to here elements are sorted by comparing rows */
    KEY_BITS = 32,      /* of the upper half of an element */
    MAX_DIGIT_BITS = 11 /* 2^11 counters fit the processor's first cache */
};

static uint32_t
upper(uint64_t x)
{
    return (uint32_t)(x >> 32);
}

/* A signed number as an unsigned one, in the same order. */
static uint64_t
in_order(int64_t x)
{
    return (uint64_t)x ^ UINT64_C(1) << 63;
}

/* Two words of a row: pair 0 has the words 0 and 1. */
static uint64_t
word_pair(const struct biflow *b, int pair)
{
    switch (pair) {
    case 0:
        return in_order(b->start);
    case 1:
        return in_order(b->end);
    case 2:
        /* 41 bits, moved up so that the first word of the two has as much of them as it can hold. */
        return ((uint64_t)(b->family == 6) << 40 | (uint64_t)b->proto << 32 |
                (uint64_t)b->src_port << 16 | b->dst_port)
               << 23;
    case 3:
        return b->packets;
    case 4:
        return b->bytes;
    case 5:
        return b->packets_rev;
    default:
        return b->bytes_rev;
    }
}

/* The first word in which two rows differ, WORDS when they are equal. */
static int
first_difference(const struct biflow *a, const struct biflow *b)
{
    for (int pair = 0; pair < WORDS / 2; pair++) {
        uint64_t difference = word_pair(a, pair) ^ word_pair(b, pair);
        if (difference != 0)
            return 2 * pair + (upper(difference) == 0);
    }
    return WORDS;
}

#define COMPARE(column)                                                                                  \
    if (a->column != b->column)                                                                          \
    return a->column < b->column ? -1 : 1

int
sort_compare(const struct biflow *a, const struct biflow *b)
{
    COMPARE(start);
    COMPARE(end);
    COMPARE(family);
    COMPARE(proto);
    COMPARE(src_port);
    COMPARE(dst_port);
    COMPARE(packets);
    COMPARE(bytes);
    COMPARE(packets_rev);
    COMPARE(bytes_rev);
    return 0;
}

static struct biflow
row_at(const struct sort_source *source, sort_element element)
{
    return source->row(source->context, sort_number(element));
}

/* Prefetches the row that will be used some turns after one of n. */
static void
prefetch_after(const struct sort_source *source, const sort_element *elements, size_t n, size_t i)
{
    if (i + AHEAD < n)
        source->prefetch(source->context, sort_number(elements[i + AHEAD]));
}

/* Sorts a few elements by their rows. */
static void
sort_few(sort_element *elements, size_t n, const struct sort_source *source)
{
    struct biflow rows[FEW];

    for (size_t i = 0; i < n; i++) {
        const sort_element e = elements[i];
        const struct biflow b = row_at(source, e);
        size_t place = i;
        for (; place > 0 && sort_compare(&b, &rows[place - 1]) < 0; place--) {
            elements[place] = elements[place - 1];
            rows[place] = rows[place - 1];
        }
        elements[place] = e;
        rows[place] = b;
    }
}

/* Sorts by one digit of the upper half, keeping the order of equal ones.  Returns false, with nothing
 * done, when all have the same digit. */
static bool
sort_by_digit(const sort_element *from, sort_element *to, size_t n, int shift, unsigned mask)
{
    uint32_t place[1 << MAX_DIGIT_BITS];

    memset(place, 0, (mask + 1) * sizeof place[0]);
    for (size_t i = 0; i < n; i++)
        place[from[i] >> shift & mask]++;
    if (place[from[0] >> shift & mask] == n)
        return false;
    uint32_t sum = 0;
    for (size_t digit = 0; digit <= mask; digit++) {
        uint32_t count = place[digit];
        place[digit] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++)
        to[place[from[i] >> shift & mask]++] = from[i];
    return true;
}

/* Sorts by the upper half. */
static void
sort_by_word(sort_element *elements, sort_element *scratch, size_t n)
{
    const int bits = n > 8192 ? MAX_DIGIT_BITS : 8;
    sort_element *from = elements, *to = scratch;

    for (int done = 0; done < KEY_BITS; done += bits) {
        unsigned mask = (1u << (done + bits <= KEY_BITS ? bits : KEY_BITS - done)) - 1;
        if (!sort_by_digit(from, to, n, 32 + done, mask))
            continue;
        sort_element *sorted = to;
        to = from;
        from = sorted;
    }
    if (from != elements)
        memcpy(elements, from, n * sizeof *elements);
}

/* Has elements take the first word in which not all of their rows are equal.  Returns false when there is
 * none. */
static bool
take_next_word(sort_element *elements, size_t n, const struct sort_source *source)
{
    const struct biflow first = row_at(source, elements[0]);
    int word = WORDS;

    for (size_t i = 1; i < n; i++) {
        prefetch_after(source, elements, n, i);
        const struct biflow b = row_at(source, elements[i]);
        int difference = first_difference(&first, &b);
        if (difference < word)
            word = difference;
    }
    if (word == WORDS)
        return false;
    for (size_t i = 0; i < n; i++) {
        prefetch_after(source, elements, n, i);
        const struct biflow b = row_at(source, elements[i]);
        uint64_t pair = word_pair(&b, word / 2);
        elements[i] = (word % 2 == 0 ? pair >> 32 : pair & UINT32_MAX) << 32 | sort_number(elements[i]);
    }
    return true;
}

/* With every call of itself for a run, one word more is equal in all of it, so the depth is that of the
 * words. */
void
sort_rows(sort_element *elements, sort_element *scratch, size_t n, const struct sort_source *source)
{
    if (n <= FEW) {
        sort_few(elements, n, source);
        return;
    }
    sort_by_word(elements, scratch, n);
    for (size_t begin = 0, end; begin < n; begin = end) {
        for (end = begin + 1; end < n && upper(elements[end]) == upper(elements[begin]);)
            end++;
        size_t run = end - begin;
        for (size_t i = begin; i < end; i++)
            prefetch_after(source, elements, n, i);
        if (run > 1 && (run <= FEW || take_next_word(elements + begin, run, source)))
            sort_rows(elements + begin, scratch, run, source);
    }
}

/* The part of an element when the upper halves of all are from lowest to highest. */
static size_t
part_of(sort_element element, uint32_t lowest, uint32_t highest)
{
    return (size_t)((uint64_t)(upper(element) - lowest) * SORT_PARTS / ((uint64_t)highest - lowest + 1));
}

void
sort_split(const sort_element *from, sort_element *to, size_t n, size_t bounds[SORT_PARTS + 1])
{
    uint32_t lowest = UINT32_MAX, highest = 0;
    size_t place[SORT_PARTS];

    for (size_t i = 0; i < n; i++) {
        lowest = upper(from[i]) < lowest ? upper(from[i]) : lowest;
        highest = upper(from[i]) > highest ? upper(from[i]) : highest;
    }
    memset(bounds, 0, (SORT_PARTS + 1) * sizeof *bounds);
    for (size_t i = 0; i < n; i++)
        bounds[part_of(from[i], lowest, highest) + 1]++;
    for (size_t part = 0; part < SORT_PARTS; part++) {
        place[part] = bounds[part];
        bounds[part + 1] += bounds[part];
    }
    for (size_t i = 0; i < n; i++)
        to[place[part_of(from[i], lowest, highest)]++] = from[i];
}
