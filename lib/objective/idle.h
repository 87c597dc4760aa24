/* SPDX-License-Identifier: MIT */
/*
 * idle: which settings of a gradient (divgrad(1)) have no effect beside the
 * others, so that they can be refused.  Each function returns why, such as
 * "without -d kto", or NULL if the setting has an effect.
 */
#ifndef OBJECTIVE_IDLE_H
#define OBJECTIVE_IDLE_H

#include <stdbool.h>

#include "objective/objectivegrad.h"

/* The settings so far, borrowed. */
struct idle {
	const struct objective_settings *choice;
	const struct objectivegrad_options *options;
	const int *level;         /* an enum credit_level */
	const int *estimator;     /* an enum credit_estimator */
	const bool *future_given; /* the discount is not the default */
};

bool idle_has_teacher(const struct idle *);
/* The expert is each demonstration; logits / T need no other expert. */
bool idle_one_hot(const struct idle *);

const char *idle_preferences(const struct idle *);
const char *idle_divergence(const struct idle *);
const char *idle_reference(const struct idle *);
const char *idle_tempered(const struct idle *);
const char *idle_margin(const struct idle *);
const char *idle_single(const struct idle *);
const char *idle_clip(const struct idle *);
const char *idle_credit(const struct idle *);
const char *idle_level(const struct idle *);
const char *idle_teachers(const struct idle *);
const char *idle_dropout(const struct idle *);
const char *idle_future(const struct idle *);

#endif
