/* SPDX-License-Identifier: MIT */
/*
 * plan: what a piece of work will take, added up before it is done.
 *
 * Sizes come from the functions that allocate (activations_floats,
 * packed_sizes, head_floats, ...), and seconds from probe.h.  Memory is what
 * the system counts as resident, pages of mapped weights included.
 *
 *	plan_see(&plan, V, tokens, n);        // of all trajectories
 *	m = plan_model(&plan, &ckpt, PLAN_BACKWARD_TOO, 0);
 *	plan_passes(m, &passes);              // likelihood_plan
 *	plan.bytes[PLAN_GRADIENTS] += ...;    // what belongs to no model
 *	plan_write(&plan, json, &text);
 *	plan_release(&plan);
 *
 * Models are packed in the order in which they are used first.  So before its
 * first pass a model has in memory what was read to check it, and afterwards
 * what its passes need; the peak is that of the fullest moment.
 */
#ifndef NN_PLAN_H
#define NN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/texts.h"
#include "nn/ckpt.h"
#include "nn/pack.h"

enum plan_part {
	PLAN_WEIGHTS, /* pages of the files' maps */
	PLAN_PACKED,  /* copies of matrices in the kernels' layout */
	PLAN_ACTIVATIONS,
	PLAN_LOGITS,
	PLAN_CACHE, /* keys and values */
	PLAN_GRADIENTS,
	PLAN_OPTIMIZER, /* a trainer: its weights, gradient, moments, average */
	PLAN_RECORDS,   /* trajectories */
	PLAN_SCRATCH,   /* of threads, in products */
	PLAN_PROGRAM,   /* code, libraries, buffers of streams */
	PLAN_PARTS
};

enum plan_stage {
	PLAN_OPEN, /* read and check the weights */
	PLAN_PACK,
	PLAN_PROMPTS,
	PLAN_SAMPLING,
	PLAN_FORWARD,
	PLAN_HEAD, /* both ways */
	PLAN_BACKWARD,
	PLAN_OUTPUT, /* write gradients or weights */
	PLAN_STAGES
};

/* Passes of one kind over some packs. */
struct plan_passes {
	size_t activations, logits; /* most bytes */
	size_t micro;               /* most tokens of a pack */
	double packs;               /* how many */
	double tokens, rows;        /* sums; rows of the head */
	double pairs;               /* a token and one that it attends to */
};

/* How a model is used: sampled from, or by passes one or both ways. */
enum plan_use { PLAN_DECODE, PLAN_EVALUATE, PLAN_BACKWARD_TOO };

struct plan_model {
	double opened; /* bytes before its first pass */
	struct {
		double weights, packed;
	} packing;                /* the fullest moment of packing; or zero */
	double bytes[PLAN_PARTS]; /* from then on */
};

/* A policy, what it is compared with, and several that are one. */
enum { PLAN_MODELS = 3 + TEXTS_MOST };

struct plan {
	size_t segments, trajectories, tokens, longest;
	size_t micro, samples; /* largest micro-batch; 0: not of this tool */
	bool *seen;            /* [V]: the tokens that occur */
	size_t V;
	struct plan_model model[PLAN_MODELS]; /* in the order of first use */
	size_t models;
	double bytes[PLAN_PARTS]; /* of no model */
	double seconds[PLAN_STAGES];
};

/* Note a trajectory; tokens beyond V are left out. */
void plan_see(struct plan *, size_t V, const uint32_t *tokens, size_t n);
/*
 * Add a model, after all tokens have been seen; drawn: tokens more that may
 * occur.  Borrowed until the next one is added.
 */
struct plan_model *plan_model(struct plan *, const struct ckpt *, enum plan_use,
    size_t drawn);
/* What its passes need; without any, the model stays as it was opened. */
void plan_passes(struct plan_model *, const struct plan_passes *);
/* Positions that the tokens of a pack attend to, in all. */
double plan_pairs(const struct pack *);
/* Add `times` passes like these. */
void plan_passes_add(struct plan_passes *, const struct plan_passes *,
    double times);
/* Add the program itself, and scratch; blas: backward passes in F32. */
void plan_program(struct plan *, bool blas);
/* The parts at the peak, and their sum. */
double plan_peak(const struct plan *, double bytes[PLAN_PARTS]);
double plan_seconds(const struct plan *);
/* Append it as lines of text, or as one JSON object in a line. */
void plan_write(const struct plan *, bool json, struct buf *);
void plan_release(struct plan *);

#endif
