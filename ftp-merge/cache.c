/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flow cache.
 *
 * A hash table leads from the key of a record to the open biflows of that key, which are mostly one. They
 * hang in the chain of a bucket, older first; a key with many of them gets a crowd (crowd.h) instead. The
 * table grows by linear hashing (Litwin, 1980), two buckets for each biflow that comes, so that it
 * never has to be built anew, neither in time nor in memory.  Biflows wait for their turn to leave in the
 * lists of age.h.
 *
 * With a million biflows nearly every look at one misses the processor's caches.  So records come in
 * small groups, several of them on their way at once: while one is merged, the next one's biflows are
 * fetched, the one's behind it the chains that lead to them, and the last one is hashed.  By the time a
 * record is merged, its memory has arrived.
 */
#include "cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "age.h"
#include "clock.h"
#include "crowd.h"
#include "pool.h"
#include "rules.h"
#include "siphash.h"

enum {
    GROUP = 8,           /* records that take a step at a time */
    STEPS = 4,           /* from being hashed to being merged: bucket, element, next element */
    EVICTION_BATCH = 32, /* biflows that leave at a time */
    CROWD_MIN = 4,       /* open biflows of a key from which on it has a crowd */
    /* Slots that one record may need: a biflow of IPv6, the crowd that it may lead to, with a node for
     * each member. */
    ROOM = 2 + 2 + CROWD_MIN + 1,
    TAG_SHIFT = 10, /* the tag of an entry has the bits of its hash from here on */
    TAG_BITS = 16,
    FIRST_BUCKETS = 1 << TAG_SHIFT,
    BUCKETS_PER_ELEMENT = 2, /* short chains are worth more than four bytes */
    SPLIT_AHEAD = 8          /* buckets fetched before it is their turn to be split */
};

/* Biflows that are held in any case: up to here an input is merged as a whole, in whatever order it is.
 */
#define PROMPT_MIN (1 << 20)

/* A record on its way into the cache: the entry it would be, and its key. */
struct candidate {
    struct entry entry;
    uint64_t addresses[4]; /* IPv6: lower endpoint, higher endpoint */
    uint64_t hash;
    uint32_t fetched; /* the element of its chain that was fetched last */
};

struct group {
    struct candidate candidates[GROUP];
    size_t n;
};

struct cache {
    struct cache_options options;
    struct cache_stats stats;
    struct rules rules;
    struct pool pool;
    struct age age;
    struct clock clock;
    uint32_t *buckets; /* first slots of the chains */
    uint32_t bucket_count;
    uint32_t bucket_limit;
    uint32_t level;   /* the power of two that bucket_count is at or over */
    uint32_t chained; /* elements of all chains */
};

struct cache *
cache_open(const struct cache_options *options)
{
    size_t limit = options->memory / (sizeof(union slot) + BUCKETS_PER_ELEMENT * sizeof(uint32_t));
    uint64_t active = options->active, inactive = options->inactive;
    struct cache *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    if (limit > UINT32_MAX / BUCKETS_PER_ELEMENT)
        limit = UINT32_MAX / BUCKETS_PER_ELEMENT;
    c->options = *options;
    c->rules = (struct rules){.inactive = inactive, .cut = active > inactive ? active - inactive : 0};
    /* What ended longer ago than both can be joined by nothing that an exporter still sends. */
    c->clock.horizon = inactive > active / 2 ? active + inactive : active + active / 2;
    c->bucket_limit = (uint32_t)limit * BUCKETS_PER_ELEMENT;
    c->level = FIRST_BUCKETS;
    c->bucket_count = FIRST_BUCKETS;
    c->buckets = pool_reserve(c->bucket_limit * sizeof *c->buckets, true);
    if (!c->buckets || pool_open(&c->pool, (uint32_t)limit) == -1) {
        int why = errno;
        cache_release(c);
        errno = why;
        return NULL;
    }
    return c;
}

void
cache_release(struct cache *c)
{
    if (!c)
        return;
    if (c->pool.slots)
        pool_release(&c->pool);
    pool_unreserve(c->buckets, c->bucket_limit * sizeof *c->buckets);
    free(c);
}

const struct cache_stats *
cache_stats(const struct cache *c)
{
    return &c->stats;
}

/* ---- keys ---- */

static bool
is_ipv6(const struct entry *e)
{
    return e->flags & ENTRY_IPV6;
}

static uint64_t
hash_key(const struct cache *c, const struct entry *e, const uint64_t *addresses)
{
    uint64_t rest = (uint64_t)e->low_port << 48 | (uint64_t)e->high_port << 32 | (uint64_t)e->proto << 8 |
                    (e->flags & ENTRY_IPV6);

    if (!is_ipv6(e)) {
        uint64_t words[2] = {(uint64_t)e->low << 32 | e->high, rest};
        return siphash(c->options.seed, words, 2);
    }
    uint64_t words[5] = {addresses[0], addresses[1], addresses[2], addresses[3], rest};
    return siphash(c->options.seed, words, 5);
}

/* The addresses of an IPv6 entry; of IPv4, which has them in itself, those of slot 0. */
static const uint64_t *
addresses_of(const struct cache *c, const struct entry *e)
{
    return c->pool.slots[is_ipv6(e) ? e->low : 0].addresses;
}

static uint64_t
hash_entry(const struct cache *c, const struct entry *e)
{
    return hash_key(c, e, addresses_of(c, e));
}

static uint16_t
tag_of(uint64_t hash)
{
    return (uint16_t)(hash >> TAG_SHIFT);
}

/* Whether an entry of the cache has the key of another one, whose IPv6 addresses are given. */
static bool
same_key(const struct cache *c, const struct entry *e, const struct entry *other,
         const uint64_t *addresses)
{
    if (e->tag != other->tag || e->proto != other->proto || e->low_port != other->low_port ||
        e->high_port != other->high_port || is_ipv6(e) != is_ipv6(other))
        return false;
    if (!is_ipv6(e))
        return e->low == other->low && e->high == other->high;
    return memcmp(c->pool.slots[e->low].addresses, addresses, 4 * sizeof *addresses) == 0;
}

/* ---- the hash table ---- */

/* A bucket that there is not yet is a part of the one that it will be split from.  Whether it is there is
 * anyone's guess, so the number is computed and not decided. */
static uint32_t *
bucket_of(const struct cache *c, uint64_t hash)
{
    uint32_t number = (uint32_t)hash & (2 * c->level - 1);
    uint32_t is_missing = number >= c->bucket_count;

    return &c->buckets[number - is_missing * c->level];
}

static void
fetch_slot(const struct cache *c, uint32_t slot)
{
    const char *p = (const char *)&c->pool.slots[slot];

    __builtin_prefetch(p, 1);
    __builtin_prefetch(p + sizeof(union slot) - 1, 1);
}

/* Fetches of an element what leads on from it: its link and its tag. */
static void
fetch_link(const struct cache *c, uint32_t slot)
{
    const struct entry *e = pool_entry(&c->pool, slot);

    __builtin_prefetch(&e->next, 1);
    __builtin_prefetch(&e->tag, 1);
}

/* Whether an element goes to the new bucket when its bucket is split: one more bit of its hash counts
 * from then on.  That bit is in the tag, but for tables of more than 2^26 buckets. */
static bool
moves(const struct cache *c, const struct entry *e)
{
    uint64_t counts = c->level >> TAG_SHIFT;

    return counts < 1 << TAG_BITS ? e->tag & counts : hash_entry(c, e) & c->level;
}

/* Adds one bucket, taking its elements from the bucket whose turn it is. */
static void
split_bucket(struct cache *c)
{
    uint32_t *source = &c->buckets[c->bucket_count - c->level];
    uint32_t *stay = source, *move = &c->buckets[c->bucket_count];
    uint32_t slot = *source;

    fetch_link(c, source[2 * SPLIT_AHEAD]);
    fetch_link(c, pool_entry(&c->pool, source[SPLIT_AHEAD])->next);
    while (slot) {
        struct entry *e = pool_entry(&c->pool, slot);
        uint32_t next = e->next;
        uint32_t **to = moves(c, e) ? &move : &stay;
        **to = slot;
        *to = &e->next;
        slot = next;
    }
    *stay = *move = 0;
    if (++c->bucket_count == 2 * c->level)
        c->level *= 2;
}

/* Hangs an element to the end of a chain, where end is the link that leads nowhere yet: what is older
 * comes first. */
static void
chain(struct cache *c, uint32_t slot, uint32_t *end)
{
    *end = slot;
    pool_entry(&c->pool, slot)->next = 0;
    c->chained++;
    while (BUCKETS_PER_ELEMENT * c->chained > c->bucket_count && c->bucket_count < c->bucket_limit)
        split_bucket(c);
}

static void
unchain(struct cache *c, uint32_t *link)
{
    *link = pool_entry(&c->pool, *link)->next;
    c->chained--;
}

static void
give_entry(struct cache *c, uint32_t slot)
{
    const struct entry *e = pool_entry(&c->pool, slot);

    if (is_ipv6(e) && !(e->flags & ENTRY_DEAD))
        pool_give(&c->pool, e->low);
    pool_give(&c->pool, slot);
}

/* ---- biflows that leave ---- */

static uint64_t
saturated_sum(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* Makes a row of the profile of a biflow: what replays it has to be able to. */
static struct biflow
finish(struct cache *c, const struct entry *e)
{
    int side = rules_forward_side(e, c->options.arrival);
    struct biflow b = {.start = e->start,
                       .end = e->end,
                       .packets = e->packets[side],
                       .bytes = e->bytes[side],
                       .packets_rev = e->packets[!side],
                       .bytes_rev = e->bytes[!side],
                       .src_port = side ? e->high_port : e->low_port,
                       .dst_port = side ? e->low_port : e->high_port,
                       .proto = e->proto,
                       .family = is_ipv6(e) ? 6 : 4};

    if (biflow_is_one_packet(&b) && b.end != b.start) {
        b.end = b.start;
        c->stats.one_packet_mended++;
    }
    if (rules_duration(e) > BIFLOW_MAX_MS && b.end != b.start) {
        b.end = b.start + BIFLOW_MAX_MS;
        c->stats.too_long_mended++;
    }
    return b;
}

static enum cache_result
write_entry(struct cache *c, const struct entry *e)
{
    struct cache_stats *s = &c->stats;
    struct biflow b = finish(c, e);

    s->written++;
    s->live--;
    s->two_sided += b.packets != 0 && b.packets_rev != 0;
    s->packets = saturated_sum(s->packets, saturated_sum(b.packets, b.packets_rev));
    s->bytes = saturated_sum(s->bytes, saturated_sum(b.bytes, b.bytes_rev));
    return c->options.sink(c->options.context, &b) == -1 ? CACHE_FAILED : CACHE_OK;
}

/* Takes a biflow out of the chain or the crowd that leads to it. */
static void
unlink_entry(struct cache *c, uint32_t slot, uint64_t hash)
{
    const struct entry *e = pool_entry(&c->pool, slot);
    const uint64_t *addresses = addresses_of(c, e);

    for (uint32_t *link = bucket_of(c, hash); *link; link = &pool_entry(&c->pool, *link)->next) {
        struct entry *element = pool_entry(&c->pool, *link);
        if (*link == slot) {
            unchain(c, link);
            return;
        }
        if (!(element->flags & ENTRY_CROWD) || !same_key(c, element, e, addresses))
            continue;
        crowd_remove(&c->pool, &c->rules, &element->crowd, slot);
        if (element->crowd.members == 0) {
            uint32_t head = *link;
            unchain(c, link);
            give_entry(c, head);
        }
        return;
    }
}

/* Writes the biflows whose turn to leave it is, a batch of them.  Returns CACHE_OK also when there is
 * none. */
static enum cache_result
evict(struct cache *c, bool old_only)
{
    uint32_t slots[EVICTION_BATCH];
    uint64_t hashes[EVICTION_BATCH];
    int n = 0;

    for (int i = 0; i < EVICTION_BATCH; i++) {
        uint32_t slot = age_take(&c->age, old_only);
        if (slot == 0)
            break;
        struct entry *e = pool_entry(&c->pool, slot);
        fetch_slot(c, e->behind);
        if (e->flags & ENTRY_DEAD) {
            give_entry(c, slot);
            continue;
        }
        slots[n] = slot;
        hashes[n] = hash_entry(c, e);
        __builtin_prefetch(bucket_of(c, hashes[n]));
        n++;
    }
    for (int i = 0; i < n; i++)
        fetch_slot(c, *bucket_of(c, hashes[i]));
    for (int i = 0; i < n; i++) {
        const struct entry *e = pool_entry(&c->pool, slots[i]);
        unlink_entry(c, slots[i], hashes[i]);
        c->stats.early += !age_is_old(&c->age, e->end, c->clock.now);
        if (write_entry(c, e) == CACHE_FAILED)
            return CACHE_FAILED;
        give_entry(c, slots[i]);
    }
    return CACHE_OK;
}

/* Writes what is old until no more than some number of biflows is left. */
static enum cache_result
evict_old(struct cache *c, uint64_t keep)
{
    uint64_t before;

    do {
        before = c->stats.live;
        if (before > keep && evict(c, true) == CACHE_FAILED)
            return CACHE_FAILED;
    } while (c->stats.live < before);
    return CACHE_OK;
}

enum cache_result
cache_flush(struct cache *c)
{
    for (uint32_t slot = age_take(&c->age, false); slot; slot = age_take(&c->age, false)) {
        const struct entry *e = pool_entry(&c->pool, slot);
        fetch_slot(c, e->behind);
        if (!(e->flags & ENTRY_DEAD) && write_entry(c, e) == CACHE_FAILED)
            return CACHE_FAILED;
    }
    return CACHE_OK;
}

/* ---- records that come ---- */

/* The lower 32 bits of an address in network byte order, as a number. */
static uint32_t
ipv4_number(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Writes key and direction of a record; its ports count only where the protocol has ports. */
static void
set_key(struct candidate *r, const struct flow *f)
{
    struct entry *e = &r->entry;
    uint16_t src_port = proto_has_ports(f->proto) ? f->src_port : 0;
    uint16_t dst_port = proto_has_ports(f->proto) ? f->dst_port : 0;
    int order = memcmp(f->src, f->dst, sizeof f->src);
    bool swap =
        (order > 0) | ((order == 0) & (src_port > dst_port)); /* no branch: it is anyone's guess */
    const uint8_t *low = swap ? f->dst : f->src, *high = swap ? f->src : f->dst;
    int side = swap ? 1 : 0;

    e->low_port = swap ? dst_port : src_port;
    e->high_port = swap ? src_port : dst_port;
    e->proto = f->proto;
    e->flags = swap ? ENTRY_FIRST_SIDE : 0;
    if (f->family == 6) {
        e->flags |= ENTRY_IPV6;
        memcpy(r->addresses, low, 16);
        memcpy(r->addresses + 2, high, 16);
    } else {
        e->low = ipv4_number(low);
        e->high = ipv4_number(high);
    }
    e->packets[side] = f->packets;
    e->bytes[side] = f->bytes;
    e->packets[!side] = f->packets_rev;
    e->bytes[!side] = f->bytes_rev;
}

/* Makes a candidate of a record.  Returns false when it has to be left out. */
static bool
admit(struct cache *c, struct candidate *r, const struct flow *f)
{
    struct cache_stats *s = &c->stats;
    struct entry *e = &r->entry;

    if (f->packets == 0 && f->packets_rev == 0) {
        s->no_packets++;
        return false;
    }
    if (f->bytes == 0 && f->bytes_rev == 0) {
        s->no_bytes++;
        return false;
    }
    if (f->proto == (f->family == 6 ? PROTO_ICMP : PROTO_ICMP6)) {
        s->wrong_family++;
        return false;
    }
    *e = (struct entry){.start = f->start, .end = f->end};
    if (f->end < f->start) {
        e->end = f->start;
        s->end_before_start++;
    }
    set_key(r, f);
    e->flags |= (uint8_t)((e->packets[0] ? ENTRY_STARTED_0 : 0) | (e->packets[1] ? ENTRY_STARTED_1 : 0));
    r->hash = hash_key(c, e, r->addresses);
    e->tag = tag_of(r->hash);
    return true;
}

/* Opens a biflow with a record.  There has to be room. */
static uint32_t
open_entry(struct cache *c, const struct candidate *r)
{
    uint32_t slot = pool_take(&c->pool);
    struct entry *e = pool_entry(&c->pool, slot);

    *e = r->entry;
    if (is_ipv6(e)) {
        e->low = pool_take(&c->pool);
        memcpy(c->pool.slots[e->low].addresses, r->addresses, sizeof r->addresses);
    }
    age_add(&c->age, slot, c->clock.now);
    c->stats.opened++;
    c->stats.live++;
    return slot;
}

/* Moves the biflows of a key from their chain into a crowd. */
static void
make_crowd(struct cache *c, const struct candidate *r)
{
    uint32_t head = pool_take(&c->pool);
    struct entry *crowd = pool_entry(&c->pool, head);
    uint32_t *link = bucket_of(c, r->hash);

    *crowd = r->entry;
    crowd_open(&crowd->crowd);
    crowd->flags = (r->entry.flags & ENTRY_IPV6) | ENTRY_CROWD;
    if (is_ipv6(crowd)) {
        crowd->low = pool_take(&c->pool);
        memcpy(c->pool.slots[crowd->low].addresses, r->addresses, sizeof r->addresses);
    }
    while (*link) {
        uint32_t slot = *link;
        struct entry *e = pool_entry(&c->pool, slot);
        if (!same_key(c, e, &r->entry, r->addresses)) {
            link = &e->next;
            continue;
        }
        unchain(c, link);
        e->next = crowd->crowd.opened++;
        crowd_add(&c->pool, &c->rules, &crowd->crowd, slot);
    }
    chain(c, head, link);
}

/* The biflow became a part of another; its slot is freed when its turn to leave comes. */
static void
bury(struct cache *c, uint32_t slot)
{
    struct entry *e = pool_entry(&c->pool, slot);

    if (is_ipv6(e))
        pool_give(&c->pool, e->low);
    e->flags |= ENTRY_DEAD;
    c->stats.coalesced++;
    c->stats.live--;
}

static void
count_join(struct cache *c, enum rule rule)
{
    c->stats.joined_reverse += rule == RULE_REVERSE;
    c->stats.joined_stray += rule == RULE_STRAY;
    c->stats.joined_continuation += rule == RULE_CONTINUATION;
}

/* Makes one of a biflow that has grown and what rule 3 joins with it now, among those in its chain. */
static enum cache_result
coalesce_chain(struct cache *c, uint32_t slot, const struct candidate *r)
{
    bool self_seen = false;
    uint32_t *link = bucket_of(c, r->hash);

    while (*link) {
        uint32_t other = *link;
        struct entry *e = pool_entry(&c->pool, slot), *o = pool_entry(&c->pool, other);
        link = &o->next;
        if (other == slot)
            self_seen = true;
        if (other == slot || !same_key(c, o, &r->entry, r->addresses) ||
            !rules_continues(&c->rules, e, o))
            continue;
        uint32_t older = self_seen ? slot : other, younger = self_seen ? other : slot;
        if (!rules_absorb(pool_entry(&c->pool, older), pool_entry(&c->pool, younger)))
            return CACHE_OVERFLOW;
        link = bucket_of(c, r->hash);
        while (*link != younger)
            link = &pool_entry(&c->pool, *link)->next;
        unchain(c, link);
        bury(c, younger);
        slot = older;
        /* It has grown again: once more from the start. */
        link = bucket_of(c, r->hash);
        self_seen = false;
    }
    return CACHE_OK;
}

/* Makes one of a biflow of a crowd that has grown, and is no member now, and what rule 3 joins with it.
 * Leaves in *slot the oldest of them. */
static enum cache_result
coalesce_crowd(struct cache *c, struct crowd *crowd, uint32_t *slot)
{
    uint32_t other;

    while ((other = crowd_continuation(&c->pool, &c->rules, crowd, pool_entry(&c->pool, *slot))) != 0) {
        bool other_is_older = pool_entry(&c->pool, other)->next < pool_entry(&c->pool, *slot)->next;
        uint32_t older = other_is_older ? other : *slot, younger = other_is_older ? *slot : other;
        crowd_remove(&c->pool, &c->rules, crowd, other);
        if (!rules_absorb(pool_entry(&c->pool, older), pool_entry(&c->pool, younger)))
            return CACHE_OVERFLOW;
        bury(c, younger);
        *slot = older;
    }
    return CACHE_OK;
}

/* Opens a biflow as a member of a crowd. */
static void
open_in_crowd(struct cache *c, struct crowd *crowd, const struct candidate *r)
{
    uint32_t slot = open_entry(c, r);

    pool_entry(&c->pool, slot)->next = crowd->opened++;
    crowd_add(&c->pool, &c->rules, crowd, slot);
}

/* Merges a record whose key has a crowd. */
static enum cache_result
put_in_crowd(struct cache *c, struct crowd *crowd, const struct candidate *r)
{
    struct entry *recent = pool_entry(&c->pool, crowd->recent);
    bool past = crowd_is_past(&c->rules, crowd, &r->entry);

    if (past && crowd->recent != 0 && crowd_is_past(&c->rules, crowd, recent)) {
        enum rule rule = rules_join(&c->rules, recent, &r->entry);
        count_join(c, rule);
        if (rule != RULE_NONE)
            return rules_absorb(recent, &r->entry) ? CACHE_OK : CACHE_OVERFLOW;
        open_in_crowd(c, crowd, r);
        return CACHE_OK;
    }
    crowd_settle(&c->pool, &c->rules, crowd);
    uint32_t slot = crowd_nearest(&c->pool, &c->rules, crowd, &r->entry);
    if (slot == 0) {
        open_in_crowd(c, crowd, r);
        return CACHE_OK;
    }
    crowd_remove(&c->pool, &c->rules, crowd, slot);
    count_join(c, rules_join(&c->rules, pool_entry(&c->pool, slot), &r->entry));
    if (!rules_absorb(pool_entry(&c->pool, slot), &r->entry))
        return CACHE_OVERFLOW;
    enum cache_result result = coalesce_crowd(c, crowd, &slot);
    crowd_add(&c->pool, &c->rules, crowd, slot);
    return result;
}

/* Whether joining e would be better than joining best, which is older. */
static bool
is_nearer(const struct entry *record, const struct entry *e, const struct entry *best)
{
    uint64_t gap = rules_gap(e, record), best_gap = rules_gap(best, record);

    if (gap != best_gap)
        return gap < best_gap;
    return rules_start_distance(e, record) < rules_start_distance(best, record);
}

/* Merges a record: joins it to the nearest biflow that it can join, or opens one. */
static enum cache_result
put(struct cache *c, const struct candidate *r)
{
    uint32_t *link = bucket_of(c, r->hash);
    uint32_t best = 0;
    int members = 0;

    while (*link) {
        uint32_t slot = *link;
        struct entry *e = pool_entry(&c->pool, slot);
        link = &e->next;
        if (!same_key(c, e, &r->entry, r->addresses))
            continue;
        if (e->flags & ENTRY_CROWD)
            return put_in_crowd(c, &e->crowd, r);
        members++;
        if (rules_join(&c->rules, e, &r->entry) != RULE_NONE &&
            (best == 0 || is_nearer(&r->entry, e, pool_entry(&c->pool, best))))
            best = slot;
    }
    if (best == 0) {
        chain(c, open_entry(c, r), link);
        if (members >= CROWD_MIN)
            make_crowd(c, r);
        return CACHE_OK;
    }
    count_join(c, rules_join(&c->rules, pool_entry(&c->pool, best), &r->entry));
    if (!rules_absorb(pool_entry(&c->pool, best), &r->entry))
        return CACHE_OVERFLOW;
    return members > 1 ? coalesce_chain(c, best, r) : CACHE_OK;
}

/* Writes biflows until a record has room; young ones only when no old ones are left. */
static enum cache_result
make_room(struct cache *c)
{
    while (pool_available(&c->pool) < ROOM) {
        uint32_t before = pool_available(&c->pool);
        enum cache_result result = evict(c, true);
        if (result == CACHE_OK && pool_available(&c->pool) == before)
            result = evict(c, false);
        if (result != CACHE_OK)
            return result;
    }
    return CACHE_OK;
}

/* Notes the time of a record that is not left out. */
static void
see_time(struct cache *c, const struct entry *e)
{
    struct cache_stats *s = &c->stats;
    bool first = !c->clock.running;

    clock_see(&c->clock, e->end);
    if (first) {
        age_open(&c->age, &c->pool, c->clock.horizon, c->clock.now);
        s->earliest = e->start;
        s->latest = e->end;
    }
    if (e->start < s->earliest)
        s->earliest = e->start;
    if (e->end > s->latest)
        s->latest = e->end;
}

/* Admits some records, at most GROUP, and fetches their buckets. */
static void
admit_group(struct cache *c, struct group *g, const struct flow *flows, size_t n)
{
    g->n = 0;
    c->stats.records += n;
    for (size_t i = 0; i < n; i++) {
        struct candidate *r = &g->candidates[g->n];
        if (!admit(c, r, &flows[i]))
            continue;
        see_time(c, &r->entry);
        __builtin_prefetch(bucket_of(c, r->hash));
        g->n++;
    }
}

/* Fetches the first elements of the chains. */
static void
fetch_first(const struct cache *c, struct group *g)
{
    for (size_t i = 0; i < g->n; i++) {
        struct candidate *r = &g->candidates[i];
        r->fetched = *bucket_of(c, r->hash);
        fetch_slot(c, r->fetched);
    }
}

/* Fetches what a look at the elements will need, and the elements behind them.  Records that are merged
 * meanwhile may have freed or changed these: a slot that is no element any more has anything in it. */
static void
fetch_behind(const struct cache *c, struct group *g)
{
    for (size_t i = 0; i < g->n; i++) {
        struct candidate *r = &g->candidates[i];
        const struct entry *e = pool_entry(&c->pool, r->fetched);
        if (is_ipv6(e))
            fetch_slot(c, e->low);
        if (e->flags & ENTRY_CROWD)
            fetch_slot(c, e->crowd.recent);
        r->fetched = e->next < c->pool.used ? e->next : 0;
        fetch_slot(c, r->fetched);
    }
}

static enum cache_result
put_group(struct cache *c, const struct group *g)
{
    if (g->n > 0)
        age_set_now(&c->age, c->clock.now);
    for (size_t i = 0; i < g->n; i++) {
        enum cache_result result = make_room(c);
        if (result == CACHE_OK)
            result = put(c, &g->candidates[i]);
        if (result != CACHE_OK)
            return result;
    }
    return CACHE_OK;
}

/* Group number `turn` is admitted, while those before it take their next steps. */
static enum cache_result
put_all(struct cache *c, const struct flow *flows, size_t n)
{
    struct group groups[STEPS];
    size_t count = (n + GROUP - 1) / GROUP;

    for (size_t turn = 0; turn < count + STEPS - 1; turn++) {
        size_t done = turn * GROUP;
        if (turn < count)
            admit_group(c, &groups[turn % STEPS], flows + done, n - done < GROUP ? n - done : GROUP);
        if (turn >= 1 && turn - 1 < count)
            fetch_first(c, &groups[(turn - 1) % STEPS]);
        if (turn >= 2 && turn - 2 < count)
            fetch_behind(c, &groups[(turn - 2) % STEPS]);
        if (turn < 3)
            continue;
        enum cache_result result = put_group(c, &groups[(turn - 3) % STEPS]);
        if (result != CACHE_OK)
            return result;
    }
    return CACHE_OK;
}

enum cache_result
cache_put(struct cache *c, const struct flow *flows, size_t n)
{
    enum cache_result result = put_all(c, flows, n);

    if (result != CACHE_OK)
        return result;
    if (c->options.prompt && evict_old(c, PROMPT_MIN) == CACHE_FAILED)
        return CACHE_FAILED;
    c->stats.now = c->clock.now;
    c->stats.memory =
        (uint64_t)c->pool.used * sizeof(union slot) + (uint64_t)c->bucket_count * sizeof *c->buckets;
    return CACHE_OK;
}
