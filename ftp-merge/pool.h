/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory for the cache: address space for all of it, pages only for what is in use. */
#ifndef FTP_POOL_H
#define FTP_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "piece.h"

struct pool {
    union slot *slots;  /* number 0 is never given out */
    struct link *links; /* of each slot: its place among the free ones, or in a list of a user */
    struct node *nodes; /* of each slot */
    uint32_t *serials; /* of each slot: how many pieces were opened before it; NULL where not asked for */
    uint32_t limit;    /* slots that there may be, number 0 included */
    uint32_t used;     /* slots that have ever been given out, number 0 included */
    uint32_t ready;    /* at this number the next pages are asked for */
    uint32_t free;     /* the slot given back last */
    uint32_t free_count;
};

/* Reserves n bytes of zeroed memory that costs nothing until it is touched.  What comes after the first
 * `small` bytes, whole pages, has large pages.  Returns NULL with errno set. */
void *pool_reserve(size_t n, size_t small);

/* Gives such memory back. */
void pool_unreserve(void *p, size_t n);

/* What a slot costs with all that is beside it, in bytes. */
size_t pool_slot_bytes(bool serials);

/* Asks the kernel for the pages of the slots to be given out next. */
void pool_get_ready(struct pool *p);

/* Prepares for limit slots, with serial numbers or without.  Returns 0, or -1 with errno set. */
int pool_open(struct pool *p, uint32_t limit, bool serials);

void pool_release(struct pool *p);

/* How many slots can be taken without giving one back first. */
static inline uint32_t
pool_available(const struct pool *p)
{
    return p->free_count + (p->limit - p->used);
}

/* A slot with undefined content; there has to be one available. */
static inline uint32_t
pool_take(struct pool *p)
{
    if (p->free_count == 0) {
        if (p->used == p->ready)
            pool_get_ready(p);
        return p->used++;
    }
    uint32_t slot = p->free;
    p->free = p->links[slot].next;
    p->free_count--;
    return slot;
}

static inline void
pool_give(struct pool *p, uint32_t slot)
{
    p->links[slot].next = p->free;
    p->free = slot;
    p->free_count++;
}

static inline struct piece *
pool_piece(const struct pool *p, uint32_t slot)
{
    return &p->slots[slot].piece;
}

static inline struct node *
pool_node(const struct pool *p, uint32_t slot)
{
    return &p->nodes[slot];
}

#endif
