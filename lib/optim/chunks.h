/* SPDX-License-Identifier: MIT */
/*
 * chunks: a table of tensors cut into pieces, so that threads share the large
 * embedding and the small norms alike.
 */
#ifndef OPTIM_CHUNKS_H
#define OPTIM_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>

#include "nn/params.h"

/* A piece of one tensor: the task of one thread. */
struct chunk {
	size_t tensor, first, n;
};

/*
 * The *n chunks of the tensors touched[tensors] (NULL: of all), in order; the
 * caller frees.
 */
struct chunk *chunks_cut(const struct params *, const bool *touched, size_t *n);
/* The elements of a chunk; NULL of no table. */
float *chunk_part(const struct params *, const struct chunk *);

#endif
