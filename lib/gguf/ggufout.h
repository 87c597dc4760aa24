/* SPDX-License-Identifier: MIT */
/*
 * ggufout: the tensors of a GGUF file that is written, each described first,
 * and then made and written a block of rows at a time.
 */
#ifndef GGUF_GGUFOUT_H
#define GGUF_GGUFOUT_H

#include "gguf/ggufarch.h"
#include "io/ggufwrite.h"
#include "nn/params.h"

/* One tensor: tensor i of a table, or numbers in F32 that have no table. */
struct ggufout {
	const struct params *params; /* borrowed; or NULL: values */
	size_t i;
	const float *values; /* borrowed */
	struct ggufplace place;
	size_t rows, cols; /* in the file; a vector has one column */
	size_t dims;
	enum block_type type;
};

struct ggufouts {
	struct ggufout *t;
	size_t n, cap;
};

/* The type of a matrix in a file whose matrices are to be of `type`. */
enum block_type ggufout_type(enum block_type type, size_t cols);
/* Add a tensor; takes the name of its place. */
void ggufout_add(struct ggufouts *, const struct ggufout *);
/*
 * Write the file: keys from w, then the tensors.  -1: also if a number is not
 * finite in the type of its tensor.
 */
must_use int ggufout_write(const struct ggufouts *, struct ggufwrite *w,
    const char *file);
void ggufout_release(struct ggufouts *);

#endif
