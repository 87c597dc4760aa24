/* SPDX-License-Identifier: MIT */
#include "objective/objective.h"

#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "objective/distill.h"
#include "objective/imitation.h"
#include "objective/onehot.h"
#include "objective/policygrad.h"
#include "objective/preference.h"
#include "objective/preferenceloss.h"
#include "objective/regularizers.h"

/* of: UNIT_PAIR, or UNIT_SINGLE for trajectories that are good or bad */
#define PREFERENCE(of, better, worse) \
	.unit = (of), .roles = { better, worse }, .coefficients = preference
#define DEMONSTRATIONS .unit = UNIT_TOKEN, .roles = { ROLE_EXPERT }

static const struct objective_row rows[] = {
	/* maximize the score, a reward */
	{ "reward", UNIT_TRAJECTORY, .scores = true,
	    .coefficients = policygrad },
	/* direct preference optimization */
	{ "dpo", PREFERENCE(UNIT_PAIR, ROLE_CHOSEN, ROLE_REJECTED),
	    .reference = REFERENCE_GIVEN, .beta = 0.1,
	    .loss = preferenceloss_logistic },
	/* DPO with a squared loss, which saturates */
	{ "ipo", PREFERENCE(UNIT_PAIR, ROLE_CHOSEN, ROLE_REJECTED),
	    .reference = REFERENCE_GIVEN, .beta = 0.1,
	    .loss = preferenceloss_squared },
	/* mean log-probabilities of an action, without a reference */
	{ "simpo", PREFERENCE(UNIT_PAIR, ROLE_CHOSEN, ROLE_REJECTED),
	    .per_token = true, .beta = 2, .margin = 0.5,
	    .loss = preferenceloss_logistic },
	/* likelihood of the chosen, and the ratio of odds */
	{ "orpo", PREFERENCE(UNIT_PAIR, ROLE_CHOSEN, ROLE_REJECTED),
	    .per_token = true, .beta = 0.1, .loss = preferenceloss_odds },
	/* single trajectories that are labelled good or bad */
	{ "kto", PREFERENCE(UNIT_SINGLE, ROLE_CHOSEN, ROLE_REJECTED),
	    .reference = REFERENCE_GIVEN, .beta = 0.1,
	    .loss = preferenceloss_value },
	/* self-play: demonstrations over own samples */
	{ "spin", PREFERENCE(UNIT_PAIR, ROLE_EXPERT, ROLE_POLICY),
	    .reference = REFERENCE_SAMPLER, .beta = 1,
	    .loss = preferenceloss_logistic },
	/* likelihood, with the implied reward kept small */
	{ "iq", DEMONSTRATIONS, .parameter = { "LAMBDA", 0, 1e6 },
	    .coefficients = imitation_iq },
	/* likelihood, early actions first */
	{ "prefix", DEMONSTRATIONS, .coefficients = imitation_prefix },
};
enum { ROWS = sizeof rows / sizeof rows[0] };

/*
 * Rows without a name: of any divergence, with a teacher, SFT, and with one-hot
 * demonstrations.
 */
static const struct objective_row divergence_row = { .unit = UNIT_TRAJECTORY,
	.scores = true,
	.coefficients = policygrad };
static const struct objective_row teacher_row = { .unit = UNIT_TOKEN,
	.coefficients = distill };
static const struct objective_row sft_row = { DEMONSTRATIONS,
	.coefficients = imitation_sft };
static const struct objective_row onehot_row = { DEMONSTRATIONS,
	.coefficients = imitation_onehot };

const struct objective_row *
objective_rows(size_t *n)
{
	*n = ROWS;
	return rows;
}

void
objective_names(struct buf *list)
{
	size_t i;

	divergence_names(list);
	for (i = 0; i < ROWS; i++)
		parameter_list(&rows[i].parameter, rows[i].name, list);
}

/* ---- reading a name */

/* NAME or NAME:A. */
static int
parse_constant(const char *text, struct objective *o)
{
	struct buf list = { 0 };
	size_t i;

	*o = (struct objective){ .row = &divergence_row };
	for (i = 0; i < ROWS; i++)
		if (parameter_follows(text, rows[i].name)) {
			o->row = &rows[i];
			return parameter_parse(&rows[i].parameter, text, &o->a);
		}
	if (divergence_parse(text, &o->divergence) == 0) {
		o->a = o->divergence.a;
		return 0;
	}
	if (divergence_known(text))
		return -1;
	objective_names(&list);
	(void)fail("%s: not one of %s", text, buf_text(&list));
	buf_release(&list);
	return -1;
}

/* NAME:A..B/N as NAME:A, then NAME:B, then N; dots: where ".." stands. */
static int
parse_annealed(const char *text, const char *dots, struct objective *o)
{
	const char *slash = strchr(dots, '/');
	struct buf from = { 0 }, to = { 0 };
	struct objective end = { 0 };
	uint64_t steps = 0;
	int rc;

	if (slash == NULL)
		return fail("the number of steps is missing, as in "
			    "alpha:1..0/400");
	buf_add(&from, text, (size_t)(dots - text));
	buf_add(&to, text, strcspn(text, ":") + 1);
	buf_add(&to, dots + 2, (size_t)(slash - dots) - 2);
	rc = parse_constant(buf_text(&from), o);
	if (rc == 0)
		rc = parse_constant(buf_text(&to), &end);
	if (rc == 0)
		rc = num_u64(slash + 1, 1, 1000000000, &steps);
	o->to = end.a;
	o->steps = steps;
	buf_release(&from);
	buf_release(&to);
	return rc;
}

int
objective_parse(const char *text, void *objective)
{
	struct objective *o = objective;
	const char *colon = strchr(text, ':');
	const char *dots = colon != NULL ? strstr(colon, "..") : NULL;
	int rc = dots != NULL ? parse_annealed(text, dots, o) :
				parse_constant(text, o);

	o->name = text;
	return rc;
}

bool
objective_is_likelihood(const struct objective *o)
{
	return o->divergence.row != NULL && o->divergence.row->likelihood;
}

int
objective_one_hot(const struct objective *o)
{
	struct divergence end = o->divergence;
	struct onehot unused;

	if (onehot_init(&unused, &end, 1, 0) != 0)
		return -1;
	end.a = o->steps > 0 ? o->to : end.a;
	return onehot_init(&unused, &end, 1, 0);
}

const struct objective_row *
objective_row_of(const struct objective_settings *settings,
    const struct traj_segment *s)
{
	const struct objective *o = &settings->objective;
	size_t i;

	if (settings->regularizers != NULL &&
	    regularizers_teach(settings->regularizers))
		return &teacher_row;
	if (settings->one_hot)
		return settings->regularizers != NULL &&
			regularizers_one_hot(settings->regularizers) ?
		    &onehot_row :
		    &sft_row;
	if (!objective_is_likelihood(o) ||
	    settings->credit.estimator != ESTIMATE_AUTO)
		return o->row;
	for (i = 0; i < s->n; i++)
		if (s->t[i].role != ROLE_EXPERT)
			return o->row;
	return &sft_row;
}
