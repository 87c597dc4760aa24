/* SPDX-License-Identifier: MIT */
/*
 * probe: how long work on a policy takes, from a fraction of a second of it.
 *
 * The first layers of the policy (part.h) run the code that the work itself
 * runs, and each stage is timed.  A stage of the whole takes longer in the
 * ratio of multiplications or, when tokens are drawn, of weights read.
 *
 * The functions add seconds to a plan's stages.  They depend on the machine and
 * on what else it does.
 */
#ifndef NN_PROBE_H
#define NN_PROBE_H

#include <stdbool.h>

#include "nn/ckpt.h"
#include "nn/decode.h"
#include "nn/plan.h"

/* Seconds for each multiplication, and for each time that weights are read. */
struct probe_rate {
	double each, fixed;
};

struct probe {
	struct probe_rate forward, backward; /* of a layer */
	double head;                         /* for each multiplication */
	double open, pack;                   /* for each byte */
};

/*
 * Time passes over a policy, in micro-batches of up to `micro` tokens in
 * sequences of `length`; backward: both ways.  -1: BLAS is missing, or the
 * weights that it read are not finite.
 */
must_use int probe_passes(struct probe *, const struct ckpt *, size_t micro,
    size_t length, bool backward);
/* Add what passes, one or both ways, take. */
void probe_add(struct plan *, const struct probe *, const struct ckpt *,
    const struct plan_passes *, bool backward, bool recompute);
/* What is drawn: in how many steps, from how much. */
struct probe_draws {
	size_t slots;               /* samples at a time */
	double given, drawn, steps; /* tokens of prompts, of samples; steps */
	double attended;            /* positions, over all tokens drawn */
};
/* Time sampling from a policy, and add what it takes, opening included. */
must_use int probe_decode(struct plan *, const struct ckpt *,
    const struct decode_options *, const struct probe_draws *);
/* Add what opening a policy and packing it once take. */
void probe_add_open(struct plan *, const struct probe *, const struct ckpt *,
    bool decode);

/* ---- parts */

/* Weights of a layer. */
double probe_layer(const struct config *);
/* The rates of opening and packing a part of a policy. */
must_use int probe_open(struct probe *, const struct params *part,
    const struct config *, const char *weights, bool decode);

#endif
