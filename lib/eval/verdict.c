/* SPDX-License-Identifier: MIT */
#include "eval/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "eval/bootstrap.h"
#include "eval/ratio.h"
#include "io/json.h"

static double
sum_of(const double *x, size_t n)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += x[i];
	return sum;
}

/* The row with the fewest nats among controls, or candidates; or rows. */
static size_t
fewest(const struct verdict *v, bool controls)
{
	size_t best = v->rows, i;

	for (i = 0; i < v->rows; i++)
		if (v->row[i].control == controls &&
		    (best == v->rows ||
			v->row[i].nll_token < v->row[best].nll_token))
			best = i;
	return best;
}

static void
compare(const struct verdict *v, struct verdict_row *r, uint64_t seed)
{
	const struct verdict_row *control = &v->row[v->strongest];
	double *top = mem_alloc(v->prompts, sizeof *top);
	struct interval found;
	size_t i;

	for (i = 0; i < v->prompts; i++)
		top[i] = r->nll[i] - control->nll[i];
	found =
	    bootstrap_ratio(top, v->actions, v->prompts, BOOTSTRAP_DRAWS, seed);
	r->difference =
	    sum_of(top, v->prompts) / sum_of(v->actions, v->prompts);
	r->low = found.low;
	r->high = found.high;
	free(top);
}

/* Trajectories of one prompt count as one. */
static double
error_of(const struct verdict *v, const struct verdict_row *r)
{
	struct ratio q = { 0 };
	double error;
	size_t i;

	for (i = 0; i < v->prompts; i++)
		ratio_add(&q, i, r->nll[i], v->actions[i]);
	error = ratio_error(&q);
	ratio_release(&q);
	return error;
}

void
verdict_judge(struct verdict *v, uint64_t seed)
{
	double tokens = sum_of(v->actions, v->prompts), nats;
	struct verdict_row *r;
	size_t best, i;

	for (i = 0; i < v->rows; i++) {
		r = &v->row[i];
		nats = sum_of(r->nll, v->prompts);
		r->nll_token = nats / tokens;
		r->nll_trajectory = nats / v->weight;
		r->nll_token_se = error_of(v, r);
		r->difference = r->low = r->high = (double)NAN;
	}
	v->strongest = v->keep = fewest(v, true);
	for (i = 0; i < v->rows; i++)
		if (i != v->strongest)
			compare(v, &v->row[i], seed);
	best = fewest(v, false);
	v->better = best < v->rows && v->row[best].high < 0;
	if (v->better)
		v->keep = best;
}

static void
say_interval(const struct verdict *v, double low, double high, struct buf *b)
{
	if (isfinite(low))
		buf_addf(b, " (95 %% interval %.3f to %.3f, %zu prompts)", low,
		    high, v->prompts);
	else
		buf_adds(b, " (one prompt: no interval)");
}

void
verdict_sentence(const struct verdict *v, struct buf *b)
{
	const struct verdict_row *keep = &v->row[v->keep], *r;
	size_t best = fewest(v, false);

	if (best == v->rows) {
		buf_addf(b,
		    "%s: %.3f nats per token on %zu prompts, and no "
		    "policy beside the controls.",
		    keep->name, keep->nll_token, v->prompts);
		return;
	}
	r = &v->row[best];
	if (v->better) {
		buf_addf(b, "Keep %s: %.3f nats per token better than %s",
		    r->name, -r->difference, v->row[v->strongest].name);
		say_interval(v, -r->high, -r->low, b);
		buf_addc(b, '.');
		return;
	}
	buf_addf(b, "Keep %s: no policy is better than this control; ",
	    keep->name);
	if (r->difference < 0)
		buf_addf(b,
		    "%s comes to %.3f nats per token less, which may "
		    "be chance",
		    r->name, -r->difference);
	else
		buf_addf(b, "%s is %.3f nats per token worse", r->name,
		    r->difference);
	if (r->difference < 0)
		say_interval(v, -r->high, -r->low, b);
	else
		say_interval(v, r->low, r->high, b);
	buf_addc(b, '.');
}

static void
put_string(struct buf *b, const char *key, const char *value)
{
	buf_addf(b, "\"%s\": ", key);
	if (utf8_valid(value, strlen(value)))
		json_put_string(b, value, strlen(value));
	else
		json_put_string(b, "?", 1);
}

static void
put_number(struct buf *b, const char *key, double x)
{
	buf_addf(b, ", \"%s\": ", key);
	if (isfinite(x))
		json_put_double(b, x);
	else
		buf_adds(b, "null");
}

static void
put_row(struct buf *b, const struct verdict_row *r)
{
	buf_addc(b, '{');
	put_string(b, "name", r->name);
	buf_adds(b, ", ");
	put_string(b, "policy", r->policy);
	buf_addf(b, ", \"control\": %s", r->control ? "true" : "false");
	put_number(b, "nll_token", r->nll_token);
	put_number(b, "nll_token_se", r->nll_token_se);
	put_number(b, "nll_trajectory", r->nll_trajectory);
	put_number(b, "difference", r->difference);
	put_number(b, "low", r->low);
	put_number(b, "high", r->high);
	put_number(b, "length", r->length);
	put_number(b, "distinct_2", r->distinct_2);
	put_number(b, "self_bleu", r->self_bleu);
	buf_addc(b, '}');
}

void
verdict_json(const struct verdict *v, struct buf *b)
{
	struct buf sentence = { 0 };
	size_t i;

	verdict_sentence(v, &sentence);
	buf_addc(b, '{');
	put_string(b, "held", v->held);
	buf_addf(b, ", \"prompts\": %zu, \"rows\": [", v->prompts);
	for (i = 0; i < v->rows; i++) {
		buf_adds(b, i > 0 ? ", " : "");
		put_row(b, &v->row[i]);
	}
	buf_adds(b, "], ");
	put_string(b, "keep", v->row[v->keep].name);
	buf_adds(b, ", ");
	put_string(b, "sentence", buf_text(&sentence));
	buf_adds(b, "}\n");
	buf_release(&sentence);
}

static void
put_cell(struct buf *b, double x, int width, int decimals)
{
	if (isfinite(x))
		buf_addf(b, "%*.*f", width, decimals, x);
	else
		buf_addf(b, "%*s", width, "-");
}

static void
put_line(struct buf *b, const struct verdict_row *r, int width)
{
	buf_addf(b, "%-*s", width, r->name);
	put_cell(b, r->nll_token, 9, 3);
	put_cell(b, r->nll_token_se, 8, 3);
	put_cell(b, r->difference, 9, 3);
	put_cell(b, r->low, 9, 3);
	put_cell(b, r->high, 8, 3);
	put_cell(b, r->nll_trajectory, 10, 2);
	put_cell(b, r->length, 8, 1);
	put_cell(b, r->distinct_2, 8, 3);
	put_cell(b, r->self_bleu, 8, 3);
	buf_adds(b, r->control ? "  control\n" : "\n");
}

void
verdict_table(const struct verdict *v, struct buf *b)
{
	struct verdict_row demos = { .name = "demonstrations" };
	int width = (int)strlen(demos.name), wide;
	size_t i;

	for (i = 0; i < v->rows; i++) {
		wide = (int)strlen(v->row[i].name);
		width = wide > width ? wide : width;
	}
	buf_addf(b, "%-*s%9s%8s%9s%9s%8s%10s%8s%8s%8s\n", width, "", "nats/tok",
	    "+-", "differs", "from", "to", "nats/traj", "length", "dist-2",
	    "s-BLEU");
	demos.nll_token = demos.nll_token_se = demos.nll_trajectory =
	    demos.difference = demos.low = demos.high = demos.self_bleu =
		(double)NAN;
	demos.length = v->length;
	demos.distinct_2 = v->distinct_2;
	put_line(b, &demos, width);
	for (i = 0; i < v->rows; i++)
		put_line(b, &v->row[i], width);
	buf_addc(b, '\n');
	verdict_sentence(v, b);
	buf_addc(b, '\n');
}
