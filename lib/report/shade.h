/* SPDX-License-Identifier: MIT */
/*
 * shade: tokens of a response on a ground that shows their scores.
 *
 * The ground has four steps either way; the last is for scores beyond four
 * fifths of `scale`, the size that 95 in 100 scores do not exceed.
 */
#ifndef REPORT_SHADE_H
#define REPORT_SHADE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "report/rundir.h"

/* The scale of all rewards, or of all other scores; 0 where there are none. */
double shade_scale(const struct rundir *, size_t runs, bool rewards);
/* Append its tokens, about `most` bytes of their text. */
void shade_put(struct buf *, const struct json *sample, double scale,
    size_t most);

#endif
