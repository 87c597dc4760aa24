/* SPDX-License-Identifier: MIT */
/*
 * adamw: one update of the parameters, and the learning rate's schedule.
 *
 * AdamW (Loshchilov & Hutter 2019, Algorithm 2), SGD and Lion (Chen et al.
 * 2023) are rows of one table.  Weight decay is decoupled and acts on tensors
 * of two dimensions only.  Tensors without gradient (touched[i] false) keep
 * their weights and moments.  Elements are updated independently, so results
 * do not depend on the number of threads.
 */
#ifndef OPTIM_ADAMW_H
#define OPTIM_ADAMW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "nn/params.h"

enum optimizer { OPTIMIZER_ADAMW, OPTIMIZER_SGD, OPTIMIZER_LION };
enum schedule { SCHEDULE_CONSTANT, SCHEDULE_COSINE, SCHEDULE_LINEAR };
/* Their names by value, and NULL after the last. */
extern const char *const optimizer_names[], *const schedule_names[];

struct update {
	enum optimizer optimizer;
	double lr, beta1, beta2, eps, decay;
	double scale; /* on the gradient: 1, or clip / norm */
	uint64_t t;   /* updates made before this one: bias correction */
};

/*
 * The learning rate at step t (from 0): lr * (t+1)/warmup for t < warmup; then
 * it falls by the schedule to floor * lr at `steps`, and stays there.
 */
double schedule_lr(enum schedule, double lr, uint64_t t, uint64_t warmup,
    uint64_t steps, double floor);
/*
 * The square root of the sum of squares, in double; the same for any number of
 * threads.  touched[tensors]: other tensors count as 0; NULL: all count.
 */
double gradient_norm(const struct params *d, const bool *touched);
/*
 * Update w, m and v in place, in the tensors touched[tensors] (NULL: in all).
 * m and v may be NULL if the optimizer has no such moment.
 */
void update_apply(const struct update *, struct params *w,
    const struct params *d, struct params *m, struct params *v,
    const bool *touched);
/* How many moments an optimizer keeps: adamw 2, lion 1, sgd 0. */
size_t optimizer_moments(enum optimizer);
/*
 * Set beta1 and beta2 of a struct update from "B1,B2", each in [0, 1); -1: the
 * reason.  The type is that of a parse function of options.
 */
must_use int update_parse_betas(const char *, void *update);

#endif
