/* SPDX-License-Identifier: MIT */
/*
 * num: parse a number strictly.  The whole text must be the number, with a
 * decimal point in any locale, and within [lo, hi]: "abc: not a number",
 * "7: not between 0 and 1".  Nothing is clamped.
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdint.h>

#include "base/err.h"

must_use int num_u64(const char *, uint64_t lo, uint64_t hi, uint64_t *);
/* Two numbers with a slash between them: "3/8". */
must_use int num_u64_two(const char *, uint64_t lo, uint64_t hi, uint64_t *,
    uint64_t *);
must_use int num_f64(const char *, double lo, double hi, double *);

#endif
