/* SPDX-License-Identifier: BSD-3-Clause */
/* The index of the cache: from the hash of a key to the slot where what is known of the key begins. */
#ifndef FTP_TABLE_H
#define FTP_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An element: the upper 32 bits of the hash, its tag, and the slot below them; 0 for a free place. */
typedef uint64_t table_element;

enum {
    TABLE_MIN_BITS = 10,
    TABLE_MAX_BITS = 32,
    TABLE_STRIDE = 4 /* places looked at together */
};

struct table {
    table_element *places; /* in the order of their tags, with free ones in between */
    unsigned bits;         /* 2^bits places are the first choice of some tag */
    unsigned max_bits;
    uint32_t count; /* elements */
};

static inline uint64_t
table_size(unsigned bits)
{
    return UINT64_C(1) << bits;
}

/* How many elements a table of 2^bits places is good for. */
static inline uint64_t
table_capacity(unsigned bits)
{
    return table_size(bits) / 8 * 7;
}

static inline uint64_t
table_bytes(unsigned bits)
{
    return table_size(bits) * sizeof(table_element);
}

/* Prepares a table that grows up to 2^max_bits places.  Returns 0, or -1 with errno set. */
int table_open(struct table *t, unsigned max_bits);

/* Frees all of it; also one that was not opened and is all zero. */
void table_release(struct table *t);

static inline uint32_t
table_tag(uint64_t hash)
{
    return (uint32_t)(hash >> 32);
}

static inline uint32_t
table_slot(table_element element)
{
    return (uint32_t)element;
}

/* Has an element lead to another slot. */
static inline void
table_set_slot(table_element *place, uint32_t slot)
{
    *place = (*place >> 32 << 32) | slot;
}

/* The place where elements of a hash begin, if nothing is in their way. */
static inline table_element *
table_home(const struct table *t, uint64_t hash)
{
    return t->places + (hash >> (64 - t->bits));
}

/* Prefetches the places where a look for a hash begins. */
static inline void
table_prefetch(const struct table *t, uint64_t hash)
{
    const table_element *home = table_home(t, hash);

    __builtin_prefetch(home, 1);
    __builtin_prefetch(home + TABLE_STRIDE - 1, 1);
}

/* The tag of a hash as an element of slot 0: every element of this tag is larger, every one of a lower
 * tag smaller. */
static inline table_element
table_least(uint64_t hash)
{
    return (table_element)table_tag(hash) << 32;
}

/* The first place at or after the home of a hash that has no element of a lower tag.  The processor
 * cannot predict how far that is, so four places are compared at a time, without a branch for each.  That
 * is right because no element of a lower tag comes after a free place.  A free place is 0, and so the
 * largest number when 1 is subtracted. */
static inline table_element *
table_first(const struct table *t, uint64_t hash)
{
    const table_element least = table_least(hash);
    table_element *place = table_home(t, hash);
    int lower;

    do {
        lower = (place[0] - 1 < least) + (place[1] - 1 < least) + (place[2] - 1 < least) +
                (place[3] - 1 < least);
        place += lower;
    } while (lower == TABLE_STRIDE);
    return place;
}

/* Whether the element at a place has the tag of a hash.  All that have it are side by side. */
static inline bool
table_is_match(const table_element *place, uint64_t hash)
{
    return *place - table_least(hash) - 1 < UINT32_MAX;
}

/* Whether the table must grow before more is inserted. */
static inline bool
table_is_full(const struct table *t)
{
    return t->count >= table_size(t->bits) / 4 * 3 && t->bits < t->max_bits;
}

/* Doubles the places of a full table.  Pointers to places are void after that. */
void table_grow(struct table *t);

/* Inserts a slot, not 0, at a place after all elements of lower tags and before all of higher ones. */
void table_insert(struct table *t, table_element *place, uint64_t hash, uint32_t slot);

/* Takes the element at a place out. */
void table_remove(struct table *t, table_element *place);

#endif
