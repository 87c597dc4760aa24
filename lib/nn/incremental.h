/* SPDX-License-Identifier: MIT */
/*
 * incremental: the forward pass of single tokens against kept keys and
 * values, without gradients.
 *
 * A batch is any set of rows, each a token at a position of some sequence:
 * the next tokens of many samples, or the tokens of several prompts one
 * after another.  All rows go through each linear layer as one product;
 * keys and values of all rows are stored before any row attends, so rows of
 * one sequence may stand in one batch.  A row sees what `before` has of the
 * positions before its own cache's first, and then that up to itself.
 */
#ifndef NN_INCREMENTAL_H
#define NN_INCREMENTAL_H

#include <stddef.h>
#include <stdint.h>

#include "nn/config.h"
#include "nn/kvcache.h"
#include "nn/packed.h"
#include "nn/params.h"

struct inc_row {
	uint32_t token;
	size_t at;                    /* position in its sequence */
	const struct kvcache *own;    /* written at `at` */
	const struct kvcache *before; /* of a shared beginning; read only */
};

struct incremental;

/* For batches of at most `rows`; what it is given is borrowed. */
struct incremental *incremental_new(const struct config *,
    const struct params *, const struct packed *, size_t rows);
void incremental_free(struct incremental *);

/*
 * In how many parts n rows go through the layers: one a thread, if a cache
 * holds the weights and each fills the rows of a tile, so threads need not wait
 * for each other in every layer.  Of larger weights all threads read a matrix
 * together, once.
 */
size_t incremental_parts(const struct incremental *, size_t n);
/* All layers; n > 0. */
void incremental_forward(struct incremental *, const struct inc_row *,
    size_t n);
/* out[n, D]: hidden states of rows first .. first+n-1 of that batch, after the
 * last norm. */
void incremental_hidden(const struct incremental *, float *out, size_t first,
    size_t n);

#endif
