/* SPDX-License-Identifier: MIT */
/*
 * idle: which settings of a gradient (objectivegrad.h) have no effect beside
 * the others, and why, so that they can be refused.
 */
#ifndef OBJECTIVE_IDLE_H
#define OBJECTIVE_IDLE_H

#include <stdbool.h>

#include "objective/objectivegrad.h"

/* The members that are asked about, alone or together. */
enum idle_setting {
	SETTING_PREFERENCE,  /* all of the preference */
	SETTING_MARGIN,      /* its margin */
	SETTING_UNDESIRABLE, /* its weight of the rejected */
	SETTING_REGULARIZER, /* its f */
	SETTING_EXPERT,      /* teachers, cached, one_hot */
	SETTING_MIX,
	SETTING_TEMPERATURE,
	SETTING_CREDIT, /* estimator, baseline, scale, ratio_clip */
	SETTING_LEVEL,
	SETTING_FUTURE,
	SETTING_CLIP,
	SETTING_DROPOUT
};

enum idle_why {
	IDLE_NOT, /* the setting has an effect */
	/* the objective ... */
	IDLE_NO_PREFERENCE,
	IDLE_NO_DIVERGENCE,
	IDLE_NO_REFERENCE, /* has none */
	IDLE_NO_MARGIN,    /* has none */
	IDLE_NO_SINGLES,   /* does not take single trajectories */
	IDLE_NO_CREDIT,    /* gives none */
	/* the other settings ... */
	IDLE_NO_LOGITS,   /* no expert is compared with the policy by logits */
	IDLE_NO_BOUND,    /* the regularizer of preferences does not explode */
	IDLE_NOW,         /* with a teacher, only the action itself counts */
	IDLE_BY_TOKEN,    /* a teacher's level is token */
	IDLE_ONE_TEACHER, /* or none */
	IDLE_SAMPLES,     /* samples are given credit */
	IDLE_LATER,       /* with a teacher, samples are given later credit */
	IDLE_NOT_BY_TOKEN /* the level is not token */
};

enum idle_why idle_why(const struct objective_settings *,
    const struct objectivegrad_options *, enum idle_setting);

#endif
