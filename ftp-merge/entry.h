/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the slots of the cache's memory hold.
 *
 * Memory is the limit of this program, so all of it is one array of slots of 64 bytes, a cache line each,
 * linked by 32-bit numbers (0 is none).  An entry, an open biflow, takes one slot; of IPv6 it takes half
 * of a second one for its addresses (pairs.h).  Keys with very many biflows also have a crowd and nodes
 * of its trees (crowd.h).  With one size of slot any of them can take the place of any other, so memory
 * once given to one kind of traffic serves every other kind.
 *
 * Of the two directions of a key, side 0 is the one whose source is the lower endpoint.
 */
#ifndef FTP_ENTRY_H
#define FTP_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

enum entry_flag {
    ENTRY_IPV6 = 1,
    ENTRY_FIRST_SIDE = 2, /* the record that opened it went to side 1 */
    ENTRY_STARTED_0 = 4,  /* a packet of side 0 was the first one, or of the same ms */
    ENTRY_STARTED_1 = 8,  /* likewise for side 1 */
    ENTRY_DEAD = 16,      /* became part of another; to be freed when its turn to leave comes */
    ENTRY_MEMBER = 32,    /* a biflow of a crowd, the head of which has its addresses */
    ENTRY_CROWD = 64      /* no biflow but the head of a crowd */
};

enum { CROWD_CLASSES = 6 };

struct crowd {
    int64_t reach;                 /* no member but the recent one ends later */
    uint32_t roots[CROWD_CLASSES]; /* of trees of nodes */
    uint32_t members;
    uint32_t opened;  /* members ever: the serial number of the next one */
    uint32_t recent;  /* the member that changed last, which has no node; 0 for none */
    uint32_t waiting; /* the first of the nodes that are in no tree yet */
};

/* Which half of which slot has a pair of addresses. */
struct pair_place {
    uint32_t slot;
    uint32_t half;
};

struct entry {
    union {
        struct {
            uint64_t packets[2]; /* by side */
            uint64_t bytes[2];
            int64_t start; /* ms since 1970 */
            int64_t end;
        };
        struct crowd crowd;
    };
    union {
        struct {           /* IPv4 addresses */
            uint32_t low;  /* of the lower endpoint */
            uint32_t high; /* of the higher endpoint */
        };
        struct pair_place pair; /* of IPv6: where the addresses are */
        struct {
            uint32_t head;   /* of a member of a crowd: the slot of that */
            uint32_t serial; /* how many were opened before it */
        };
    };
    uint16_t low_port;
    uint16_t high_port;
    uint8_t proto;
    uint8_t flags;
};

/* A member of a crowd in the tree of its class, or on its way there. */
struct node {
    int64_t start; /* the order of the tree: by start, then by serial */
    int64_t end;
    int64_t max_end; /* largest end in the subtree */
    uint32_t serial;
    uint32_t entry;
    uint32_t left;
    uint32_t right;
    uint32_t priority; /* none below has a higher one */
    uint32_t class;    /* the number of the tree */
};

/* The addresses of an IPv6 entry: lower endpoint, higher endpoint. */
struct pair {
    uint64_t words[4];
};

/* In place of a pair: the slots before and behind this one in the list of those with a free half. */
struct free_half {
    uint32_t before;
    uint32_t behind;
};

union half {
    struct pair pair;
    struct free_half free;
};

union slot {
    struct entry entry;
    struct node node;
    union half halves[2];
};

_Static_assert(sizeof(union slot) == 64, "the promise of 128 bytes a biflow rests on this");

#endif
