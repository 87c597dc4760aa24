/* SPDX-License-Identifier: MIT */
/*
 * tally: the measures of a stream of trajectories, added up record by record.
 *
 *	tally_init(&y);
 *	rc = tally_check(&y, &segment, demos);
 *	rc = tally_add(&y, &segment, &known);	// each segment
 *	tally_report(&y, &wanted, &report);
 *	tally_release(&y);
 */
#ifndef EVAL_TALLY_H
#define EVAL_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "divergence/estimate.h"
#include "eval/diversity.h"
#include "eval/groups.h"
#include "eval/nll.h"
#include "eval/passk.h"
#include "eval/ratio.h"
#include "eval/measures.h"
#include "traj/pool.h"
#include "traj/traj.h"

struct tally {
	uint64_t records;
	struct traj_segment like; /* the first header that names a tokenizer */
	struct groups groups;
	struct ratio exact, right;
	double length;
	struct nll nll;
	struct estimate scores;
	struct diversity *diversity;
	struct passk pass;
};

/* What is known of a segment; NULL where it is not. */
struct tally_known {
	/* [sum A] under a policy; entropy may be NULL with logp */
	const float *logp, *entropy;
	const size_t *bytes; /* [n] of the actions as text */
	struct pool *demos;  /* with which responses are compared */
	bool marks;          /* samples have to be right or wrong */
	struct buf *lines;   /* takes a line for each record */
};

enum { TALLY_PASSES = 16, TALLY_DIVERGENCES = 64 };

/* Which measures with a parameter are reported. */
struct tally_wanted {
	struct measures_row divergence[TALLY_DIVERGENCES];
	size_t divergences;
	uint64_t pass[TALLY_PASSES]; /* k of pass@k */
	size_t passes;
};

/* Add to a struct tally_wanted what a text names; -1: not known, or too many.
 */
must_use int tally_want_divergence(const char *, void *wanted);
must_use int tally_want_pass(const char *, void *wanted);

void tally_init(struct tally *);
void tally_release(struct tally *);
/*
 * Tokens are compared with those of other segments and of demonstrations (NULL:
 * none); -1 where the tokenizer is another.
 */
must_use int tally_check(struct tally *, const struct traj_segment *,
    const struct pool *demos);
/*
 * A sample is right if it equals a demonstration of its group, or without
 * demonstrations if its score is above 0.  -1 names a record that is neither
 * right nor wrong where marks are needed.
 */
must_use int tally_add(struct tally *, const struct traj_segment *,
    const struct tally_known *);
void tally_report(const struct tally *, const struct tally_wanted *,
    struct measures *);

#endif
