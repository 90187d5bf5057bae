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

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

/* Pages are asked for many at a time, since to fault for each of them is dear: as much again as there is,
 * within these limits, which are multiples of the size of any small page. */
enum { MIN_BATCH_BYTES = 64 << 10, MAX_BATCH_BYTES = 2 << 20 };

/* From here on slots have large pages. */
#define SMALL_PAGES_BYTES ((size_t)256 << 20)

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

void
pool_get_ready(struct pool *p)
{
    size_t left = (size_t)p->limit * sizeof *p->slots - p->ready_bytes;
    size_t n = p->ready_bytes;

    if (n < MIN_BATCH_BYTES)
        n = MIN_BATCH_BYTES;
    if (n > MAX_BATCH_BYTES)
        n = MAX_BATCH_BYTES;
    if (n > left)
        n = left;
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
    p->slots = pool_reserve((size_t)limit * sizeof *p->slots, SMALL_PAGES_BYTES);
    return p->slots ? 0 : -1;
}

void
pool_release(struct pool *p)
{
    pool_unreserve(p->slots, (size_t)p->limit * sizeof *p->slots);
    p->slots = NULL;
}
