/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The pieces of one key in the order of time: a search tree of pieces that never overlap.
 *
 * A tree is the slot of its root.  A key has at least one piece, so there is no empty tree but 0.
 */
#ifndef FTP_TREE_H
#define FTP_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "pool.h"

/* What a span of time meets in a tree; slots, 0 for none. */
struct tree_look {
    uint32_t met;    /* a piece that shares a millisecond with it; then the other two are void */
    uint32_t before; /* the last piece that ends before it */
    uint32_t after;  /* the first piece that starts after it */
};

/* Finds what is at or beside a span of time (ms, both ends included). */
struct tree_look tree_look(const struct pool *pool, uint32_t root, int64_t start, int64_t end);

/* The neighbours of the piece that starts at a time: the one before it, the one after it; 0 for none. */
uint32_t tree_before(const struct pool *pool, uint32_t root, int64_t start);
uint32_t tree_after(const struct pool *pool, uint32_t root, int64_t start);

/* Makes a piece a tree of its own. */
static inline void
tree_plant(const struct pool *pool, uint32_t slot)
{
    pool_piece(pool, slot)->height = 1;
}

/* Inserts a piece that overlaps no other.  Returns the root. */
uint32_t tree_insert(const struct pool *pool, uint32_t root, uint32_t slot);

/* Removes a piece that is in the tree.  Returns the root, 0 when it was the last one. */
uint32_t tree_remove(const struct pool *pool, uint32_t root, uint32_t slot);

/* Makes a list of a tree, which is none then: linked by next and previous of the nodes, in the order of
 * time.  Returns the first piece. */
uint32_t tree_flatten(const struct pool *pool, uint32_t root);

/* Whether a tree has one piece only. */
static inline bool
tree_is_single(const struct pool *pool, uint32_t root)
{
    return pool_piece(pool, root)->height == 1;
}

#endif
