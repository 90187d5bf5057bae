/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the slots of the cache's memory hold.
 *
 * Memory is the limit of this program.  So all of it is one array of slots of 64 bytes, a cache line
 * each, which are linked by 32-bit numbers (0 for none).  A piece is one flow record, or what has been
 * joined of several: it takes one slot.  A key of IPv6 takes half of another slot for its addresses
 * (addresses.h). With one size of slot, memory that one kind of traffic gave back serves every other
 * kind.
 *
 * Beside each slot there are a link and a node (pool.h), which most pieces never touch.
 *
 * Of the two directions of a key, side 0 is the one whose source is the lower endpoint.
 */
#ifndef FTP_PIECE_H
#define FTP_PIECE_H

#include <stdbool.h>
#include <stdint.h>

enum piece_flag {
    PIECE_IPV6 = 1,
    PIECE_FIRST_SIDE = 2, /* the record that arrived first went to side 1 */
    PIECE_STARTED_0 = 4,  /* side 0 has a packet in the first millisecond */
    PIECE_STARTED_1 = 8,  /* likewise for side 1 */
    PIECE_LISTED = 16,    /* it is in a list of expiry.h */
    PIECE_GROWN = 32,     /* its end moved since it was listed */
    PIECE_SHARES = 64,    /* its key has, or had, other pieces beside it (tree.h) */
    PIECE_NEAR = 128      /* a neighbour is, or was, at most the inactive timeout away */
};

/* Where the one-packet records of a piece are, which rule 2 asks for. */
enum piece_singles {
    SINGLES_NONE,   /* there are none */
    SINGLES_AT_END, /* one at the start and one at the end, or one that is both */
    SINGLES_IN_NODE /* the node has the first and the last one */
};

/* Which half of which slot has a pair of addresses. */
struct pair_place {
    uint32_t slot;
    uint32_t half;
};

struct piece {
    uint64_t packets[2]; /* by side */
    uint64_t bytes[2];
    int64_t start; /* ms since 1970 */
    int64_t end;
    union {
        struct {           /* IPv4 addresses */
            uint32_t low;  /* of the lower endpoint */
            uint32_t high; /* of the higher endpoint */
        };
        struct pair_place pair; /* of IPv6, for all pieces of the key */
    };
    uint16_t low_port;
    uint16_t high_port;
    uint8_t proto;
    uint8_t flags;
    uint8_t singles;
    uint8_t is_piece; /* 0 when the slot is free, or the piece became a part of another */
};

/* The addresses of a key of IPv6: lower endpoint, higher endpoint. */
struct pair {
    uint64_t words[4];
};

/* In place of a pair: the slots before and after this one in the list of those with a free half. */
struct free_half {
    uint32_t before;
    uint32_t after;
};

union half {
    struct pair pair;
    struct free_half free;
};

union slot {
    struct piece piece;
    union half halves[2];
};

_Static_assert(sizeof(union slot) == 64, "the promise of 128 bytes a biflow rests on this");

/* The place of a slot in a doubly linked list. */
struct link {
    uint32_t next;
    uint32_t previous; /* LINK_OF_ADDRESSES when the slot has pairs of addresses */
};

#define LINK_OF_ADDRESSES UINT32_MAX

/* What a piece needs beside itself when its key has others, or when only some of its records have one
 * packet. */
struct node {
    union {
        struct {            /* in the tree of the key; void unless PIECE_SHARES */
            uint32_t left;  /* the root of those that are earlier */
            uint32_t right; /* the root of those that are later */
        };
        struct { /* in a group that leaves (pairing.h) */
            uint32_t previous;
            uint32_t next;
        };
    };
    union {
        struct {                   /* void unless the piece says SINGLES_IN_NODE */
            uint32_t first_single; /* ms from the start to the first one-packet record */
            uint32_t last_single;  /* ms from the last one to the end */
        };
        uint32_t next_gap; /* in a group that leaves: the next one by the gap after it */
    };
};

#endif
