/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The whole budget is reserved as address space at the start, and the kernel supplies pages as they are
 * touched.  So nothing ever has to be moved or doubled to grow, and a small input costs little however
 * large the budget is.
 *
 * Pages are small at first and large from some size on.  Large ones are found faster by the processor,
 * above all where each use of the memory is anywhere in it.  But a kernel that runs under a hypervisor
 * may have to get them from there first, which costs more than they gain while there are small ones at
 * hand.
 */
#include "pool.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

/* Pages are asked for many at a time, since a page fault for each would cost too much: as many slots
 * again as there are, within these limits, which fill any small page. */
enum { MIN_BATCH = 1 << 10, MAX_BATCH = 1 << 15 };

/* From this number of slots on, pages are large. */
enum { SMALL_PAGES_SLOTS = 1 << 22 };

void *
pool_reserve(size_t n, size_t small)
{
    char *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (p == MAP_FAILED)
        return NULL;
#ifdef MADV_HUGEPAGE
    (void)madvise(p, n < small ? n : small, MADV_NOHUGEPAGE);
    if (n > small)
        (void)madvise(p + small, n - small, MADV_HUGEPAGE);
#endif
    return p;
}

void
pool_unreserve(void *p, size_t n)
{
    if (p)
        (void)munmap(p, n);
}

size_t
pool_slot_bytes(bool serials)
{
    return sizeof(union slot) + sizeof(struct link) + sizeof(struct node) +
           (serials ? sizeof(uint32_t) : 0);
}

/* Asks for the pages of n elements of an array, from element first on, some of which may be there
 * already. Where that fails, pages come when they are touched. */
static void
populate(void *array, size_t first, size_t n, size_t element)
{
#ifdef MADV_POPULATE_WRITE
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = ((uintptr_t)array + first * element) / page * page;
    uintptr_t end = (uintptr_t)array + (first + n) * element;

    (void)madvise((void *)begin, end - begin, MADV_POPULATE_WRITE);
#else
    (void)array, (void)first, (void)n, (void)element;
#endif
}

void
pool_get_ready(struct pool *p)
{
    uint32_t left = p->limit - p->ready;
    uint32_t n = p->ready;

    if (n < MIN_BATCH)
        n = MIN_BATCH;
    if (n > MAX_BATCH)
        n = MAX_BATCH;
    if (n > left)
        n = left;
    /* Not the nodes, which most pieces never touch. */
    populate(p->slots, p->ready, n, sizeof *p->slots);
    populate(p->links, p->ready, n, sizeof *p->links);
    if (p->serials)
        populate(p->serials, p->ready, n, sizeof *p->serials);
    p->ready += n;
}

/* Memory for an array of one element a slot. */
static void *
reserve_array(const struct pool *p, size_t element)
{
    return pool_reserve(p->limit * element, SMALL_PAGES_SLOTS * element);
}

int
pool_open(struct pool *p, uint32_t limit, bool serials)
{
    *p = (struct pool){.limit = limit, .used = 1};
    p->slots = reserve_array(p, sizeof *p->slots);
    p->links = reserve_array(p, sizeof *p->links);
    p->nodes = reserve_array(p, sizeof *p->nodes);
    if (serials)
        p->serials = reserve_array(p, sizeof *p->serials);
    if (!p->slots || !p->links || !p->nodes || (serials && !p->serials))
        return -1;
    pool_get_ready(p);
    return 0;
}

void
pool_release(struct pool *p)
{
    pool_unreserve(p->slots, p->limit * sizeof *p->slots);
    pool_unreserve(p->links, p->limit * sizeof *p->links);
    pool_unreserve(p->nodes, p->limit * sizeof *p->nodes);
    pool_unreserve(p->serials, p->limit * sizeof *p->serials);
}
