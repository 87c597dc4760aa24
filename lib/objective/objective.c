/* SPDX-License-Identifier: MIT */
#include "objective/objective.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "objective/distill.h"
#include "objective/imitation.h"
#include "objective/policygrad.h"

static const struct objective_row rows[] = {
	{ "reward", "trajectory", .coefficients = policygrad,
	    .character = "the score is a reward, to be maximised" },
	{ "dpo", "pair", .pairs = true, .asked = true, .beta = 0.1,
	    .coefficients = preference_dpo,
	    .character = "direct preference optimisation" },
	{ "ipo", "pair", .pairs = true, .asked = true, .beta = 0.1,
	    .coefficients = preference_ipo,
	    .character = "the same with a squared loss, which saturates" },
	{ "spin", "pair", .pairs = true, .beta = 1,
	    .coefficients = preference_spin,
	    .character = "self-play: demonstrations over own samples" },
	{ "iq", "token", .parameter = { "LAMBDA", 0, 1e6 },
	    .coefficients = imitation_iq,
	    .character = "likelihood, with the implied reward kept small" },
	{ "prefix", "token", .coefficients = imitation_prefix,
	    .character = "likelihood, early actions first" },
};

/* What every divergence is, and with a teacher, and fkl of demonstrations. */
static const struct objective_row divergences = { NULL, "trajectory",
	.coefficients = policygrad };
static const struct objective_row taught = { NULL, "token",
	.coefficients = distill };
static const struct objective_row demonstrations = { NULL, "token",
	.coefficients = imitation_sft };

const struct objective_row *
objective_rows(size_t *n)
{
	*n = sizeof rows / sizeof rows[0];
	return rows;
}

void
objective_names(struct buf *list)
{
	size_t i;

	divergence_names(list);
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
		parameter_list(&rows[i].parameter, rows[i].name, list);
}

/* Without annealing. */
static int
parse_plain(const char *text, struct objective *c)
{
	struct buf list = { 0 };
	size_t i;

	*c = (struct objective){ .row = &divergences };
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (parameter_follows(text, rows[i].name)) {
			c->row = &rows[i];
			return parameter_parse(&rows[i].parameter, text, &c->a);
		}
	if (divergence_parse(text, &c->divergence) == 0) {
		c->a = c->divergence.a;
		return 0;
	}
	if (divergence_known(text))
		return -1;
	objective_names(&list);
	(void)fail("%s: not one of %s", text, buf_text(&list));
	buf_release(&list);
	return -1;
}

/* "NAME:A..B/N": NAME:A, then NAME:B, then N, all in a copy of the text. */
static int
parse_annealed(char *text, struct objective *c)
{
	char *dots = strstr(text, ".."), *slash = strrchr(text, '/'), *at;
	struct objective to;
	uint64_t steps;
	size_t n;

	if (slash == NULL || slash < dots)
		return fail("over how many steps is not said, as in "
			    "alpha:1..0/400");
	*slash = *dots = '\0';
	if (parse_plain(text, c) != 0)
		return -1;
	n = (size_t)(strchr(text, ':') - text) + 1;
	at = dots + 2 - n; /* the name again, in front of B */
	memmove(at, text, n);
	if (parse_plain(at, &to) != 0 ||
	    num_u64(slash + 1, 1, 1000000000, &steps) != 0)
		return -1;
	c->to = to.a;
	c->steps = steps;
	return 0;
}

int
objective_parse(const char *text, struct objective *c)
{
	const char *colon = strchr(text, ':');
	char *copy;
	int rc;

	if (colon == NULL || strstr(colon, "..") == NULL) {
		rc = parse_plain(text, c);
	} else {
		copy = mem_dup(text, strlen(text));
		rc = parse_annealed(copy, c);
		free(copy);
	}
	c->name = text;
	return rc;
}

struct objective
objective_at(const struct objective *c, uint64_t step)
{
	struct objective now = *c;

	if (c->steps > 0)
		now.a = step >= c->steps ?
		    c->to :
		    c->a + (c->to - c->a) * (double)step / (double)c->steps;
	now.steps = 0;
	now.divergence.a = now.a;
	return now;
}

bool
objective_has_parameter(const struct objective *c)
{
	const struct parameter *p = c->divergence.row != NULL ?
	    &c->divergence.row->parameter :
	    &c->row->parameter;

	return p->letter != NULL;
}

const struct objective_row *
objective_row_of(const struct objective_settings *o,
    const struct traj_segment *s)
{
	const struct objective *c = &o->objective;
	size_t i;

	if (o->regularizers != NULL && regularizers_teach(o->regularizers))
		return &taught;
	if (c->divergence.row == NULL || !c->divergence.row->likelihood ||
	    o->credit.estimator != ESTIMATE_AUTO)
		return c->row;
	for (i = 0; i < s->n; i++)
		if (s->t[i].role != ROLE_EXPERT)
			return c->row;
	return &demonstrations;
}
