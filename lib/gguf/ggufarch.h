/* SPDX-License-Identifier: MIT */
/*
 * ggufarch: how the models of GGUF files correspond to policies: the table of
 * architectures, and the place of each tensor of a policy.
 *
 * A matrix of GGUF has a row for each output.  Where the architecture rotates
 * pairs of neighbors (2j, 2j + 1), rows of queries and keys stand in that
 * order; those of policies rotate j and j + E/2.
 */
#ifndef GGUF_GGUFARCH_H
#define GGUF_GGUFARCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "io/gguf.h"
#include "nn/config.h"
#include "nn/params.h"

struct ggufarch {
	const char *name; /* general.architecture */
	enum family family;
	bool pairs;        /* rows of q and k are in pairs, as above */
	bool out_bias;     /* attention may have biases, that of o as well */
	bool rope_factors; /* the file may have rope_freqs.weight */
};

/* NULL on failure, which lists those known; or which names the family. */
const struct ggufarch *ggufarch_named(struct gguf_text name);
const struct ggufarch *ggufarch_of(const struct config *);

/* Where tensor i of a policy stands in a file. */
struct ggufplace {
	char *name;   /* "blk.0.attn_q.weight"; the caller frees */
	bool turned;  /* the policy's matrix is stored [in, out] */
	size_t heads; /* rows are in pairs in so many heads; 0: they are not */
};

/* -1: GGUF has no name for the tensor. */
must_use int ggufarch_place(const struct ggufarch *, const struct config *,
    const struct tensor *, struct ggufplace *);
/* The policy's row that is row r of the file, of a matrix with so many rows. */
size_t ggufarch_row(const struct ggufplace *, size_t rows, size_t r);
/* The file's row that is row r of the policy. */
size_t ggufarch_file_row(const struct ggufplace *, size_t rows, size_t r);

#endif
