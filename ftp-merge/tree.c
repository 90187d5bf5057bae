/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An AVL tree (Adelson-Velsky and Landis, 1962).
 *
 * Whoever sends traffic chooses the times of its pieces and their order, so the tree must not need luck:
 * the heights of two siblings differ by at most one, whatever comes.  So no tree of 2^32 pieces is higher
 * than 46, and the way from the root is kept in an array, not in recursion.
 *
 * The height is in the piece, which is looked at anyway.  While it is 1, the piece has nothing below it
 * and its node is void: keys with one piece, nearly all of them, never touch the nodes.
 */
#include "tree.h"

enum { MAX_HEIGHT = 48 };

/* The way from the root to a place in the tree. */
struct way {
    uint32_t slot[MAX_HEIGHT];
    int n;
};

static int
height(const struct pool *pool, uint32_t slot)
{
    return slot == 0 ? 0 : pool_piece(pool, slot)->height;
}

static uint32_t
left_of(const struct pool *pool, uint32_t slot)
{
    return pool_piece(pool, slot)->height > 1 ? pool_node(pool, slot)->left : 0;
}

static uint32_t
right_of(const struct pool *pool, uint32_t slot)
{
    return pool_piece(pool, slot)->height > 1 ? pool_node(pool, slot)->right : 0;
}

/* Gives a piece its children, and the height that follows. */
static void
set_children(const struct pool *pool, uint32_t slot, uint32_t left, uint32_t right)
{
    int higher = height(pool, left) > height(pool, right) ? height(pool, left) : height(pool, right);

    pool_piece(pool, slot)->height = (uint8_t)(higher + 1);
    pool_node(pool, slot)->left = left;
    pool_node(pool, slot)->right = right;
}

struct tree_look
tree_look(const struct pool *pool, uint32_t root, int64_t start, int64_t end)
{
    struct tree_look look = {0};

    while (root != 0) {
        const struct piece *p = pool_piece(pool, root);
        if (p->end < start) {
            look.before = root;
            root = right_of(pool, root);
        } else if (p->start > end) {
            look.after = root;
            root = left_of(pool, root);
        } else {
            look.met = root;
            return look;
        }
    }
    return look;
}

uint32_t
tree_before(const struct pool *pool, uint32_t root, int64_t start)
{
    uint32_t before = 0;

    while (root != 0) {
        if (pool_piece(pool, root)->start < start) {
            before = root;
            root = right_of(pool, root);
        } else {
            root = left_of(pool, root);
        }
    }
    return before;
}

uint32_t
tree_after(const struct pool *pool, uint32_t root, int64_t start)
{
    uint32_t after = 0;

    while (root != 0) {
        if (pool_piece(pool, root)->start > start) {
            after = root;
            root = left_of(pool, root);
        } else {
            root = right_of(pool, root);
        }
    }
    return after;
}

static uint32_t
rotate_right(const struct pool *pool, uint32_t slot)
{
    uint32_t left = left_of(pool, slot);

    set_children(pool, slot, right_of(pool, left), right_of(pool, slot));
    set_children(pool, left, left_of(pool, left), slot);
    return left;
}

static uint32_t
rotate_left(const struct pool *pool, uint32_t slot)
{
    uint32_t right = right_of(pool, slot);

    set_children(pool, slot, left_of(pool, slot), left_of(pool, right));
    set_children(pool, right, slot, right_of(pool, right));
    return right;
}

/* How much higher the left side of a subtree is than the right one. */
static int
lean(const struct pool *pool, uint32_t slot)
{
    return height(pool, left_of(pool, slot)) - height(pool, right_of(pool, slot));
}

/* Mends a subtree whose sides differ by two at most.  Returns its root. */
static uint32_t
balance(const struct pool *pool, uint32_t slot)
{
    uint32_t left = left_of(pool, slot), right = right_of(pool, slot);
    int leaning = lean(pool, slot);

    if (leaning > 1) {
        if (lean(pool, left) < 0)
            set_children(pool, slot, rotate_left(pool, left), right);
        return rotate_right(pool, slot);
    }
    if (leaning < -1) {
        if (lean(pool, right) > 0)
            set_children(pool, slot, left, rotate_right(pool, right));
        return rotate_left(pool, slot);
    }
    return slot;
}

/* Puts a subtree in the place of another one below a piece. */
static void
replace_child(const struct pool *pool, uint32_t parent, uint32_t old, uint32_t new)
{
    if (left_of(pool, parent) == old)
        set_children(pool, parent, new, right_of(pool, parent));
    else
        set_children(pool, parent, left_of(pool, parent), new);
}

/* Puts a subtree at the end of a way, where another one was, and balances all the way up.  Returns the
 * root. */
static uint32_t
climb(const struct pool *pool, const struct way *way, uint32_t old, uint32_t new)
{
    for (int i = way->n - 1; i >= 0; i--) {
        uint32_t parent = way->slot[i];
        int before = height(pool, parent);
        replace_child(pool, parent, old, new);
        old = parent;
        new = balance(pool, parent);
        if (old == new && height(pool, new) == before)
            return way->slot[0];
    }
    return new;
}

/* Goes down to the place of a start.  Returns what is there, 0 for a free place. */
static uint32_t
descend(const struct pool *pool, struct way *way, uint32_t root, int64_t start)
{
    while (root != 0 && pool_piece(pool, root)->start != start) {
        way->slot[way->n++] = root;
        root = start < pool_piece(pool, root)->start ? left_of(pool, root) : right_of(pool, root);
    }
    return root;
}

uint32_t
tree_insert(const struct pool *pool, uint32_t root, uint32_t slot)
{
    struct way way = {.n = 0};
    int64_t start = pool_piece(pool, slot)->start;

    (void)descend(pool, &way, root, start);
    tree_plant(pool, slot);
    uint32_t parent = way.slot[--way.n];
    int before = height(pool, parent);
    if (start < pool_piece(pool, parent)->start)
        set_children(pool, parent, slot, right_of(pool, parent));
    else
        set_children(pool, parent, left_of(pool, parent), slot);
    return height(pool, parent) == before ? root : climb(pool, &way, parent, parent);
}

uint32_t
tree_remove(const struct pool *pool, uint32_t root, uint32_t slot)
{
    struct way way = {.n = 0};
    uint32_t found = descend(pool, &way, root, pool_piece(pool, slot)->start);
    uint32_t left = left_of(pool, found), right = right_of(pool, found);

    if (left == 0 || right == 0)
        return climb(pool, &way, found, left ? left : right);
    /* The first piece after it takes its place, and is then removed from where it was, which may be right
     * below that. */
    int place = way.n++;
    uint32_t after = right;
    while (left_of(pool, after) != 0) {
        way.slot[way.n++] = after;
        after = left_of(pool, after);
    }
    uint32_t below = right_of(pool, after);
    set_children(pool, after, left, right);
    if (place > 0)
        replace_child(pool, way.slot[place - 1], found, after);
    way.slot[place] = after;
    return climb(pool, &way, after, below);
}

uint32_t
tree_flatten(const struct pool *pool, uint32_t root)
{
    uint32_t stack[MAX_HEIGHT], first = 0, last = 0;
    int n = 0;

    while (root != 0 || n > 0) {
        while (root != 0) {
            stack[n++] = root;
            root = left_of(pool, root);
        }
        uint32_t slot = stack[--n];
        root = right_of(pool, slot);
        pool_node(pool, slot)->previous = last;
        if (last == 0)
            first = slot;
        else
            pool_node(pool, last)->next = slot;
        last = slot;
    }
    pool_node(pool, last)->next = 0;
    return first;
}
