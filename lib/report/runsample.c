/* SPDX-License-Identifier: MIT */
#include "report/runsample.h"

#include <math.h>
#include <string.h>

/* Whether a member is this text. */
static bool
is(const struct json *sample, const char *key, const char *text)
{
	const char *value = json_text(json_get(sample, key), NULL);

	return value != NULL && strcmp(value, text) == 0;
}

bool
runsample_is_response(const struct json *s)
{
	return is(s, "role", "policy") &&
	    json_text(json_get(s, "response"), NULL) != NULL;
}

bool
runsample_is_demonstration(const struct json *s)
{
	return is(s, "role", "expert") || is(s, "role", "chosen");
}

static const struct json *
group_of(const struct json *s)
{
	const struct json *group = json_get(s, "group");

	return group != NULL ? group : json_get(s, "id");
}

static bool
same_text(const struct json *a, const struct json *b)
{
	size_t n = 0, m = 0;
	const char *s = json_text(a, &n), *t = json_text(b, &m);

	return s != NULL && t != NULL && n == m && memcmp(s, t, n) == 0;
}

bool
runsample_same_prompt(const struct json *a, const struct json *b)
{
	return same_text(group_of(a), group_of(b)) &&
	    same_text(json_get(a, "prompt"), json_get(b, "prompt"));
}

const struct json *
runsample_response(const struct rundir *d, const struct json *sample)
{
	size_t k;

	for (k = 0; k < d->samples; k++)
		if (runsample_is_response(d->sample[k]) &&
		    runsample_same_prompt(d->sample[k], sample))
			return d->sample[k];
	return NULL;
}

const struct json *
runsample_demonstration(const struct rundir *d, const struct json *response)
{
	size_t k;

	/* Of several turns the prompts differ, but the group is the same. */
	for (k = 0; k < d->samples; k++)
		if (runsample_is_demonstration(d->sample[k]) &&
		    same_text(group_of(d->sample[k]), group_of(response)))
			return d->sample[k];
	return NULL;
}

bool
runsample_is_rewarded(const struct json *s)
{
	return is(s, "ratio", "reward");
}

bool
runsample_is_calibrated(const struct json *s)
{
	return is(s, "ratio", "calibrated");
}

bool
runsample_has_tokens(const struct json *s)
{
	size_t n = json_count(json_get(s, "scores"));

	return n > 0 && n == json_count(json_get(s, "tokens"));
}

/* Context between actions has a score of null, which adds nothing. */
double
runsample_score(const struct json *s)
{
	const struct json *scores = json_get(s, "scores"), *x;
	double sum = 0;
	size_t i, n = 0;

	for (i = 0; i < json_count(scores); i++) {
		if (json_kind(x = json_at(scores, i)) == JSON_T_NULL)
			continue;
		sum += json_number(x, (double)NAN);
		n++;
	}
	return n > 0 && isfinite(sum) ? sum : (double)NAN;
}
