/* SPDX-License-Identifier: MIT */
#include "optim/stepmetrics.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "io/json.h"

enum { TOKENS_MAX = 1 << 30 }; /* of one objective in one step */

/* Flat keys: the mean of a stat, or of two; or the ratio of two sums. */
static const struct flat {
	const char *key, *stat, *also, *per;
} flats[] = {
	{ "epoch", "trajcat.epoch" },
	{ "entropy", "divgrad.entropy", .per = "divgrad.actions" },
	{ "reward", "divgrad.reward" },
	{ "rewards/margins", "divgrad.margin" },
	{ "rewards/accuracies", "divgrad.accuracy" },
	{ "discriminator/accuracy", "discrim.acc_expert",
	    .also = "discrim.acc_policy" },
	{ "samples/ended", "rollout.ended" },
	{ "samples/length", "rollout.length" },
};

/* Append a key and its number, if that is finite. */
static void
put(struct buf *out, const char *key, double x)
{
	if (!isfinite(x))
		return;
	buf_addc(out, ',');
	json_put_string(out, key, strlen(key));
	buf_addc(out, ':');
	json_put_double(out, x);
}

static double
value_of(const struct gradient_metadata *o, const struct flat *f)
{
	const double x = metadata_mean(o, f->stat);

	if (f->also != NULL)
		return (x + metadata_mean(o, f->also)) / 2;
	return f->per != NULL ? x / metadata_mean(o, f->per) : x;
}

static void
put_flats(const struct gradient_metadata *o, size_t n, struct buf *out)
{
	const struct flat *f;
	size_t i;

	for (f = flats; f < flats + sizeof flats / sizeof *flats; f++) {
		for (i = 0; i < n && !isfinite(value_of(&o[i], f)); i++)
			continue;
		if (i < n)
			put(out, f->key, value_of(&o[i], f));
	}
}

double
metrics_loss(const struct gradient_metadata *o, size_t n)
{
	double loss = n > 0 ? 0 : (double)NAN;
	size_t i;

	for (i = 0; i < n; i++)
		loss += o[i].weight * metadata_mean(&o[i], "divgrad.loss");
	return loss;
}

/*
 * Whether a key has another meaning, or is in the line already, which is keys
 * and numbers so far.
 */
static bool
is_taken(const struct buf *line, size_t from, const char *key)
{
	const struct flat *f = flats, *end = flats + sizeof flats / sizeof *f;
	struct buf quoted = { 0 };
	bool has;

	while (f < end && strcmp(f->key, key) != 0)
		f++;
	if (f < end || strcmp(key, "loss") == 0 ||
	    strcmp(key, "objectives") == 0)
		return true;
	json_put_string(&quoted, key, strlen(key));
	buf_addc(&quoted, ':');
	has =
	    memmem(line->p + from, line->n - from, quoted.p, quoted.n) != NULL;
	buf_release(&quoted);
	return has;
}

/* What follows the prefix of a name; NULL without one. */
static const char *
after_prefix(const char *name)
{
	const char *const prefixes[] = { gradient_of_teacher,
		gradient_of_onehot };
	size_t i, n;

	for (i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (strncmp(name, prefixes[i], n = strlen(prefixes[i])) == 0)
			return name + n;
	return NULL;
}

/*
 * The divergence that an objective minimizes, under the name of that.  Where
 * the expert is known at every action, it is the loss.
 */
static void
put_divergence(const struct gradient_metadata *o, size_t from, struct buf *out)
{
	const char *known = after_prefix(o->name);
	const char *name = known != NULL ? known : o->name;

	if (!is_taken(out, from, name))
		put(out, name,
		    metadata_mean(o,
			known != NULL ? "divgrad.loss" : "divgrad.divergence"));
}

uint64_t
metrics_tokens(const struct gradient_metadata *o, size_t n)
{
	uint64_t tokens = 0;
	double x;
	size_t i;

	for (i = 0; i < n; i++) {
		x = metadata_mean(&o[i], "divgrad.tokens") * o[i].units;
		if (x > 0)
			tokens += (uint64_t)llround(fmin(x, TOKENS_MAX));
	}
	return tokens;
}

void
metrics_json(const struct metrics *m, const struct gradient_metadata *o,
    size_t n, struct buf *out)
{
	const size_t from = out->n;
	size_t i;

	buf_addf(out, "{\"step\":%llu,\"time\":", (unsigned long long)m->step);
	json_put_double(out, clock_date());
	put(out, "lr", m->lr);
	buf_adds(out, ",\"grad_norm\":");
	metadata_number(out, m->norm);
	buf_addf(out, ",\"clipped\":%s,\"skipped\":%s",
	    m->clipped ? "true" : "false", m->skipped ? "true" : "false");
	put(out, "learning_rate", m->lr);
	put(out, "seconds", m->seconds);
	buf_addf(out, ",\"num_tokens\":%llu", (unsigned long long)m->tokens);
	put(out, "loss", metrics_loss(o, n));
	put_flats(o, n, out);
	for (i = 0; i < n; i++)
		put_divergence(&o[i], from, out);
	buf_adds(out, ",\"objectives\":[");
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(out, ',');
		metadata_json(&o[i], out);
	}
	buf_adds(out, "]}\n");
}
