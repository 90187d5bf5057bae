/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An ordered hash table with linear probing (Amble and Knuth, 1974).
 *
 * An element goes to the place that the first bits of its tag name, or to one of the next when others are
 * there, and all elements are in the order of their tags.  So a look is at places side by side, nearly
 * always of one cache line, and nearly never at a slot of another key.  To grow is to spread the elements
 * in their order: two passes through the table where it is, and not a look at a slot either, while slots
 * are all over a memory that no cache holds.
 *
 * Elements of the last tags may need places after the end; there is room for as many as there can be.
 */
#include "table.h"

#include "pool.h"

/* From here on the table has large pages. */
#define SMALL_PAGES_BYTES ((size_t)32 << 20)

/* The address space for a table that grows up to 2^max_bits places, in bytes; as much as there can be
 * where it is less. */
static size_t
reserved_bytes(unsigned max_bits)
{
    uint64_t bytes =
        table_bytes(max_bits) + (table_capacity(max_bits) + TABLE_STRIDE) * sizeof(table_element);

    return bytes < SIZE_MAX ? (size_t)bytes : SIZE_MAX;
}

int
table_open(struct table *t, unsigned max_bits)
{
    *t = (struct table){.bits = TABLE_MIN_BITS, .max_bits = max_bits};
    t->places = pool_reserve(reserved_bytes(max_bits), SMALL_PAGES_BYTES);
    return t->places ? 0 : -1;
}

void
table_release(struct table *t)
{
    pool_unreserve(t->places, reserved_bytes(t->max_bits));
}

void
table_grow(struct table *t)
{
    const uint64_t size = table_size(t->bits);
    table_element *end = t->places + size;

    while (*end != 0)
        end++;
    /* No element will have to go further after the end than it is now. */
    table_element *const new_end = end + size;
    table_element *moved = new_end;
    while (end > t->places)
        if (*--end != 0)
            *--moved = *end;
    t->bits++;
    table_element *place = t->places;
    for (; moved < new_end; moved++) {
        const table_element *home = table_home(t, *moved);
        while (place < home)
            *place++ = 0;
        *place++ = *moved;
    }
    while (place < new_end)
        *place++ = 0;
}

void
table_insert(struct table *t, table_element *place, uint64_t hash, uint32_t slot)
{
    table_element element = (table_element)table_tag(hash) << 32 | slot;

    while (element != 0) {
        table_element displaced = *place;
        *place++ = element;
        element = displaced;
    }
    t->count++;
}

void
table_remove(struct table *t, table_element *place)
{
    table_element *next = place + 1;

    while (*next != 0 && table_home(t, *next) < next) {
        next[-1] = *next;
        next++;
    }
    next[-1] = 0;
    t->count--;
}
