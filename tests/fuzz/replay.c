/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs a fuzzing target over files instead of under a fuzzer, so that everybody's tests see again what
 * the fuzzers once found, whatever the compiler.  A defect ends the program by SIGABRT, as under the
 * fuzzer.
 *
 *     replay_fuzz_NAME FILE...
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "input.h"

enum { MAX_INPUT_BYTES = 1 << 20 };

int
main(int argc, char **argv)
{
    static uint8_t content[MAX_INPUT_BYTES];

    if (argc < 2)
        errx(2, "no files");
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (!file)
            err(1, "%s", argv[i]);
        size_t n = fread(content, 1, sizeof content, file);
        if (ferror(file) || n == sizeof content)
            errx(1, "%s: cannot be read, or is too long", argv[i]);
        (void)fclose(file);
        /* A copy of its exact size, so that a sanitizer sees what reads behind its end. */
        uint8_t *copy = malloc(n > 0 ? n : 1);
        if (!copy)
            err(1, NULL);
        memcpy(copy, content, n);
        (void)printf("%s\n", argv[i]);
        (void)fflush(stdout);
        (void)LLVMFuzzerTestOneInput(copy, n);
        free(copy);
    }
    return 0;
}
