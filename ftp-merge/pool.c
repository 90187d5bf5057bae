/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The whole budget is reserved as address space at the start, and the kernel supplies pages as they are
 * touched.  So nothing ever has to be moved or doubled to grow, and a small input costs little however
 * large the budget is.
 *
 * Slots get small pages, many at a time, since to fault for each of them is dear.  Large ones cost more
 * than they gain where the kernel has to get them from a hypervisor first.  Only memory that is used at
 * random, a small part of the whole, gains enough: the processor knows the places of few small pages.
 */
#include "pool.h"

#include <errno.h>
#include <sys/mman.h>

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

enum { BATCH_BYTES = 256 * 1024 }; /* a multiple of the size of any page */

/* Memory of less than this size does not gain from large pages, and rounding up to them would show in a
 * small budget. */
#define LARGE_PAGES_BYTES ((size_t)64 << 20)

void *
pool_reserve(size_t n, bool at_random)
{
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (p == MAP_FAILED)
        return NULL;
#ifdef MADV_HUGEPAGE
    (void)madvise(p, n, at_random && n >= LARGE_PAGES_BYTES ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
#endif
    return p;
}

void
pool_unreserve(void *p, size_t n)
{
    if (p)
        (void)munmap(p, n);
}

void
pool_get_ready(struct pool *p)
{
    size_t left = (size_t)p->limit * sizeof *p->slots - p->ready_bytes;
    size_t n = left < BATCH_BYTES ? left : BATCH_BYTES;

#ifdef MADV_POPULATE_WRITE
    /* Where this fails, pages come when they are touched. */
    (void)madvise((char *)p->slots + p->ready_bytes, n, MADV_POPULATE_WRITE);
#endif
    p->ready_bytes += n;
    p->ready = (uint32_t)(p->ready_bytes / sizeof *p->slots);
}

int
pool_open(struct pool *p, uint32_t limit)
{
    *p = (struct pool){.limit = limit, .used = 1, .ready = 1};
    p->slots = pool_reserve((size_t)limit * sizeof *p->slots, false);
    return p->slots ? 0 : -1;
}

void
pool_release(struct pool *p)
{
    pool_unreserve(p->slots, (size_t)p->limit * sizeof *p->slots);
    p->slots = NULL;
}
