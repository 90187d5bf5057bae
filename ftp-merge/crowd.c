/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Finding the nearest biflow in a list costs as much as the list is long; with 100,000 of them that is a
 * standstill.  So a crowd sorts its members into classes, such that a record either can join all of a
 * class that are near enough or (almost) none:
 *
 *   a single packet, by side             anything joins it (rule 2)
 *   one-sided and short, by side         what goes the other way joins it (rule 1)
 *   two-sided and short                  only single packets join it
 *   long enough to have been cut (rule 3)  what starts later joins it
 *
 * A record that is a single packet joins all classes; one that is long joins whatever starts later.  Each
 * class is a search tree by start, each node of which knows the largest end below it (an interval
 * tree), so that the nearest member is found in logarithmic time.  The trees are treaps: balanced by
 * random priorities, with nothing to maintain.
 *
 * Two long ones of a key are always further apart than the inactive timeout, since rule 3 would have
 * joined them.  So of the long ones at most a few are near a record, and those are tried one by one.
 *
 * Mostly a record joins the member that changed last, or opens one after all others.  So that member is
 * kept outside the trees, and those before it wait for their place in one until something has to be
 * searched, if ever: these records cost no way through a tree, each step of which is a cache miss.
 */
#include "crowd.h"

enum class {
    CLASS_SINGLE_0,
    CLASS_SINGLE_1,
    CLASS_ONE_SIDED_0,
    CLASS_ONE_SIDED_1,
    CLASS_TWO_SIDED,
    CLASS_LONG
};

static enum class class_of(const struct rules *rules, const struct entry *e) {
    if (rules_is_long(rules, e)) return CLASS_LONG;
    if (rules_is_single(e)) return e->packets[0] ? CLASS_SINGLE_0 : CLASS_SINGLE_1;
    if (e->packets[1] == 0) return CLASS_ONE_SIDED_0;
    return e->packets[0] == 0 ? CLASS_ONE_SIDED_1 : CLASS_TWO_SIDED;
}

static struct node *
node_at(const struct pool *pool, uint32_t slot)
{
    return &pool->slots[slot].node;
}

/* The order of a tree: by start, then by age.  The slot decides only if serial numbers ever wrap. */
static bool
is_before(const struct node *n, int64_t start, uint32_t serial, uint32_t entry)
{
    if (n->start != start)
        return n->start < start;
    return n->serial != serial ? n->serial < serial : n->entry < entry;
}

static void
update(const struct pool *pool, struct node *n)
{
    n->max_end = n->end;
    if (n->left && node_at(pool, n->left)->max_end > n->max_end)
        n->max_end = node_at(pool, n->left)->max_end;
    if (n->right && node_at(pool, n->right)->max_end > n->max_end)
        n->max_end = node_at(pool, n->right)->max_end;
}

/* Splits a tree into what is before a place in the order and the rest. */
static void
split(const struct pool *pool, uint32_t tree, int64_t start, uint32_t serial, uint32_t entry,
      uint32_t *before, uint32_t *rest)
{
    if (tree == 0) {
        *before = *rest = 0;
        return;
    }
    struct node *n = node_at(pool, tree);
    if (is_before(n, start, serial, entry)) {
        split(pool, n->right, start, serial, entry, &n->right, rest);
        *before = tree;
    } else {
        split(pool, n->left, start, serial, entry, before, &n->left);
        *rest = tree;
    }
    update(pool, n);
}

/* Joins two trees, all of a before all of b. */
static uint32_t
merge(const struct pool *pool, uint32_t a, uint32_t b)
{
    if (a == 0 || b == 0)
        return a ? a : b;
    struct node *na = node_at(pool, a), *nb = node_at(pool, b);
    if (na->priority > nb->priority) {
        na->right = merge(pool, na->right, b);
        update(pool, na);
        return a;
    }
    nb->left = merge(pool, a, nb->left);
    update(pool, nb);
    return b;
}

/* Anything that does not follow the order of the members will do (the finaliser of MurmurHash3). */
static uint32_t
scramble(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x85ebca6bu;
    x ^= x >> 13;
    x *= 0xc2b2ae35u;
    return x ^ x >> 16;
}

void
crowd_open(struct crowd *crowd)
{
    *crowd = (struct crowd){.reach = INT64_MIN};
}

/* Makes a node of the recent member, which waits.  Nothing of the other members is touched. */
static void
dismiss_recent(struct pool *pool, const struct rules *rules, struct crowd *crowd)
{
    uint32_t slot = crowd->recent;
    const struct entry *e = pool_entry(pool, slot);

    if (slot == 0)
        return;
    uint32_t place = pool_take(pool);
    *node_at(pool, place) = (struct node){.start = e->start,
                                          .end = e->end,
                                          .max_end = e->end,
                                          .serial = e->serial,
                                          .entry = slot,
                                          .priority = scramble(place),
                                          .class = class_of(rules, e)};
    pool->links[place] = crowd->waiting;
    crowd->waiting = place;
    if (e->end > crowd->reach)
        crowd->reach = e->end;
    crowd->recent = 0;
}

/* Moves all that wait into the trees. */
static void
plant_waiting(struct pool *pool, struct crowd *crowd)
{
    while (crowd->waiting) {
        uint32_t place = crowd->waiting, before, rest;
        const struct node *n = node_at(pool, place);
        uint32_t *root = &crowd->roots[n->class];
        crowd->waiting = pool->links[place];
        split(pool, *root, n->start, n->serial, n->entry, &before, &rest);
        *root = merge(pool, merge(pool, before, place), rest);
    }
}

void
crowd_settle(struct pool *pool, const struct rules *rules, struct crowd *crowd)
{
    dismiss_recent(pool, rules, crowd);
    plant_waiting(pool, crowd);
}

void
crowd_add(struct pool *pool, const struct rules *rules, struct crowd *crowd, uint32_t slot)
{
    dismiss_recent(pool, rules, crowd);
    crowd->recent = slot;
    crowd->members++;
}

void
crowd_remove(struct pool *pool, const struct rules *rules, struct crowd *crowd, uint32_t slot)
{
    const struct entry *e = pool_entry(pool, slot);
    uint32_t *root = &crowd->roots[class_of(rules, e)];
    uint32_t before, rest, self, after;

    crowd->members--;
    if (crowd->recent == slot) {
        crowd->recent = 0;
        return;
    }
    plant_waiting(pool, crowd);
    split(pool, *root, e->start, e->serial, slot, &before, &rest);
    split(pool, rest, e->start, e->serial, slot + 1, &self, &after);
    *root = merge(pool, before, after);
    pool_give(pool, self);
}

bool
crowd_is_past(const struct rules *rules, const struct crowd *crowd, const struct entry *record)
{
    return record->start > crowd->reach &&
           (uint64_t)record->start - (uint64_t)crowd->reach > rules->inactive;
}

/* The first node that starts at or after a time and reaches an end. */
static uint32_t
first_from(const struct pool *pool, uint32_t tree, int64_t start, int64_t end)
{
    while (tree) {
        const struct node *n = node_at(pool, tree);
        if (n->max_end < end)
            return 0;
        if (n->start >= start) {
            uint32_t earlier = first_from(pool, n->left, start, end);
            if (earlier)
                return earlier;
            if (n->end >= end)
                return tree;
        }
        tree = n->right;
    }
    return 0;
}

/* The last node that starts before a time and reaches an end. */
static uint32_t
last_before(const struct pool *pool, uint32_t tree, int64_t start, int64_t end)
{
    while (tree) {
        const struct node *n = node_at(pool, tree);
        if (n->max_end < end)
            return 0;
        if (n->start < start) {
            uint32_t later = last_before(pool, n->right, start, end);
            if (later)
                return later;
            if (n->end >= end)
                return tree;
        }
        tree = n->left;
    }
    return 0;
}

/* Finds the largest end of the nodes that start before a time.  Returns false when there are none. */
static bool
largest_end_before(const struct pool *pool, uint32_t tree, int64_t start, int64_t *end)
{
    bool found = false;

    while (tree) {
        const struct node *n = node_at(pool, tree);
        if (n->start >= start) {
            tree = n->left;
            continue;
        }
        int64_t largest = n->end;
        if (n->left && node_at(pool, n->left)->max_end > largest)
            largest = node_at(pool, n->left)->max_end;
        if (!found || largest > *end)
            *end = largest;
        found = true;
        tree = n->right;
    }
    return found;
}

/* Whether a is a better one to join than b (0 for none), which is one as well. */
static bool
is_nearer(const struct pool *pool, const struct entry *record, uint32_t a, uint32_t b)
{
    if (b == 0)
        return true;
    const struct entry *ea = pool_entry(pool, a), *eb = pool_entry(pool, b);
    uint64_t gap_a = rules_gap(ea, record), gap_b = rules_gap(eb, record);
    if (gap_a != gap_b)
        return gap_a < gap_b;
    uint64_t distance_a = rules_start_distance(ea, record);
    uint64_t distance_b = rules_start_distance(eb, record);
    if (distance_a != distance_b)
        return distance_a < distance_b;
    return ea->serial < eb->serial;
}

/* Keeps the better of the best so far and the entry of a node, if the node is one and near enough. */
static void
consider(const struct pool *pool, const struct rules *rules, const struct entry *record, uint32_t node,
         uint32_t *best)
{
    if (node == 0)
        return;
    uint32_t slot = node_at(pool, node)->entry;
    if (rules_gap(pool_entry(pool, slot), record) <= rules->inactive &&
        is_nearer(pool, record, slot, *best))
        *best = slot;
}

/* The nearest member that starts with or after the record: the first one. */
static void
consider_later(const struct pool *pool, const struct rules *rules, const struct entry *record,
               uint32_t tree, uint32_t *best)
{
    consider(pool, rules, record, first_from(pool, tree, record->start, INT64_MIN), best);
}

/* The nearest member that starts before the record: of those that reach it, or else reach furthest, the
 * one that starts last, and of several such the oldest. */
static void
consider_earlier(const struct pool *pool, const struct rules *rules, const struct entry *record,
                 uint32_t tree, uint32_t *best)
{
    int64_t reach = INT64_MIN;

    if (!largest_end_before(pool, tree, record->start, &reach))
        return;
    if (reach > record->start)
        reach = record->start;
    uint32_t last = last_before(pool, tree, record->start, reach);
    int64_t start = node_at(pool, last)->start;
    consider(pool, rules, record, first_from(pool, tree, start, reach), best);
}

/* Those of the long ones that a short record of several packets can join: one before it, and the few that
 * start before it is over. */
static void
consider_long(const struct pool *pool, const struct rules *rules, const struct entry *record,
              uint32_t tree, uint32_t *best)
{
    uint32_t node = last_before(pool, tree, record->start, INT64_MIN);

    if (node == 0)
        node = first_from(pool, tree, record->start, INT64_MIN);
    while (node) {
        const struct node *n = node_at(pool, node);
        const struct entry *e = pool_entry(pool, n->entry);
        if (e->start > record->end && rules_gap(e, record) > rules->inactive)
            return;
        if (rules_join(rules, e, record) != RULE_NONE)
            consider(pool, rules, record, node, best);
        if (n->start == INT64_MAX)
            return;
        node = first_from(pool, tree, n->start + 1, INT64_MIN);
    }
}

uint32_t
crowd_nearest(const struct pool *pool, const struct rules *rules, const struct crowd *crowd,
              const struct entry *record)
{
    bool single = rules_is_single(record);
    bool lasting = rules_is_long(rules, record);
    bool side_0_only = record->packets[1] == 0, side_1_only = record->packets[0] == 0;
    uint32_t best = 0;

    for (int class = 0; class < CROWD_CLASSES; class ++) {
        uint32_t tree = crowd->roots[class];
        bool all = single || class == CLASS_SINGLE_0 || class == CLASS_SINGLE_1 ||
                   (class == CLASS_ONE_SIDED_0 && side_1_only) ||
                   (class == CLASS_ONE_SIDED_1 && side_0_only) || (class == CLASS_LONG && lasting);
        if (tree == 0)
            continue;
        if (all || lasting)
            consider_later(pool, rules, record, tree, &best);
        if (all)
            consider_earlier(pool, rules, record, tree, &best);
        else if (class == CLASS_LONG)
            consider_long(pool, rules, record, tree, &best);
    }
    return best;
}

uint32_t
crowd_continuation(const struct pool *pool, const struct rules *rules, const struct crowd *crowd,
                   const struct entry *e)
{
    uint32_t before = last_before(pool, crowd->roots[CLASS_LONG], e->start, INT64_MIN);

    if (before && rules_continues(rules, pool_entry(pool, node_at(pool, before)->entry), e))
        return node_at(pool, before)->entry;
    /* A long one that starts with it, or whatever starts later than it, if it is long itself. */
    for (int class = 0; class < CROWD_CLASSES; class ++) {
        uint32_t node = first_from(pool, crowd->roots[class], e->start, INT64_MIN);
        if (node && rules_continues(rules, e, pool_entry(pool, node_at(pool, node)->entry)))
            return node_at(pool, node)->entry;
    }
    return 0;
}
