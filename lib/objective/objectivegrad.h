/* SPDX-License-Identifier: MIT */
/*
 * objectivegrad: the gradient of an objective over a segment, and its way
 * into a gradient stream: what divgrad(1) does with each segment.
 *
 * The row of objective.h that fits the segment computes the coefficients; one
 * backward pass turns them, and the regularizers' terms, into a gradient.
 * Where trajectories that were cut off are masked, they are left out first;
 * preferences leave out the whole pair themselves.  If nothing is left of a
 * segment, it is still a step, whose gradient is zero.  Use:
 *
 *	objectivegrad_open(&g, &settings, &options, &policy);
 *	while (... a segment s ...)
 *		objectivegrad_send(&g, &s, out);
 *	objectivegrad_close(&g);
 */
#ifndef OBJECTIVE_OBJECTIVEGRAD_H
#define OBJECTIVE_OBJECTIVEGRAD_H

#include "base/err.h"
#include "gradient/gradient.h"
#include "likelihood/frozen.h"
#include "likelihood/likelihood.h"
#include "likelihood/teachers.h"
#include "nn/ckpt.h"
#include "objective/objective.h"
#include "traj/traj.h"

/*
 * d is zeroed and receives the sums over the segment, never means; the head
 * receives units and stats.  -1 names the record at fault.
 */
must_use int objectivegrad_sum(const struct objective_settings *,
    struct likelihood *, const struct ckpt *policy, const struct traj_segment *,
    struct params *d, struct gradient_head *);

/*
 * whole[n] = the trajectories of a segment that were not cut off, their insides
 * borrowed; returns how many.
 */
size_t objectivegrad_whole(const struct traj_segment *, struct traj *whole);

struct objectivegrad_options {
	struct texts teachers; /* directories */
	enum teachers_mix mix; /* of several */
	const char *ref;       /* a directory; NULL: none */
	bool cached;           /* the teacher is in the records */
	double temperature;    /* of teacher and policy */
	double kl, entropy;    /* beta of these terms */
	double weight;         /* of the objective in a joint one */
	const char *name;      /* there; NULL: that of the objective */
	uint64_t micro;        /* tokens of a micro-batch */
	bool recompute;        /* keep the layers' inputs alone */
	bool bf16;             /* type of the numbers sent */
	bool plan;             /* nothing will be sent: do not read weights, see
				  objectiveplan.h */
};

/*
 * A name by which apply-update is to tell the objective from another one like
 * it, into a const char *: what is not letters, digits, `.`, `-` and `_`, or is
 * too long for a header, fails.
 */
must_use int objectivegrad_parse_name(const char *text, void *name);
/* Whether the expert is a model, opened or in the records. */
bool objectivegrad_has_teacher(const struct objectivegrad_options *);
/*
 * Whether the expert is each demonstration: also where only a temperature is
 * set, for logits / T need no other expert.
 */
bool objectivegrad_one_hot(const struct objective_settings *,
    const struct objectivegrad_options *);

/* Owns the teacher, the reference, and memory for a segment's sums. */
struct objectivegrad {
	struct objective_settings settings;
	double weight;
	const char *name; /* borrowed */
	bool bf16, plan;
	struct ckpt *policy; /* borrowed */
	struct teachers *teacher;
	struct frozen *reference;
	struct likelihood *work;
	struct params d;     /* of the trained parameters */
	struct params whole; /* of all parameters; empty without adapters */
	struct params *back; /* d or whole: what a backward pass adds to */
};

/*
 * The settings are copied; what follows from others is filled in: regularizers,
 * reference, one_hot, the discount and the bound of preferences.
 * -1 names the model that cannot be used.
 */
must_use int objectivegrad_open(struct objectivegrad *,
    const struct objective_settings *, const struct objectivegrad_options *,
    struct ckpt *policy);
void objectivegrad_close(struct objectivegrad *);
/*
 * Check a segment against the policy and write its gradient; -1 names the
 * record at fault, also where its gradient is not finite.
 */
must_use int objectivegrad_send(struct objectivegrad *,
    const struct traj_segment *, struct stream_out *);

#endif
