/* SPDX-License-Identifier: MIT */
/*
 * num: text to number, strictly.  The whole text must be the number, with
 * a point whatever the locale, and in the range; the failure names both:
 * "abc: not a number", "7: not between 0 and 1".  Nothing is clamped.
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdint.h>

#include "base/err.h"

must_use int num_u64(const char *, uint64_t lo, uint64_t hi, uint64_t *);
must_use int num_f64(const char *, double lo, double hi, double *);

#endif
