/* SPDX-License-Identifier: MIT */
/*
 * incremental: the forward pass of single tokens against stored keys and
 * values, without gradients.
 *
 * A batch is any set of rows, each a token at a position of some sequence: the
 * next tokens of many samples, or the tokens of several prompts one after
 * another.  All rows go through a linear layer as one product.  Keys and
 * values of all rows are stored before any row attends, so rows of one
 * sequence may share a batch.  A row attends to the positions in `before` that
 * precede its own cache, and to its own cache up to itself.
 *
 *	s = incremental_new(&config, &p, packed_of(&p, &config), rows);
 *	incremental_forward(s, row, n);
 *	incremental_hidden(s, out, 0, n);
 *	incremental_free(s);
 */
#ifndef NN_INCREMENTAL_H
#define NN_INCREMENTAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/config.h"
#include "nn/kvcache.h"
#include "nn/matrices.h"
#include "nn/params.h"

struct inc_row {
	uint32_t token;
	size_t at;                    /* position in its sequence */
	const struct kvcache *own;    /* written at `at` */
	const struct kvcache *before; /* of a shared beginning; read only */
	bool is_long;                 /* config_is_long of its prompt */
};

struct incremental;

/* For batches of at most `rows`; borrows all three. */
struct incremental *incremental_new(const struct config *,
    const struct params *, const struct matrices *, size_t rows);
void incremental_free(struct incremental *);
/* Floats of memory that it takes. */
size_t incremental_floats(const struct config *, const struct matrices *,
    size_t rows);

/*
 * The number of parts in which n rows go through the layers.  If the weights
 * fit a processor's cache and each thread can fill the rows of a tile, each
 * thread takes a part through all layers and waits for no other; larger
 * weights are read once, by all threads together.
 */
size_t incremental_parts(const struct incremental *, size_t n);
/* All layers; n > 0. */
void incremental_forward(struct incremental *, const struct inc_row *,
    size_t n);
/*
 * out[n, D]: hidden states of rows first .. first+n-1 of that batch, after the
 * last norm.
 */
void incremental_hidden(const struct incremental *, float *out, size_t first,
    size_t n);

#endif
