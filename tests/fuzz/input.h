/* SPDX-License-Identifier: BSD-3-Clause */
/* What the fuzzing targets share: bytes taken one after the other, and a check that works without
 * assert(3). */
#ifndef FTP_FUZZ_INPUT_H
#define FTP_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends the program, so that the fuzzer keeps the input, unless the condition holds. */
#define CHECK(condition)                                                                                 \
    do {                                                                                                 \
        if (!(condition)) {                                                                              \
            (void)fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                                     \
        }                                                                                                \
    } while (0)

struct input {
    const uint8_t *p;
    size_t left;
};

/* Takes n bytes, zeros where there are no more. */
static inline void
input_take(struct input *in, void *to, size_t n)
{
    size_t have = n < in->left ? n : in->left;

    memset(to, 0, n);
    if (have > 0)
        memcpy(to, in->p, have);
    in->p += have;
    in->left -= have;
}

/* Takes one byte, 0 when there is none. */
static inline uint8_t
input_byte(struct input *in)
{
    uint8_t byte;

    input_take(in, &byte, 1);
    return byte;
}

/* What each target defines, for libFuzzer and for replay.c.  Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
