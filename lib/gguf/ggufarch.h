/* SPDX-License-Identifier: MIT */
/*
 * ggufarch: how the models of GGUF files correspond to policies: the table of
 * architectures, and the place of each tensor of a policy.
 *
 * A matrix of GGUF has a row for each output.  Rows may stand in another order
 * than those of the policy:
 *
 *	pairs    where the architecture rotates neighbors (2j, 2j + 1), rows of
 *	         queries and keys are so; policies rotate j and j + E/2
 *	by kind  all rows of q, then of k, then of v; the policy has those of
 *	         each head together
 */
#ifndef GGUF_GGUFARCH_H
#define GGUF_GGUFARCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "io/gguf.h"
#include "nn/config.h"
#include "nn/params.h"

/* The settings of yarn in llama.cpp, whatever the file says. */
enum { GGUF_YARN_SLOW = 1, GGUF_YARN_FAST = 32 };

struct ggufarch {
	const char *name; /* general.architecture */
	enum family family;
	bool pairs;              /* rows of q and k are in pairs */
	bool out_bias, mlp_bias; /* may have biases of attention and MLP */
	bool rope_factors;       /* may have rope_freqs.weight */
	bool long_factors;       /* may have rope_factors_long.weight */
	bool own_head;           /* has the head, even if it is tied */
	size_t unrotated_every;  /* layers that are not rotated; 0: all are */
	bool window;             /* a key has its width */
	size_t window_every;     /* layers without one; 0: none is */
};

/*
 * NULL on failure, which lists those known, or names the family.  Of families
 * with one architecture, the first is found by its name.
 */
const struct ggufarch *ggufarch_named(struct gguf_text name);
const struct ggufarch *ggufarch_of(const struct config *);

enum ggufrows { GGUF_SAME, GGUF_PAIRS, GGUF_BY_KIND };

/* Where tensor i of a policy stands in a file. */
struct ggufplace {
	char *name;  /* "blk.0.attn_q.weight"; the caller frees */
	bool turned; /* the policy's matrix is stored [in, out] */
	enum ggufrows order;
	size_t heads; /* of rows that stand in another order */
	float add;    /* what the file's numbers have more */
};

/* -1: GGUF has no name for the tensor. */
must_use int ggufarch_place(const struct ggufarch *, const struct config *,
    const struct tensor *, struct ggufplace *);
/* The policy's row that is row r of the file, of a matrix with so many rows. */
size_t ggufarch_row(const struct ggufplace *, size_t rows, size_t r);
/* The file's row that is row r of the policy. */
size_t ggufarch_file_row(const struct ggufplace *, size_t rows, size_t r);

#endif
