/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A splay tree (Sleator and Tarjan, "Self-adjusting binary search trees", 1985).
 *
 * Whoever sends traffic chooses the times of its pieces and their order, so the tree must not need luck.
 * Every look moves what it found to the root, and halves the way to all that it passed: n looks cost at
 * most O(n log n), in whatever order they come.  There is no recursion and nothing to keep in balance.
 *
 * And it suits traffic.  Records come in the order of time, mostly, so the piece that changes is the
 * last one, which is at the root; a new one is put above it.  No other piece is touched, and none of
 * them is in the processor's caches.
 */
#include "tree.h"

static struct node *
node_of(const struct pool *pool, uint32_t slot)
{
    return pool_node(pool, slot);
}

static int64_t
start_of(const struct pool *pool, uint32_t slot)
{
    return pool_piece(pool, slot)->start;
}

static uint32_t
rotate_right(const struct pool *pool, uint32_t slot)
{
    uint32_t left = node_of(pool, slot)->left;

    node_of(pool, slot)->left = node_of(pool, left)->right;
    node_of(pool, left)->right = slot;
    return left;
}

static uint32_t
rotate_left(const struct pool *pool, uint32_t slot)
{
    uint32_t right = node_of(pool, slot)->right;

    node_of(pool, slot)->right = node_of(pool, right)->left;
    node_of(pool, right)->left = slot;
    return right;
}

/* Moves the piece that starts at a time to the root of a tree that is not empty; if there is none, the
 * one before or the one after it.  Returns the root.
 *
 * On the way down the tree is taken apart into what is earlier and what is later; `earlier` and `later`
 * are the places where the next parts of these go. */
static uint32_t
splay(const struct pool *pool, uint32_t root, int64_t start)
{
    uint32_t all_earlier, all_later, *earlier = &all_earlier, *later = &all_later;

    for (;;) {
        uint32_t child;
        if (start < start_of(pool, root)) {
            child = node_of(pool, root)->left;
            if (child != 0 && start < start_of(pool, child))
                root = rotate_right(pool, root);
            child = node_of(pool, root)->left;
            if (child == 0)
                break;
            *later = root;
            later = &node_of(pool, root)->left;
        } else if (start > start_of(pool, root)) {
            child = node_of(pool, root)->right;
            if (child != 0 && start > start_of(pool, child))
                root = rotate_left(pool, root);
            child = node_of(pool, root)->right;
            if (child == 0)
                break;
            *earlier = root;
            earlier = &node_of(pool, root)->right;
        } else {
            break;
        }
        root = child;
    }
    *earlier = node_of(pool, root)->left;
    *later = node_of(pool, root)->right;
    node_of(pool, root)->left = all_earlier;
    node_of(pool, root)->right = all_later;
    return root;
}

/* The last piece before the root, which becomes the root of what is left of it; 0 for none. */
static uint32_t
before_root(const struct pool *pool, uint32_t root)
{
    uint32_t *left = &node_of(pool, root)->left;

    if (*left != 0)
        *left = splay(pool, *left, start_of(pool, root));
    return *left;
}

static uint32_t
after_root(const struct pool *pool, uint32_t root)
{
    uint32_t *right = &node_of(pool, root)->right;

    if (*right != 0)
        *right = splay(pool, *right, start_of(pool, root));
    return *right;
}

/* Looks beside the root, when it is beside the span of time. */
static struct tree_look
look_beside(const struct pool *pool, uint32_t root, int64_t start, int64_t end)
{
    struct tree_look look = {0};

    if (start_of(pool, root) < start) {
        look.before = root;
        look.after = after_root(pool, root);
        if (look.after != 0 && start_of(pool, look.after) <= end)
            look.met = look.after;
    } else {
        look.after = root;
        look.before = before_root(pool, root);
        if (look.before != 0 && pool_piece(pool, look.before)->end >= start)
            look.met = look.before;
    }
    return look;
}

struct tree_look
tree_look_further(const struct pool *pool, uint32_t *root, int64_t start, int64_t end)
{
    if (tree_is_alone(pool, *root))
        return pool_piece(pool, *root)->end < start ? (struct tree_look){.before = *root}
                                                    : (struct tree_look){.after = *root};
    *root = splay(pool, *root, start);
    if (tree_meets(pool_piece(pool, *root), start, end))
        return (struct tree_look){.met = *root};
    return look_beside(pool, *root, start, end);
}

uint32_t
tree_before(const struct pool *pool, uint32_t *root, uint32_t slot)
{
    if (tree_is_alone(pool, *root))
        return 0;
    *root = splay(pool, *root, start_of(pool, slot));
    return before_root(pool, *root);
}

uint32_t
tree_after(const struct pool *pool, uint32_t *root, uint32_t slot)
{
    if (tree_is_alone(pool, *root))
        return 0;
    *root = splay(pool, *root, start_of(pool, slot));
    return after_root(pool, *root);
}

/* Has the node of a piece used, which from now on shares its key. */
static void
use_node(const struct pool *pool, uint32_t slot)
{
    struct piece *p = pool_piece(pool, slot);

    if (p->flags & PIECE_SHARES)
        return;
    p->flags |= PIECE_SHARES;
    node_of(pool, slot)->left = node_of(pool, slot)->right = 0;
}

void
tree_insert(const struct pool *pool, uint32_t *root, uint32_t slot)
{
    struct node *new = node_of(pool, slot), *old;

    use_node(pool, *root);
    use_node(pool, slot);
    *root = splay(pool, *root, start_of(pool, slot));
    old = node_of(pool, *root);
    if (start_of(pool, *root) < start_of(pool, slot)) {
        new->left = *root;
        new->right = old->right;
        old->right = 0;
    } else {
        new->right = *root;
        new->left = old->left;
        old->left = 0;
    }
    *root = slot;
}

void
tree_remove(const struct pool *pool, uint32_t *root, uint32_t slot)
{
    if (tree_is_alone(pool, slot)) {
        *root = 0;
        return;
    }
    *root = splay(pool, *root, start_of(pool, slot));
    uint32_t before = before_root(pool, *root), later = node_of(pool, *root)->right;
    if (before != 0)
        node_of(pool, before)->right = later;
    *root = before != 0 ? before : later;
}

uint32_t
tree_flatten(const struct pool *pool, uint32_t root)
{
    uint32_t first = 0, last = 0;

    use_node(pool, root);
    while (root != 0) {
        while (node_of(pool, root)->left != 0)
            root = rotate_right(pool, root);
        uint32_t later = node_of(pool, root)->right;
        node_of(pool, root)->previous = last;
        if (last == 0)
            first = root;
        else
            node_of(pool, last)->next = root;
        last = root;
        root = later;
    }
    node_of(pool, last)->next = 0;
    return first;
}
