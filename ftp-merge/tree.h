/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The pieces of one key in the order of time: a search tree of pieces that never overlap.
 *
 * A tree is the slot of its root.  A key has at least one piece, so there is no empty tree but 0.  To
 * look at a tree changes its shape, so its root is handed over by its address.
 */
#ifndef FTP_TREE_H
#define FTP_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "pool.h"

/* What a span of time meets in a tree; slots, 0 for none. */
struct tree_look {
    uint32_t met;    /* a piece that shares a millisecond with it; then the other two are void */
    uint32_t before; /* the last piece, which ends before it */
    uint32_t after;  /* the first piece, which starts after it */
};

/* The neighbours of a piece of the tree: the one before it, the one after it; 0 for none. */
uint32_t tree_before(const struct pool *pool, uint32_t *root, uint32_t slot);
uint32_t tree_after(const struct pool *pool, uint32_t *root, uint32_t slot);

/* Inserts a piece that overlaps no other. */
void tree_insert(const struct pool *pool, uint32_t *root, uint32_t slot);

/* Removes a piece that is in the tree.  *root is 0 when it was the last one. */
void tree_remove(const struct pool *pool, uint32_t *root, uint32_t slot);

/* Turns a tree into a list: linked by next and previous of the nodes, in the order of
 * time.  Returns the first piece. */
uint32_t tree_flatten(const struct pool *pool, uint32_t root);

/* Whether a piece is known to be the only one of its tree.  Only of others the nodes are in use. */
static inline bool
tree_is_alone(const struct pool *pool, uint32_t root)
{
    return !(pool_piece(pool, root)->flags & PIECE_SHARES);
}

/* Whether a piece shares a millisecond with a span of time. */
static inline bool
tree_meets(const struct piece *p, int64_t start, int64_t end)
{
    return p->start <= end && p->end >= start;
}

/* tree_look() where the root does not share a millisecond with the span. */
struct tree_look tree_look_further(const struct pool *pool, uint32_t *root, int64_t start, int64_t end);

/* Finds what is at or beside a span of time (ms, both ends included).  Mostly that is the root. */
static inline struct tree_look
tree_look(const struct pool *pool, uint32_t *root, int64_t start, int64_t end)
{
    if (tree_meets(pool_piece(pool, *root), start, end))
        return (struct tree_look){.met = *root};
    return tree_look_further(pool, root, start, end);
}

#endif
