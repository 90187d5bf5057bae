/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flow cache.
 *
 * A hash table (table.h) leads from the key of a record to the pieces of that key, a tree (tree.h) which
 * mostly has one.  A record joins the pieces that it may join by rules 1 to 3, or becomes a piece. Pieces
 * wait in the lists of expiry.h for their turn to leave, and leave by groups (pairing.h): what is further
 * apart than the inactive timeout can never meet.
 *
 * Of a group only the last piece has to be in a list.  When the turn comes to another one, it is taken
 * out of its list and nothing else happens: it leaves with the last one.
 *
 * With a million pieces nearly every look at one misses the processor's caches.  So records come in
 * small groups, several of them on their way at once: while one is merged, what the next one's pieces
 * lead to is prefetched, of the one after it the pieces, and the last one is hashed.  By the time a
 * record is merged, its memory has arrived.
 */
#include "cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "addresses.h"
#include "anonymise.h"
#include "clock.h"
#include "expiry.h"
#include "pairing.h"
#include "pool.h"
#include "rules.h"
#include "sort.h"
#include "table.h"
#include "tree.h"

enum {
    BATCH = 8,           /* records that take a step at a time */
    STEPS = 4,           /* from being hashed to being merged: place, piece, what it leads to */
    EVICTION_BATCH = 32, /* pieces whose turn to leave comes at a time */
    FLUSH_AHEAD = 16,    /* how far ahead of the use slots are prefetched at the end */
    ROOM = 2 * BATCH     /* slots that these may need: a piece each, and the addresses of IPv6 */
};

/* Pieces that are held in any case: up to here an input is merged as a whole, in whatever order it is. */
#define PROMPT_MIN (1 << 20)

struct batch {
    struct record records[BATCH];
    uint32_t found[BATCH]; /* the first slot that the table has for the hash of each */
    size_t n;
};

struct cache {
    struct cache_options options;
    struct cache_stats stats;
    struct rules rules;
    struct pool pool;
    struct addresses addresses;
    struct table table;
    struct expiry expiry;
    struct clock clock;
    uint32_t serial; /* of the next piece to be opened */
};

/* The slots that fit a budget together with a table of some size, and that it is good for. */
static uint64_t
slots_beside(const struct cache_options *o, unsigned table_bits)
{
    uint64_t table = table_bytes(table_bits), capacity = table_capacity(table_bits);
    uint64_t slots = o->memory > table ? (o->memory - table) / pool_slot_bytes(o->arrival) : 0;

    return slots < capacity ? slots : capacity;
}

/* What ended so long ago (ms) can be joined by nothing that an exporter still sends. */
static uint64_t
horizon(uint64_t active, uint64_t inactive)
{
    return inactive > active / 2 ? active + inactive : active + active / 2;
}

struct cache *
cache_open(const struct cache_options *options)
{
    unsigned bits = TABLE_MIN_BITS;
    struct cache *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    while (bits < TABLE_MAX_BITS && slots_beside(options, bits + 1) > slots_beside(options, bits))
        bits++;
    c->options = *options;
    c->rules = rules_make(options->active, options->inactive);
    clock_start(&c->clock, horizon(options->active, options->inactive));
    if (table_open(&c->table, bits) == -1 ||
        pool_open(&c->pool, (uint32_t)slots_beside(options, bits), options->arrival) == -1) {
        int why = errno;
        cache_release(c);
        errno = why;
        return NULL;
    }
    expiry_open(&c->expiry, &c->pool, &c->clock);
    return c;
}

void
cache_release(struct cache *c)
{
    if (!c)
        return;
    pool_release(&c->pool);
    table_release(&c->table);
    free(c);
}

const struct cache_stats *
cache_stats(const struct cache *c)
{
    return &c->stats;
}

/* ---- keys ---- */

static bool
is_ipv6(const struct piece *p)
{
    return p->flags & PIECE_IPV6;
}

static uint64_t
hash_piece(const struct cache *c, const struct piece *p)
{
    return admission_hash(p, is_ipv6(p) ? addresses_at(&c->pool, p->pair) : NULL, c->options.seed);
}

/* Whether a piece of the cache has the key of a record. */
static bool
same_key(const struct cache *c, const struct piece *p, const struct record *r)
{
    const struct piece *key = &r->piece;

    if (p->proto != key->proto || p->low_port != key->low_port || p->high_port != key->high_port ||
        is_ipv6(p) != is_ipv6(key))
        return false;
    if (!is_ipv6(p))
        return p->low == key->low && p->high == key->high;
    return memcmp(addresses_at(&c->pool, p->pair), &r->addresses, sizeof r->addresses) == 0;
}

/* Whether two pieces of the cache have the same key.  The pieces of a key of IPv6 share their
 * addresses. */
static bool
share_key(const struct piece *a, const struct piece *b)
{
    return a->proto == b->proto && a->low_port == b->low_port && a->high_port == b->high_port &&
           is_ipv6(a) == is_ipv6(b) && a->low == b->low && a->high == b->high;
}

/* The place in the table that leads to the tree with a piece. */
static table_element *
find_tree(const struct cache *c, const struct piece *p, uint64_t hash)
{
    table_element *place = table_first(&c->table, hash);

    while (!share_key(pool_piece(&c->pool, table_slot(*place)), p))
        place++;
    return place;
}

/* ---- prefetching ---- */

static void
prefetch_slot(const struct cache *c, uint32_t slot)
{
    __builtin_prefetch(&c->pool.slots[slot], 1);
}

/* Prefetches the trees of a hash; their place in the table has been prefetched before.  Returns the slot
 * of the first, 0 when there is none. */
static uint32_t
prefetch_trees(const struct cache *c, uint64_t hash)
{
    const table_element *place = table_first(&c->table, hash);
    uint32_t first = table_is_match(place, hash) ? table_slot(*place) : 0;

    prefetch_slot(c, first);
    while (table_is_match(++place, hash))
        prefetch_slot(c, table_slot(*place));
    return first;
}

/* Prefetches what a look at a piece will need, which has been prefetched itself.  Records that are merged
 * meanwhile may have freed it, and then anything is in the slot. */
static void
prefetch_more(const struct cache *c, uint32_t slot)
{
    const struct piece *p = pool_piece(&c->pool, slot);

    if (is_ipv6(p) && p->pair.slot < c->pool.limit)
        prefetch_slot(c, p->pair.slot);
    if (p->flags & PIECE_SHARES)
        __builtin_prefetch(pool_node(&c->pool, slot), 1);
}

/* ---- pieces that leave ---- */

/* Sends a piece on its way as a row. */
static enum cache_result
write_piece(struct cache *c, const struct piece *p)
{
    struct biflow b = anonymise(p, c->options.arrival);

    c->stats.written++;
    c->stats.too_long_mended += b.end != p->end;
    return c->options.sink(c->options.context, &b) == -1 ? CACHE_FAILED : CACHE_OK;
}

/* Frees the slot of a piece that is in no tree. */
static void
give_piece(struct cache *c, uint32_t slot)
{
    struct piece *p = pool_piece(&c->pool, slot);

    if (p->flags & PIECE_LISTED)
        expiry_remove(&c->expiry, slot);
    p->is_piece = 0;
    pool_give(&c->pool, slot);
    c->stats.live--;
}

/* Takes the tree of a key out of the table.  Its addresses are not needed to write its pieces. */
static void
remove_key(struct cache *c, table_element *place, const struct piece *p)
{
    table_remove(&c->table, place);
    if (is_ipv6(p))
        addresses_remove(&c->addresses, &c->pool, p->pair);
}

/* Takes the group that ends with a piece out of its tree.  Returns its first piece; they are linked by
 * the nodes, as pairing.h wants them. */
static uint32_t
take_group(struct cache *c, table_element *place, uint32_t last)
{
    const struct pool *pool = &c->pool;
    uint32_t root = table_slot(*place), slot = last, first = 0, before;

    for (;; slot = before) {
        const struct piece *p = pool_piece(pool, slot);
        before = tree_before(pool, &root, slot);
        tree_remove(pool, &root, slot);
        pool_node(pool, slot)->next = first;
        if (first != 0)
            pool_node(pool, first)->previous = slot;
        first = slot;
        if (before == 0 || rules_gap(pool_piece(pool, before), p) > c->rules.inactive)
            break;
    }
    pool_node(pool, first)->previous = 0;
    if (root == 0)
        remove_key(c, place, pool_piece(pool, first));
    else
        table_set_slot(place, root);
    return first;
}

/* Frees a list of pieces that became parts of others. */
static void
give_absorbed(struct cache *c, uint32_t slot)
{
    while (slot != 0) {
        uint32_t next = pool_node(&c->pool, slot)->next;
        give_piece(c, slot);
        slot = next;
    }
}

/* Step two for a list of pieces.  *first becomes the first of those that are biflows now; *absorbed the
 * first of the others. */
static enum cache_result
pair_up(struct cache *c, uint32_t *first, uint32_t *absorbed)
{
    struct pairing pairing = {0};

    if (pairing_run(&pairing, &c->rules, &c->pool, first) == -1)
        return CACHE_OVERFLOW;
    c->stats.opened -= pairing.reverse;
    c->stats.joined_reverse += pairing.reverse;
    c->stats.coalesced += pairing.continuation;
    *absorbed = pairing.absorbed;
    return CACHE_OK;
}

/* Writes the group that ends with a piece. */
static enum cache_result
write_group(struct cache *c, table_element *place, uint32_t last, bool old)
{
    uint32_t first = take_group(c, place, last), absorbed;
    enum cache_result result = pair_up(c, &first, &absorbed);

    if (result != CACHE_OK)
        return result;
    give_absorbed(c, absorbed);
    while (first != 0) {
        uint32_t next = pool_node(&c->pool, first)->next;
        c->stats.early += !old;
        result = write_piece(c, pool_piece(&c->pool, first));
        if (result != CACHE_OK)
            return result;
        give_piece(c, first);
        first = next;
    }
    return CACHE_OK;
}

/* Writes a piece that is near no other. */
static enum cache_result
write_single(struct cache *c, table_element *place, uint32_t slot, bool old)
{
    const struct piece *p = pool_piece(&c->pool, slot);
    uint32_t root = table_slot(*place);

    tree_remove(&c->pool, &root, slot);
    if (root == 0)
        remove_key(c, place, p);
    else
        table_set_slot(place, root);
    c->stats.early += !old;
    enum cache_result result = write_piece(c, p);
    give_piece(c, slot);
    return result;
}

/* It is the turn of a piece: writes the group of which it is the last. */
static enum cache_result
leave(struct cache *c, uint32_t slot, uint64_t hash, bool old)
{
    const struct piece *p = pool_piece(&c->pool, slot);

    /* It left with another one already. */
    if (!p->is_piece)
        return CACHE_OK;
    table_element *place = find_tree(c, p, hash);
    if (!(p->flags & PIECE_NEAR))
        return write_single(c, place, slot, old);
    uint32_t root = table_slot(*place), after = tree_after(&c->pool, &root, slot);
    table_set_slot(place, root);
    if (after != 0 && rules_gap(p, pool_piece(&c->pool, after)) <= c->rules.inactive)
        return CACHE_OK;
    return write_group(c, place, slot, old);
}

/* Lets those leave whose turn it is, a batch of them.  *turns says how many that were. */
static enum cache_result
evict(struct cache *c, bool old_only, int *turns)
{
    uint32_t slots[EVICTION_BATCH], found[EVICTION_BATCH];
    uint64_t hashes[EVICTION_BATCH];
    bool old[EVICTION_BATCH];
    int n = 0;

    for (; n < EVICTION_BATCH; n++) {
        slots[n] = expiry_take(&c->expiry, old_only, &old[n]);
        if (slots[n] == 0)
            break;
        hashes[n] = hash_piece(c, pool_piece(&c->pool, slots[n]));
        table_prefetch(&c->table, hashes[n]);
    }
    *turns = n;
    for (int i = 0; i < n; i++)
        found[i] = prefetch_trees(c, hashes[i]);
    for (int i = 0; i < n; i++) {
        prefetch_more(c, slots[i]);
        prefetch_more(c, found[i]);
    }
    for (int i = 0; i < n; i++) {
        enum cache_result result = leave(c, slots[i], hashes[i], old[i]);
        if (result != CACHE_OK)
            return result;
    }
    return CACHE_OK;
}

/* Writes what is old until no more than some number of pieces is left. */
static enum cache_result
evict_old(struct cache *c, uint64_t keep)
{
    enum cache_result result = CACHE_OK;
    int turns = 1;

    while (result == CACHE_OK && turns > 0 && c->stats.live > keep)
        result = evict(c, true, &turns);
    return result;
}

/* Makes room for a batch; what is young leaves only when nothing old is left. */
static enum cache_result
make_room(struct cache *c)
{
    if (table_is_full(&c->table))
        table_grow(&c->table);
    while (pool_available(&c->pool) < ROOM) {
        int turns;
        enum cache_result result = evict(c, true, &turns);
        if (result == CACHE_OK && turns == 0)
            result = evict(c, false, &turns);
        if (result != CACHE_OK)
            return result;
    }
    return CACHE_OK;
}

/* ---- records that come ---- */

/* Makes a piece of a record, which is in no tree yet.  There has to be room. */
static uint32_t
open_piece(struct cache *c, const struct record *r)
{
    uint32_t slot = pool_take(&c->pool);

    *pool_piece(&c->pool, slot) = r->piece;
    if (c->pool.serials)
        c->pool.serials[slot] = c->serial++;
    expiry_add(&c->expiry, slot);
    c->stats.opened++;
    c->stats.live++;
    return slot;
}

/* Opens the first piece of a key, at its place in the table. */
static void
open_key(struct cache *c, table_element *place, const struct record *r)
{
    uint32_t slot = open_piece(c, r);
    struct piece *p = pool_piece(&c->pool, slot);

    if (is_ipv6(p))
        p->pair = addresses_put(&c->addresses, &c->pool, &r->addresses);
    table_insert(&c->table, place, r->hash, slot);
}

/* Marks two neighbours, the earlier one first, that belong to one group. */
static void
mark_near(const struct cache *c, uint32_t earlier, uint32_t later)
{
    struct piece *a = pool_piece(&c->pool, earlier), *b = pool_piece(&c->pool, later);

    if (rules_gap(a, b) > c->rules.inactive)
        return;
    a->flags |= PIECE_NEAR;
    b->flags |= PIECE_NEAR;
}

/* Opens a further piece of a key, between what was found beside it. */
static void
open_further(struct cache *c, table_element *place, const struct record *r,
             const struct tree_look *beside)
{
    uint32_t root = table_slot(*place), slot = open_piece(c, r);

    pool_piece(&c->pool, slot)->pair = pool_piece(&c->pool, root)->pair;
    tree_insert(&c->pool, &root, slot);
    table_set_slot(place, root);
    if (beside->before != 0)
        mark_near(c, beside->before, slot);
    if (beside->after != 0)
        mark_near(c, slot, beside->after);
}

static void
count_join(struct cache *c, enum rule rule)
{
    c->stats.joined_overlap += rule == RULE_OVERLAP;
    c->stats.joined_stray += rule == RULE_STRAY;
    c->stats.joined_continuation += rule == RULE_CONTINUATION;
}

/* Whether rule 2 or 3 joins two neighbours, the earlier one first; marks them when they stay apart. */
static bool
may_join(const struct cache *c, uint32_t earlier, uint32_t later)
{
    const struct piece *a = pool_piece(&c->pool, earlier), *b = pool_piece(&c->pool, later);
    enum rule rule = rules_join(&c->rules, a, piece_singles(&c->pool, a, earlier).last, b,
                                piece_singles(&c->pool, b, later).first);

    if (rule == RULE_NONE)
        mark_near(c, earlier, later);
    return rule != RULE_NONE;
}

/* The neighbour of a piece before it, or after it; 0 for none. */
static uint32_t
neighbour(const struct cache *c, table_element *place, uint32_t slot, bool after)
{
    uint32_t root = table_slot(*place);
    uint32_t other = after ? tree_after(&c->pool, &root, slot) : tree_before(&c->pool, &root, slot);

    table_set_slot(place, root);
    return other;
}

/* Makes a neighbour of a piece a part of it. */
static enum cache_result
coalesce(struct cache *c, table_element *place, uint32_t slot, uint32_t part)
{
    uint32_t root = table_slot(*place);

    tree_remove(&c->pool, &root, part);
    table_set_slot(place, root);
    bool fits = rules_absorb(&c->pool, slot, pool_piece(&c->pool, part), part);
    give_piece(c, part);
    c->stats.coalesced++;
    return fits ? CACHE_OK : CACHE_OVERFLOW;
}

/* Makes all that a record overlaps a part of one of these pieces, which can then grow by the record and
 * stay where it is in the tree. */
static enum cache_result
join_overlapped(struct cache *c, table_element *place, uint32_t slot, const struct record *r)
{
    const struct piece *p = pool_piece(&c->pool, slot);
    enum cache_result result = CACHE_OK;
    uint32_t other;

    while (result == CACHE_OK && r->piece.start < p->start &&
           (other = neighbour(c, place, slot, false)) != 0 &&
           pool_piece(&c->pool, other)->end >= r->piece.start)
        result = coalesce(c, place, slot, other);
    while (result == CACHE_OK && r->piece.end > p->end &&
           (other = neighbour(c, place, slot, true)) != 0 &&
           pool_piece(&c->pool, other)->start <= r->piece.end)
        result = coalesce(c, place, slot, other);
    return result;
}

/* A piece has grown: makes its neighbours parts of it as long as rule 2 or 3 joins them.  before and
 * after say where that may have become so. */
static enum cache_result
join_neighbours(struct cache *c, table_element *place, uint32_t slot, bool before, bool after)
{
    enum cache_result result = CACHE_OK;
    uint32_t other;

    while (result == CACHE_OK && (before || after)) {
        if (before && (other = neighbour(c, place, slot, false)) != 0 && may_join(c, other, slot)) {
            result = coalesce(c, place, slot, other);
            after = true;
            continue;
        }
        before = false;
        if (after && (other = neighbour(c, place, slot, true)) != 0 && may_join(c, slot, other)) {
            result = coalesce(c, place, slot, other);
            before = true;
            continue;
        }
        after = false;
    }
    return result;
}

/* Makes a record a part of a piece of its key.  Whether it joins a neighbour then depends on where it
 * starts and ends; and if they are near each other already, on how long it is and where its single
 * packets are. */
static enum cache_result
join_piece(struct cache *c, table_element *place, uint32_t slot, const struct record *r)
{
    const struct piece *p = pool_piece(&c->pool, slot);
    bool alone = tree_is_alone(&c->pool, table_slot(*place));
    bool near = p->flags & PIECE_NEAR, single = r->piece.singles != SINGLES_NONE;
    bool before = r->piece.start < p->start || (near && single);
    bool after = r->piece.end > p->end || (near && (before || single));
    enum cache_result result = alone ? CACHE_OK : join_overlapped(c, place, slot, r);

    if (result != CACHE_OK)
        return result;
    if (!rules_absorb(&c->pool, slot, &r->piece, 0))
        return CACHE_OVERFLOW;
    if (!(p->flags & PIECE_LISTED))
        expiry_add(&c->expiry, slot);
    else if (expiry_is_late(&c->expiry, r->piece.end))
        expiry_renew(&c->expiry, slot);
    return alone ? CACHE_OK : join_neighbours(c, place, slot, before, after);
}

/* Merges a record with the pieces of its key, of which there is one at least. */
static enum cache_result
merge_with_key(struct cache *c, table_element *place, const struct record *r)
{
    const struct pool *pool = &c->pool;
    const struct piece *p = &r->piece;
    uint32_t root = table_slot(*place);
    struct tree_look look = tree_look(pool, &root, p->start, p->end);
    uint32_t slot = look.met;
    enum rule rule = slot != 0 ? RULE_OVERLAP : RULE_NONE;

    table_set_slot(place, root);
    if (rule == RULE_NONE && look.before != 0) {
        const struct piece *before = pool_piece(pool, slot = look.before);
        rule = rules_join(&c->rules, before, piece_singles(pool, before, slot).last, p,
                          piece_singles(pool, p, 0).first);
    }
    if (rule == RULE_NONE && look.after != 0) {
        const struct piece *after = pool_piece(pool, slot = look.after);
        rule = rules_join(&c->rules, p, piece_singles(pool, p, 0).last, after,
                          piece_singles(pool, after, slot).first);
    }
    if (rule == RULE_NONE) {
        open_further(c, place, r, &look);
        return CACHE_OK;
    }
    count_join(c, rule);
    return join_piece(c, place, slot, r);
}

/* Merges a record: step one of the merge rules. */
static enum cache_result
merge_record(struct cache *c, const struct record *r)
{
    table_element *place = table_first(&c->table, r->hash);

    for (; table_is_match(place, r->hash); place++)
        if (same_key(c, pool_piece(&c->pool, table_slot(*place)), r))
            return merge_with_key(c, place, r);
    open_key(c, place, r);
    return CACHE_OK;
}

static bool
is_admitted(struct cache *c, const struct flow *f)
{
    struct cache_stats *s = &c->stats;
    enum flow_fault fault = flow_fault(f);

    s->no_packets += fault == FLOW_NO_PACKETS;
    s->no_bytes += fault == FLOW_NO_BYTES;
    s->wrong_family += fault == FLOW_WRONG_FAMILY;
    s->too_long += fault == FLOW_TOO_LONG;
    return fault == FLOW_GOOD;
}

/* A record whose times are not believed would swallow every conversation of its key: it leaves at
 * once. */
static enum cache_result
write_giant(struct cache *c, const struct record *r)
{
    c->stats.giants++;
    c->stats.opened++;
    return write_piece(c, &r->piece);
}

/* Admits some records, at most BATCH, and prefetches their places in the table: all of them in a row,
 * since the processor then waits for the translations of several addresses at a time. */
static enum cache_result
admit_batch(struct cache *c, struct batch *b, const struct flow *flows, size_t n)
{
    b->n = 0;
    c->stats.records += n;
    for (size_t i = 0; i < n; i++) {
        struct record *r = &b->records[b->n];
        if (!is_admitted(c, &flows[i]))
            continue;
        days_see(c->options.days, flows[i].start);
        admission_make(r, &flows[i], c->options.seed, &c->stats.mended);
        uint64_t duration = piece_duration(&r->piece);
        c->stats.long_records += duration > c->rules.doubtful;
        if (duration > c->rules.giant) {
            if (write_giant(c, r) != CACHE_OK)
                return CACHE_FAILED;
            continue;
        }
        b->n++;
    }
    for (size_t i = 0; i < b->n; i++)
        table_prefetch(&c->table, b->records[i].hash);
    return CACHE_OK;
}

static void
prefetch_batch_trees(const struct cache *c, struct batch *b)
{
    for (size_t i = 0; i < b->n; i++)
        b->found[i] = prefetch_trees(c, b->records[i].hash);
}

static void
prefetch_batch_more(const struct cache *c, const struct batch *b)
{
    for (size_t i = 0; i < b->n; i++)
        prefetch_more(c, b->found[i]);
}

/* What is old by the times of these records they may still join, so room is made before the clock sees
 * them. */
static enum cache_result
merge_batch(struct cache *c, const struct batch *b)
{
    enum cache_result result = b->n > 0 ? make_room(c) : CACHE_OK;

    for (size_t i = 0; i < b->n; i++)
        clock_see(&c->clock, b->records[i].piece.end);
    if (b->n > 0)
        expiry_advance(&c->expiry);
    for (size_t i = 0; i < b->n && result == CACHE_OK; i++)
        result = merge_record(c, &b->records[i]);
    return result;
}

/* Batch number `turn` is admitted, while those before it take their next steps. */
static enum cache_result
put_all(struct cache *c, const struct flow *flows, size_t n)
{
    struct batch batches[STEPS];
    size_t count = (n + BATCH - 1) / BATCH;
    enum cache_result result = CACHE_OK;

    for (size_t turn = 0; turn < count + STEPS - 1 && result == CACHE_OK; turn++) {
        size_t done = turn * BATCH;
        if (turn < count)
            result =
                admit_batch(c, &batches[turn % STEPS], flows + done, n - done < BATCH ? n - done : BATCH);
        if (turn >= 1 && turn - 1 < count)
            prefetch_batch_trees(c, &batches[(turn - 1) % STEPS]);
        if (turn >= 2 && turn - 2 < count)
            prefetch_batch_more(c, &batches[(turn - 2) % STEPS]);
        if (turn >= 3 && result == CACHE_OK)
            result = merge_batch(c, &batches[(turn - 3) % STEPS]);
    }
    return result;
}

enum cache_result
cache_put(struct cache *c, const struct flow *flows, size_t n)
{
    enum cache_result result = put_all(c, flows, n);

    if (result == CACHE_OK && c->options.prompt)
        result = evict_old(c, PROMPT_MIN);
    c->stats.memory =
        (uint64_t)c->pool.used * pool_slot_bytes(c->options.arrival) + table_bytes(c->table.bits);
    c->stats.jumps = c->clock.jumps;
    return result;
}

/* ---- the end ---- */

/* Step two for all pieces of the key of a piece.  Those that become parts of others are no pieces any
 * more. */
static enum cache_result
pair_up_key(struct cache *c, const struct piece *p)
{
    const struct pool *pool = &c->pool;
    table_element *place = find_tree(c, p, hash_piece(c, p));
    uint32_t first = tree_flatten(pool, table_slot(*place)), absorbed;

    for (uint32_t slot = first; slot != 0; slot = pool_node(pool, slot)->next)
        pool_piece(pool, slot)->flags &= (uint8_t)~PIECE_NEAR;
    return pair_up(c, &first, &absorbed);
}

/* Whether a slot, of those in use, has a piece. */
static bool
has_piece(const struct cache *c, uint32_t slot)
{
    return c->pool.links[slot].previous != LINK_OF_ADDRESSES && pool_piece(&c->pool, slot)->is_piece;
}

/* Whether a slot has a piece that is still to be paired up. */
static bool
is_to_pair(const struct cache *c, uint32_t slot)
{
    return slot < c->pool.used && has_piece(c, slot) && pool_piece(&c->pool, slot)->flags & PIECE_NEAR;
}

/* Prefetches a piece that will be looked at soon, and then, in two steps, its tree if it is to be paired
 * up. */
static void
prefetch_key(const struct cache *c, uint32_t slot)
{
    prefetch_slot(c, slot + 4 * FLUSH_AHEAD);
    if (is_to_pair(c, slot + 2 * FLUSH_AHEAD))
        table_prefetch(&c->table, hash_piece(c, pool_piece(&c->pool, slot + 2 * FLUSH_AHEAD)));
    if (is_to_pair(c, slot + FLUSH_AHEAD))
        (void)prefetch_trees(c, hash_piece(c, pool_piece(&c->pool, slot + FLUSH_AHEAD)));
}

/* Makes biflows of all pieces, slot by slot since that is the order of the memory, and elements of them
 * to be sorted; *n says how many.  The elements take the place of the links, of which there is one a
 * slot: no piece leaves by its turn any more.  A piece that is near no other is a biflow as it is. */
static enum cache_result
reap(struct cache *c, int64_t base, sort_element *elements, size_t *n)
{
    *n = 0;
    for (uint32_t slot = 1; slot < c->pool.used; slot++) {
        const struct piece *p = pool_piece(&c->pool, slot);
        prefetch_key(c, slot);
        if (!has_piece(c, slot))
            continue;
        if (p->flags & PIECE_NEAR) {
            enum cache_result result = pair_up_key(c, p);
            if (result != CACHE_OK)
                return result;
        }
        if (p->is_piece)
            elements[(*n)++] = sort_element_make(p->start, base, slot);
    }
    return CACHE_OK;
}

static struct biflow
row_of(const void *context, uint32_t slot)
{
    const struct cache *c = context;

    return anonymise(pool_piece(&c->pool, slot), c->options.arrival);
}

static void
prefetch_row(const void *context, uint32_t slot)
{
    prefetch_slot(context, slot);
}

/* Writes the pieces of some elements that are sorted. */
static enum cache_result
write_sorted(struct cache *c, const sort_element *elements, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i + FLUSH_AHEAD < n)
            prefetch_slot(c, sort_number(elements[i + FLUSH_AHEAD]));
        if (write_piece(c, pool_piece(&c->pool, sort_number(elements[i]))) != CACHE_OK)
            return CACHE_FAILED;
    }
    return CACHE_OK;
}

/* The rows are sorted part by part, so that the program that reads them is at work meanwhile. */
enum cache_result
cache_flush(struct cache *c, int64_t base)
{
    const struct sort_source source = {.row = row_of, .prefetch = prefetch_row, .context = c};
    sort_element *scratch = (sort_element *)(void *)c->pool.links;
    /* No key is looked up any more, so the places of the table are free for the sorting. */
    sort_element *elements = c->table.places;
    size_t n, bounds[SORT_PARTS + 1];
    enum cache_result result = reap(c, base, scratch, &n);

    if (result == CACHE_OK)
        sort_split(scratch, elements, n, bounds);
    for (size_t part = 0; part < SORT_PARTS && result == CACHE_OK; part++) {
        sort_element *first = elements + bounds[part];
        size_t count = bounds[part + 1] - bounds[part];
        sort_rows(first, scratch, count, &source);
        result = write_sorted(c, first, count);
    }
    if (result == CACHE_OK)
        c->stats.live = 0;
    return result;
}
