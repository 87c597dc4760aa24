/* SPDX-License-Identifier: MIT */
/*
 * verdict: which of several policies to keep, by their likelihood of the same
 * held-out demonstrations.
 *
 * The caller fills in the demonstrations, summed by prompt, and for each policy
 * a row down to self_bleu; verdict_judge computes the rest.  A difference is
 * the row's nats per token less those of the strongest control, which is the
 * control with the fewest: below 0 is better.  The candidate with the fewest
 * nats is kept if the interval of its difference is below 0 altogether, and
 * else the strongest control.
 *
 * Numbers that do not exist are NaN.  The caller releases what it gave.
 */
#ifndef EVAL_VERDICT_H
#define EVAL_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct verdict_row {
	const char *name, *policy; /* borrowed */
	bool control;
	const double *nll; /* [prompts] nats, weighted; borrowed */
	double length, distinct_2, self_bleu; /* of samples */
	double nll_token, nll_token_se, nll_trajectory;
	double difference, low, high; /* of the strongest control: NaN */
};

struct verdict {
	const char *held; /* borrowed */
	size_t prompts;
	const double *actions;     /* [prompts] tokens, weighted; borrowed */
	double weight;             /* of all trajectories */
	double length, distinct_2; /* of the demonstrations */
	struct verdict_row *row;   /* [rows], of which a control is one */
	size_t rows;
	size_t strongest, keep; /* rows */
	bool better;            /* keep is a candidate */
};

/* Compute; the bootstrap is a function of the seed. */
void verdict_judge(struct verdict *, uint64_t seed);
/* One sentence without a newline. */
void verdict_sentence(const struct verdict *, struct buf *);
/* A JSON object and a newline; lines of a table, and the sentence. */
void verdict_json(const struct verdict *, struct buf *);
void verdict_table(const struct verdict *, struct buf *);

#endif
