/* SPDX-License-Identifier: MIT */
#include "report/scored.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "report/runsample.h"

static void
add(struct scored_values *v, double x)
{
	if (!isfinite(x))
		return;
	v->x = mem_grow(v->x, &v->cap, v->n + 1, sizeof *v->x);
	v->x[v->n++] = x;
}

void
scored_add(struct scored *s, const struct rundir *d, bool rewards)
{
	const struct json *sample, *scores;
	enum scored_side side;
	size_t k, i;

	for (k = 0; k < d->samples; k++) {
		sample = d->sample[k];
		side = runsample_is_response(sample) ? SCORED_SAMPLE :
						       SCORED_DEMONSTRATION;
		if (runsample_is_rewarded(sample) != rewards ||
		    (side == SCORED_DEMONSTRATION &&
			!runsample_is_demonstration(sample)))
			continue;
		add(&s->whole[side], runsample_score(sample));
		if (runsample_is_calibrated(sample))
			add(&s->ratio[side], runsample_score(sample));
		if (!runsample_has_tokens(sample))
			continue;
		scores = json_get(sample, "scores");
		for (i = 0; i < json_count(scores); i++)
			add(&s->token[side],
			    json_number(json_at(scores, i), (double)NAN));
	}
}

void
scored_release(struct scored *s)
{
	size_t i;

	for (i = 0; i < SCORED_SIDES; i++) {
		free(s->token[i].x);
		free(s->whole[i].x);
		free(s->ratio[i].x);
	}
}

double
scored_mean(const struct scored_values *v)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < v->n; i++)
		sum += v->x[i] / (double)v->n;
	return v->n > 0 ? sum : (double)NAN;
}

double
scored_order(const struct scored *s)
{
	const struct scored_values *said = &s->whole[SCORED_SAMPLE];
	const struct scored_values *shown = &s->whole[SCORED_DEMONSTRATION];
	double above = 0;
	size_t i, k;

	for (i = 0; i < shown->n; i++)
		for (k = 0; k < said->n; k++)
			above += shown->x[i] > said->x[k] ? 1 :
			    shown->x[i] < said->x[k]      ? 0 :
							    0.5;
	return above / ((double)said->n * (double)shown->n);
}
