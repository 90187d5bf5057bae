/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The whole budget is reserved as address space at the start, and the kernel supplies pages as they are
 * touched.  So nothing ever has to be moved or doubled to grow, and a small input costs little however
 * large the budget is.  The pages are small ones: large ones would round a small budget up, and where the
 * kernel has to get them from a hypervisor first they cost more than they gain.
 */
#include "pool.h"

#include <errno.h>
#include <sys/mman.h>

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

void *
pool_reserve(size_t n)
{
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (p == MAP_FAILED)
        return NULL;
#ifdef MADV_NOHUGEPAGE
    (void)madvise(p, n, MADV_NOHUGEPAGE);
#endif
    return p;
}

void
pool_unreserve(void *p, size_t n)
{
    if (p)
        (void)munmap(p, n);
}

int
pool_open(struct pool *p, uint32_t limit)
{
    *p = (struct pool){.limit = limit, .used = 1};
    p->slots = pool_reserve((size_t)limit * sizeof *p->slots);
    return p->slots ? 0 : -1;
}

void
pool_release(struct pool *p)
{
    pool_unreserve(p->slots, (size_t)p->limit * sizeof *p->slots);
    p->slots = NULL;
}
