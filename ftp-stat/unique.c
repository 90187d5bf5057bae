/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rows are equal when their hashes of 64 bits are.  Of 100 million rows, two that differ have the same
 * hash once in 3,700 profiles; nobody can make such rows, since the hash has a new seed in every run.
 *
 * In the end the hashes are sorted in place (American flag sort: McIlroy, Bostic, McIlroy, Engineering
 * Radix Sort, 1993), so that no memory is needed beside theirs, and equal ones are neighbours.
 */
#include "unique.h"

#include <stdlib.h>
#include <unistd.h>

#include "siphash.h"

enum {
    FIRST_ROOM = 65536,
    DIGIT_BITS = 8,
    DIGITS = 1 << DIGIT_BITS,
    FEW = 32 /* up to here sorted by insertion */
};

int
unique_open(struct unique *u)
{
    *u = (struct unique){0};
    return getentropy(u->seed, sizeof u->seed);
}

void
unique_release(struct unique *u)
{
    for (int kind = 0; kind < UNIQUE_KINDS; kind++)
        free(u->hashes[kind]);
    *u = (struct unique){0};
}

static int
grow(struct unique *u)
{
    size_t room = u->room > 0 ? 2 * u->room : FIRST_ROOM;

    for (int kind = 0; kind < UNIQUE_KINDS; kind++) {
        uint64_t *hashes = reallocarray(u->hashes[kind], room, sizeof *hashes);
        if (!hashes)
            return -1;
        u->hashes[kind] = hashes;
    }
    u->room = room;
    return 0;
}

int
unique_add(struct unique *u, const struct biflow *b)
{
    const uint64_t counters[] = {b->packets, b->bytes, b->packets_rev, b->bytes_rev};
    const uint64_t ports = (uint64_t)b->src_port << 16 | b->dst_port;
    const size_t n = sizeof counters / sizeof counters[0];

    if (u->n == u->room && grow(u) == -1)
        return -1;
    u->hashes[UNIQUE_PROTOCOL_PORTS_COUNTERS][u->n] =
        siphash(u->seed, counters, n, ports << 8 | b->proto, 5);
    u->hashes[UNIQUE_PROTOCOL_COUNTERS][u->n] = siphash(u->seed, counters, n, b->proto, 1);
    u->n++;
    return 0;
}

static void
sort_few(uint64_t *a, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint64_t moving = a[i];
        size_t place = i;
        for (; place > 0 && a[place - 1] > moving; place--)
            a[place] = a[place - 1];
        a[place] = moving;
    }
}

/* Puts each element where those with its digit belong, and notes where these end. */
static void
sort_by_digit(uint64_t *a, size_t n, int shift, size_t end[DIGITS])
{
    size_t next[DIGITS], count[DIGITS] = {0};

    for (size_t i = 0; i < n; i++)
        count[a[i] >> shift & (DIGITS - 1)]++;
    for (size_t digit = 0, sum = 0; digit < DIGITS; digit++) {
        next[digit] = sum;
        end[digit] = sum += count[digit];
    }
    for (size_t digit = 0; digit < DIGITS; digit++) {
        while (next[digit] < end[digit]) {
            uint64_t moving = a[next[digit]];
            size_t its_digit = moving >> shift & (DIGITS - 1);
            a[next[digit]] = a[next[its_digit]];
            a[next[its_digit]++] = moving;
        }
    }
}

/* Sorts by the digit at shift and those below it; as deep as there are digits. */
static void
sort(uint64_t *a, size_t n, int shift)
{
    size_t end[DIGITS];

    if (n <= FEW) {
        sort_few(a, n);
        return;
    }
    sort_by_digit(a, n, shift, end);
    for (size_t digit = 0, begin = 0; shift > 0 && digit < DIGITS; begin = end[digit++])
        sort(a + begin, end[digit] - begin, shift - DIGIT_BITS);
}

struct unique_result
unique_count(struct unique *u, int kind)
{
    const uint64_t *a = u->hashes[kind];
    struct unique_result result = {0};

    sort(u->hashes[kind], u->n, 64 - DIGIT_BITS);
    for (size_t begin = 0, end; begin < u->n; begin = end) {
        for (end = begin + 1; end < u->n && a[end] == a[begin];)
            end++;
        size_t group = end - begin;
        result.unique += group == 1;
        if (result.smallest == 0 || group < result.smallest)
            result.smallest = group;
    }
    return result;
}
