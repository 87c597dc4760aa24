/* SPDX-License-Identifier: MIT */
/*
 * adamw: one update of the parameters, and the learning rate's schedule.
 *
 * AdamW (Loshchilov & Hutter 2019, Algorithm 2), SGD, Lion (Chen et al.
 * 2023) are rows of one table.  Weight decay is decoupled and acts on
 * tensors of two dimensions only.  Tensors without gradient (touched[i]
 * false) stay as they are, and so do their moments.  Every element is
 * worked on alone, so results do not depend on the number of threads.
 */
#ifndef OPTIM_ADAMW_H
#define OPTIM_ADAMW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/params.h"

enum optimizer { OPTIMIZER_ADAMW, OPTIMIZER_SGD, OPTIMIZER_LION };
enum schedule { SCHEDULE_CONSTANT, SCHEDULE_COSINE, SCHEDULE_LINEAR };

struct update {
	enum optimizer optimizer;
	double lr, beta1, beta2, eps, decay;
	double scale; /* on the gradient: 1, or clip / norm */
	uint64_t t;   /* updates made before this one: bias correction */
};

/*
 * lr at step t (from 0): (t+1)/warmup of it for t < warmup, then from
 * warmup to steps down to floor * lr by the schedule, and there it stays.
 */
double schedule_lr(enum schedule, double lr, uint64_t t, uint64_t warmup,
    uint64_t steps, double floor);
/*
 * sqrt of the sum of squares, in double; the same for any thread count.
 * touched[tensors], or NULL for all: others count as 0.
 */
double gradient_norm(const struct params *d, const bool *touched);
/*
 * w, m, v in place; touched[tensors], or NULL for all.  m, v may be NULL
 * where the optimiser has none.
 */
void update_apply(const struct update *, struct params *w,
    const struct params *d, struct params *m, struct params *v,
    const bool *touched);
/* How many moments an optimiser keeps: adamw 2, lion 1, sgd 0. */
size_t optimizer_moments(enum optimizer);
const char *optimizer_name(enum optimizer);

#endif
