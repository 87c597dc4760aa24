/* SPDX-License-Identifier: MIT */
/*
 * dropout: set numbers of rows to zero at random, and scale the others.
 *
 *   y_td = s m_td x_td / (1 - P),   m_td = 0 with probability P, else 1
 *
 * m is a function of the row's generator (base/rng.h) and of d.  So a backward
 * pass draws the mask of the forward pass again, and no mask is stored.
 *
 * A row's columns are in blocks of 16.  A block takes 8 draws of 64 bits: the
 * low half of draw i decides column i of the block, the high half column i + 8.
 */
#ifndef TENSOR_DROPOUT_H
#define TENSOR_DROPOUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"

struct dropout {
	double rate;           /* P, below 1; 0: there is none */
	const struct rng *row; /* [rows], borrowed */
	uint64_t skip;         /* draws of each row that come before */
};

/* How many draws a row of D columns takes. */
uint64_t dropout_draws(size_t D);
/* out[rows, D] := the formula above; out may be x. */
void dropout_rows(float *out, const float *x, float s, const struct dropout *,
    size_t rows, size_t D);
/* out[rows, D] := onto[rows, D] + the same; out may be onto. */
void dropout_add_to(float *out, const float *onto, const float *x, float s,
    const struct dropout *, size_t rows, size_t D);

#endif
