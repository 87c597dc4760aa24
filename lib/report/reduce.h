/* SPDX-License-Identifier: MIT */
/*
 * reduce: curves of many points made drawable.
 *
 * reduce_extremes keeps the lowest and the highest point of each of most / 2
 * parts of equal number, in their order, so that no spike is lost.
 * reduce_mean is the running mean over `half` points on either side, at no more
 * than `most` points: over as many as there are before at the beginning, so
 * that it begins where the curve does, and over those before at the end. Points
 * whose y is not finite are left out.  Results are written to x[most] and
 * y[most]; the functions return how many.
 */
#ifndef REPORT_REDUCE_H
#define REPORT_REDUCE_H

#include <stddef.h>

size_t reduce_extremes(const double *x, const double *y, size_t n, size_t most,
    double *out_x, double *out_y);
size_t reduce_mean(const double *x, const double *y, size_t n, size_t half,
    size_t most, double *out_x, double *out_y);

#endif
