/* SPDX-License-Identifier: BSD-3-Clause */
/* One pass that keeps those found so far in order: they are few, however many numbers there are. */
#include "top.h"

int
top_find(const struct tally *tallies, unsigned n, unsigned *numbers, int most)
{
    int found = 0;

    for (unsigned i = 0; i < n; i++) {
        if (tallies[i].biflows == 0 ||
            (found == most && tallies[i].biflows <= tallies[numbers[most - 1]].biflows))
            continue;
        int place = found < most ? found++ : most - 1;
        for (; place > 0 && tallies[numbers[place - 1]].biflows < tallies[i].biflows; place--)
            numbers[place] = numbers[place - 1];
        numbers[place] = i;
    }
    return found;
}
