/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flow cache.
 *
 * A hash table (table.h) leads from the key of a record to the open biflows of that key, which are mostly
 * one: they are side by side in it, older first.  A key with many of them has a crowd (crowd.h) instead.
 * Biflows wait for their turn to leave in the lists of age.h.
 *
 * With a million biflows nearly every look at one misses the processor's caches.  So records come in
 * small groups, several of them on their way at once: while one is merged, what the next one's biflows
 * lead to is fetched, the one's behind it the biflows, and the last one is hashed.  By the time a record
 * is merged, its memory has arrived.
 */
#include "cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "age.h"
#include "clock.h"
#include "crowd.h"
#include "pairs.h"
#include "pool.h"
#include "rules.h"
#include "siphash.h"
#include "table.h"

enum {
    GROUP = 8,           /* records that take a step at a time */
    STEPS = 4,           /* from being hashed to being merged: place, entry, what it leads to */
    EVICTION_BATCH = 32, /* biflows that leave at a time */
    CROWD_MIN = 4,       /* open biflows of a key from which on it has a crowd */
    /* Slots that one record may need: a biflow of IPv6, the crowd that it may lead to, with a node for
     * each member. */
    ROOM = 2 + 2 + CROWD_MIN + 1
};

/* Biflows that are held in any case: up to here an input is merged as a whole, in whatever order it is.
 */
#define PROMPT_MIN (1 << 20)

/* A record on its way into the cache: the entry it would be, and its key. */
struct candidate {
    struct entry entry;
    struct pair addresses; /* of IPv6 */
    uint64_t hash;
    uint32_t fetched; /* slot of the first of its entries, as its place in the table told */
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
    struct pairs pairs;
    struct table table;
    struct age age;
    struct clock clock;
};

/* The slots that fit a budget together with a table of some size, and that it is good for. */
static uint64_t
slots_beside(size_t memory, unsigned table_bits)
{
    uint64_t table = table_bytes(table_bits), capacity = table_capacity(table_bits);
    uint64_t slots = memory > table ? (memory - table) / POOL_SLOT_BYTES : 0;

    return slots < capacity ? slots : capacity;
}

struct cache *
cache_open(const struct cache_options *options)
{
    uint64_t active = options->active, inactive = options->inactive;
    unsigned bits = TABLE_MIN_BITS;
    struct cache *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    while (bits < TABLE_MAX_BITS &&
           slots_beside(options->memory, bits + 1) > slots_beside(options->memory, bits))
        bits++;
    c->options = *options;
    c->rules = (struct rules){.inactive = inactive, .cut = active > inactive ? active - inactive : 0};
    /* What ended longer ago than both can be joined by nothing that an exporter still sends. */
    c->clock.horizon = inactive > active / 2 ? active + inactive : active + active / 2;
    if (table_open(&c->table, bits) == -1 ||
        pool_open(&c->pool, (uint32_t)slots_beside(options->memory, bits)) == -1) {
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
is_ipv6(const struct entry *e)
{
    return e->flags & ENTRY_IPV6;
}

/* Of IPv4, addresses are those in the entry. */
static uint64_t
hash_key(const struct cache *c, const struct entry *e, const struct pair *addresses)
{
    enum { REST_BYTES = 5 };
    uint64_t rest = (uint64_t)e->proto << 32 | (uint64_t)e->high_port << 16 | e->low_port;
    uint64_t ipv4_addresses = (uint64_t)e->low << 32 | e->high;

    if (is_ipv6(e))
        return siphash(c->options.seed, addresses->words, 4, rest, REST_BYTES);
    return siphash(c->options.seed, &ipv4_addresses, 1, rest, REST_BYTES);
}

static uint64_t
hash_entry(const struct cache *c, const struct entry *e)
{
    if (e->flags & ENTRY_MEMBER)
        e = pool_entry(&c->pool, e->head);
    return hash_key(c, e, is_ipv6(e) ? pairs_at(&c->pool, e->pair) : NULL);
}

/* Whether an entry of the table has the key of a record. */
static bool
same_key(const struct cache *c, const struct entry *e, const struct candidate *r)
{
    const struct entry *key = &r->entry;

    if (e->proto != key->proto || e->low_port != key->low_port || e->high_port != key->high_port ||
        is_ipv6(e) != is_ipv6(key))
        return false;
    if (!is_ipv6(e))
        return e->low == key->low && e->high == key->high;
    return memcmp(pairs_at(&c->pool, e->pair), &r->addresses, sizeof r->addresses) == 0;
}

static void
fetch_slot(const struct cache *c, uint32_t slot)
{
    __builtin_prefetch(&c->pool.slots[slot], 1);
}

/* Fetches the entries of a hash; their place in the table has been fetched before.  Returns the slot of
 * the first, 0 when there is none. */
static uint32_t
fetch_entries(const struct cache *c, uint64_t hash)
{
    const table_element *place = table_first(&c->table, hash);
    uint32_t first = table_is_match(place, hash) ? table_slot(*place) : 0;

    fetch_slot(c, first);
    while (table_is_match(++place, hash))
        fetch_slot(c, table_slot(*place));
    return first;
}

/* Fetches what a look at an entry will need, which has been fetched before.  Records that are merged
 * meanwhile may have freed it: a slot that is no entry any more has anything in it. */
static void
fetch_behind(const struct cache *c, uint32_t slot)
{
    const struct entry *e = pool_entry(&c->pool, slot);

    if (is_ipv6(e))
        fetch_slot(c, e->pair.slot);
    if (e->flags & ENTRY_CROWD)
        fetch_slot(c, e->crowd.recent);
}

/* Frees the addresses of an entry that has any of its own in another slot. */
static void
remove_addresses(struct cache *c, const struct entry *e)
{
    if (is_ipv6(e) && !(e->flags & ENTRY_MEMBER))
        pairs_remove(&c->pairs, &c->pool, e->pair);
}

static void
give_entry(struct cache *c, uint32_t slot)
{
    remove_addresses(c, pool_entry(&c->pool, slot));
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

/* Takes a slot out of the table. */
static void
unlink_slot(struct cache *c, uint32_t slot, uint64_t hash)
{
    table_element *place = table_first(&c->table, hash);

    while (table_slot(*place) != slot)
        place++;
    table_remove(&c->table, place);
}

/* Takes a biflow out of the table, or out of the crowd of its key. */
static void
unlink_entry(struct cache *c, uint32_t slot, uint64_t hash)
{
    const struct entry *e = pool_entry(&c->pool, slot);

    if (!(e->flags & ENTRY_MEMBER)) {
        unlink_slot(c, slot, hash);
        return;
    }
    struct crowd *crowd = &pool_entry(&c->pool, e->head)->crowd;
    crowd_remove(&c->pool, &c->rules, crowd, slot);
    if (crowd->members == 0) {
        unlink_slot(c, e->head, hash);
        give_entry(c, e->head);
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
        fetch_slot(c, c->pool.links[slot]);
        if (e->flags & ENTRY_DEAD) {
            pool_give(&c->pool, slot);
            continue;
        }
        slots[n] = slot;
        hashes[n] = hash_entry(c, e);
        table_fetch(&c->table, hashes[n]);
        n++;
    }
    for (int i = 0; i < n; i++)
        (void)fetch_entries(c, hashes[i]);
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
        fetch_slot(c, c->pool.links[slot]);
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

/* Writes key and direction of a record; its ports count only where the protocol has ports.  Which end is
 * the lower one is anyone's guess, so that is computed, and used as a number, and never decided upon. */
static void
set_key(struct candidate *r, const struct flow *f)
{
    struct entry *e = &r->entry;
    bool has_ports = proto_has_ports(f->proto);
    const uint8_t *const ends[2] = {f->src, f->dst};
    const uint16_t ports[2] = {has_ports ? f->src_port : 0, has_ports ? f->dst_port : 0};
    int order = memcmp(f->src, f->dst, sizeof f->src);
    unsigned swap = (order > 0) | ((order == 0) & (ports[0] > ports[1]));
    const uint8_t *low = ends[swap], *high = ends[!swap];

    e->low_port = ports[swap];
    e->high_port = ports[!swap];
    e->proto = f->proto;
    e->flags = swap ? ENTRY_FIRST_SIDE : 0;
    if (f->family == 6) {
        e->flags |= ENTRY_IPV6;
        memcpy(r->addresses.words, low, sizeof f->src);
        memcpy(r->addresses.words + 2, high, sizeof f->src);
    } else {
        e->low = ipv4_number(low);
        e->high = ipv4_number(high);
    }
    e->packets[swap] = f->packets;
    e->bytes[swap] = f->bytes;
    e->packets[!swap] = f->packets_rev;
    e->bytes[!swap] = f->bytes_rev;
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
    r->hash = hash_key(c, e, &r->addresses);
    return true;
}

/* Opens a biflow with a record, which is not yet found by its key.  There has to be room. */
static uint32_t
open_entry(struct cache *c, const struct candidate *r)
{
    uint32_t slot = pool_take(&c->pool);

    *pool_entry(&c->pool, slot) = r->entry;
    age_add(&c->age, slot, c->clock.now);
    c->stats.opened++;
    c->stats.live++;
    return slot;
}

static void
store_addresses(struct cache *c, struct entry *e, const struct candidate *r)
{
    if (is_ipv6(e))
        e->pair = pairs_put(&c->pairs, &c->pool, &r->addresses);
}

/* Makes a biflow a member of a crowd. */
static void
enter_crowd(struct cache *c, uint32_t head, uint32_t slot)
{
    struct entry *e = pool_entry(&c->pool, slot);
    struct crowd *crowd = &pool_entry(&c->pool, head)->crowd;

    e->flags |= ENTRY_MEMBER;
    e->head = head;
    e->serial = crowd->opened++;
    crowd_add(&c->pool, &c->rules, crowd, slot);
}

/* Moves the biflows of a key from the table into a crowd. */
static void
make_crowd(struct cache *c, const struct candidate *r)
{
    uint32_t head = pool_take(&c->pool);
    struct entry *crowd = pool_entry(&c->pool, head);
    table_element *place = table_first(&c->table, r->hash);

    *crowd = r->entry;
    crowd->flags = (r->entry.flags & ENTRY_IPV6) | ENTRY_CROWD;
    store_addresses(c, crowd, r);
    crowd_open(&crowd->crowd);
    while (table_is_match(place, r->hash)) {
        uint32_t slot = table_slot(*place);
        struct entry *e = pool_entry(&c->pool, slot);
        if (!same_key(c, e, r)) {
            place++;
            continue;
        }
        table_remove(&c->table, place);
        remove_addresses(c, e);
        enter_crowd(c, head, slot);
    }
    table_insert(&c->table, place, r->hash, head);
}

/* The biflow became a part of another; its addresses are freed, and its slot when its turn to leave
 * comes. */
static void
bury(struct cache *c, uint32_t slot)
{
    struct entry *e = pool_entry(&c->pool, slot);

    remove_addresses(c, e);
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

/* Makes one of a biflow that has grown and what rule 3 joins with it now, among those in the table. */
static enum cache_result
coalesce(struct cache *c, uint32_t slot, const struct candidate *r)
{
    table_element *const first = table_first(&c->table, r->hash);
    bool self_seen = false;

    for (table_element *place = first; table_is_match(place, r->hash);) {
        uint32_t other = table_slot(*place);
        const struct entry *e = pool_entry(&c->pool, slot), *o = pool_entry(&c->pool, other);
        self_seen |= other == slot;
        if (other == slot || !same_key(c, o, r) || !rules_continues(&c->rules, e, o)) {
            place++;
            continue;
        }
        uint32_t older = self_seen ? slot : other, younger = self_seen ? other : slot;
        if (!rules_absorb(pool_entry(&c->pool, older), pool_entry(&c->pool, younger)))
            return CACHE_OVERFLOW;
        while (table_slot(*place) != younger)
            place++;
        table_remove(&c->table, place);
        bury(c, younger);
        slot = older;
        /* It has grown again: once more from the start. */
        place = first;
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
        bool other_is_older = pool_entry(&c->pool, other)->serial < pool_entry(&c->pool, *slot)->serial;
        uint32_t older = other_is_older ? other : *slot, younger = other_is_older ? *slot : other;
        crowd_remove(&c->pool, &c->rules, crowd, other);
        if (!rules_absorb(pool_entry(&c->pool, older), pool_entry(&c->pool, younger)))
            return CACHE_OVERFLOW;
        bury(c, younger);
        *slot = older;
    }
    return CACHE_OK;
}

/* Merges a record whose key has a crowd. */
static enum cache_result
put_in_crowd(struct cache *c, uint32_t head, const struct candidate *r)
{
    struct crowd *crowd = &pool_entry(&c->pool, head)->crowd;
    struct entry *recent = pool_entry(&c->pool, crowd->recent);
    bool past = crowd_is_past(&c->rules, crowd, &r->entry);

    if (past && crowd->recent != 0 && crowd_is_past(&c->rules, crowd, recent)) {
        enum rule rule = rules_join(&c->rules, recent, &r->entry);
        count_join(c, rule);
        if (rule != RULE_NONE)
            return rules_absorb(recent, &r->entry) ? CACHE_OK : CACHE_OVERFLOW;
        enter_crowd(c, head, open_entry(c, r));
        return CACHE_OK;
    }
    crowd_settle(&c->pool, &c->rules, crowd);
    uint32_t slot = crowd_nearest(&c->pool, &c->rules, crowd, &r->entry);
    if (slot == 0) {
        enter_crowd(c, head, open_entry(c, r));
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
    table_element *place = table_first(&c->table, r->hash);
    uint32_t best = 0;
    int members = 0;

    for (; table_is_match(place, r->hash); place++) {
        uint32_t slot = table_slot(*place);
        struct entry *e = pool_entry(&c->pool, slot);
        if (!same_key(c, e, r))
            continue;
        if (e->flags & ENTRY_CROWD)
            return put_in_crowd(c, slot, r);
        members++;
        if (rules_join(&c->rules, e, &r->entry) != RULE_NONE &&
            (best == 0 || is_nearer(&r->entry, e, pool_entry(&c->pool, best))))
            best = slot;
    }
    if (best == 0) {
        uint32_t slot = open_entry(c, r);
        store_addresses(c, pool_entry(&c->pool, slot), r);
        table_insert(&c->table, place, r->hash, slot);
        if (members >= CROWD_MIN)
            make_crowd(c, r);
        return CACHE_OK;
    }
    count_join(c, rules_join(&c->rules, pool_entry(&c->pool, best), &r->entry));
    if (!rules_absorb(pool_entry(&c->pool, best), &r->entry))
        return CACHE_OVERFLOW;
    return members > 1 ? coalesce(c, best, r) : CACHE_OK;
}

/* Writes biflows until a record has room; young ones only when no old ones are left. */
static enum cache_result
make_room(struct cache *c)
{
    if (table_is_full(&c->table))
        table_grow(&c->table);
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

/* Admits some records, at most GROUP, and fetches their places in the table: all of them in a row, since
 * the processor then waits for the translations of several addresses at a time. */
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
        g->n++;
    }
    for (size_t i = 0; i < g->n; i++)
        table_fetch(&c->table, g->candidates[i].hash);
}

static void
fetch_group_entries(const struct cache *c, struct group *g)
{
    for (size_t i = 0; i < g->n; i++)
        g->candidates[i].fetched = fetch_entries(c, g->candidates[i].hash);
}

static void
fetch_group_behind(const struct cache *c, const struct group *g)
{
    for (size_t i = 0; i < g->n; i++)
        fetch_behind(c, g->candidates[i].fetched);
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
            fetch_group_entries(c, &groups[(turn - 1) % STEPS]);
        if (turn >= 2 && turn - 2 < count)
            fetch_group_behind(c, &groups[(turn - 2) % STEPS]);
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
    c->stats.memory = (uint64_t)c->pool.used * POOL_SLOT_BYTES + table_bytes(c->table.bits);
    return CACHE_OK;
}
