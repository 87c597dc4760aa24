/* SPDX-License-Identifier: MIT */
/*
 * The table of runs, and the sentence that they allow where nothing compares
 * them with a control: which has the lowest held-out loss.  Runs that differ
 * only in the seed are judged by their mean.
 */
#include <math.h>
#include <string.h>

#include "eval/seeds.h"
#include "report/html.h"
#include "report/page_parts.h"

double
runtable_held_first(const struct rundir *d)
{
	const struct column *c = columns_find(&d->held, "nll_token");
	double x = rundir_number(d, "/summary/held_first");

	return isfinite(x) || c == NULL || c->n == 0 ? x : c->y[0];
}

/* The lowest point of the held-out curve. */
static size_t
lowest(const struct column *c)
{
	size_t best = 0, i;

	for (i = 1; i < c->n; i++)
		if (c->y[i] < c->y[best])
			best = i;
	return best;
}

double
runtable_held_best(const struct rundir *d)
{
	const struct column *c = columns_find(&d->held, "nll_token");
	double x = rundir_number(d, "/summary/held_best");

	return isfinite(x) || c == NULL || c->n == 0 ? x : c->y[lowest(c)];
}

static double
best_step(const struct rundir *d)
{
	const struct column *c = columns_find(&d->held, "nll_token");
	double x = rundir_number(d, "/summary/best_step");

	return isfinite(x) || c == NULL || c->n == 0 ? x : c->x[lowest(c)];
}

static double
steps_of(const struct rundir *d)
{
	double x = rundir_number(d, "/summary/steps");

	return isfinite(x) || d->metrics.lines == 0 ? x :
						      (double)d->metrics.lines;
}

static double
loss_of(const struct rundir *d, bool last)
{
	const struct column *c = columns_find(&d->metrics, "loss");
	double x = rundir_number(d,
	    last ? "/summary/loss_last" : "/summary/loss_first");

	if (isfinite(x) || c == NULL || c->n == 0)
		return x;
	return c->y[last ? c->n - 1 : 0];
}

/* The best held-out losses of a group's runs, those that have one. */
static struct seeds
seeds_of(const struct page *p, size_t group)
{
	struct seeds s = { 0 };
	size_t i;

	for (i = 0; i < p->runs; i++)
		if (p->of[i] == group)
			seeds_add(&s, runtable_held_best(&p->run[i]));
	return s;
}

static void
put_interval(struct buf *b, const struct seeds *s)
{
	double half = seeds_half_width(s);

	html_fixed(b, seeds_mean(s) - half, 3);
	buf_adds(b, " to ");
	html_fixed(b, seeds_mean(s) + half, 3);
}

static const struct rundir *
first_of(const struct page *p, size_t group)
{
	size_t i = 0;

	while (p->of[i] != group)
		i++;
	return &p->run[i];
}

/* The group of the lowest mean; p->groups where nothing was held out. */
static size_t
best_group(const struct page *p)
{
	double mean, least = HUGE_VAL;
	size_t g, best = p->groups;
	struct seeds s;

	for (g = 0; g < p->groups; g++) {
		s = seeds_of(p, g);
		mean = seeds_mean(&s);
		if (isfinite(mean) && mean < least) {
			least = mean;
			best = g;
		}
	}
	return best;
}

/* Whether nothing in the group is below its start. */
static bool
never_fell(const struct page *p, size_t group)
{
	const struct rundir *d;
	size_t i;

	for (i = 0; i < p->runs; i++) {
		d = &p->run[i];
		if (p->of[i] == group &&
		    !(runtable_held_best(d) >= runtable_held_first(d)))
			return false;
	}
	return true;
}

static void
say_held(const struct page *p, size_t group)
{
	const struct rundir *d = first_of(p, group);
	struct seeds s = seeds_of(p, group);
	struct buf *b = p->out;

	html_string(b, p->group[group].name);
	if (p->groups == 1 && never_fell(p, group)) {
		buf_adds(b,
		    ": no step has a lower held-out loss than the start, ");
		html_fixed(b, runtable_held_first(d), 3);
		buf_adds(b, " nats per token.");
		return;
	}
	buf_adds(b,
	    p->groups > 1 ? " has the lowest held-out loss: " :
		s.n > 1   ? ": a mean held-out loss of " :
			    ": a held-out loss of ");
	html_fixed(b, seeds_mean(&s), 3);
	buf_adds(b, " nats per token");
	if (s.n > 1) {
		buf_adds(b, " (95\u2009% interval ");
		put_interval(b, &s);
		buf_adds(b, ")");
	} else if (isfinite(best_step(d))) {
		buf_adds(b, " at step ");
		html_number(b, best_step(d), 7);
	}
	if (isfinite(runtable_held_first(d))) {
		buf_adds(b, ", from ");
		html_fixed(b, runtable_held_first(d), 3);
		buf_adds(b, " at the start");
	}
	buf_adds(b, ".");
}

static void
say_loss(const struct page *p)
{
	const struct rundir *d = &p->run[0];

	if (p->groups > 1 || !isfinite(loss_of(d, false))) {
		buf_addf(p->out,
		    p->runs == 1 ?
			"%zu run: nothing was held out." :
			"%zu runs: nothing was held out, so no number here "
			"says which is best.",
		    p->runs);
		return;
	}
	html_string(p->out, d->name);
	buf_adds(p->out, ": the loss goes from ");
	html_fixed(p->out, loss_of(d, false), 3);
	buf_adds(p->out, " to ");
	html_fixed(p->out, loss_of(d, true), 3);
	buf_adds(p->out, "; nothing was held out.");
}

void
runtable_sentence(const struct page *p)
{
	const char *verdict = rundir_text(&p->run[0], "/verdict");
	size_t best = best_group(p);

	buf_adds(p->out, "<h1>");
	if (p->runs == 1 && *verdict != '\0')
		html_cut(p->out, verdict, strlen(verdict), 600);
	else if (best < p->groups)
		say_held(p, best);
	else
		say_loss(p);
	buf_adds(p->out, "</h1>\n");
}

static bool
has_held(const struct page *p)
{
	size_t i;

	for (i = 0; i < p->runs; i++)
		if (isfinite(runtable_held_best(&p->run[i])))
			return true;
	return false;
}

/* "1 h 05 min", "3 min 20 s", "12.5 s" */
static void
put_time(struct buf *b, double s)
{
	if (!(s >= 0) || s > 1e9)
		buf_adds(b, "\u2013");
	else if (s < 60)
		buf_addf(b, "%.1f\u2009s", s);
	else if (s < 3600)
		buf_addf(b, "%d\u2009min %02d\u2009s", (int)s / 60,
		    (int)s % 60);
	else
		buf_addf(b, "%d\u2009h %02d\u2009min", (int)s / 3600,
		    (int)s / 60 % 60);
}

static void
put_count(const struct page *p, const char *head, double x)
{
	page_cell(p, head, isfinite(x) ? CELL_NUMBER : CELL_NOTHING);
	html_count(p->out, x);
	buf_adds(p->out, "</td>");
}

static void
put_run(const struct page *p, size_t i, bool best)
{
	const struct rundir *d = &p->run[i];
	const char *state = rundir_text(d, "/state"), *word;
	struct buf *b = p->out;

	buf_addf(b, "<tr%s><th>", best ? " class=\"best\"" : "");
	page_put_key(b, p->of[i]);
	html_string(b, d->name);
	buf_adds(b, "</th>");
	page_cell(p, "method", CELL_TEXT);
	word = rundir_text(d, "/method");
	html_cut(b, word, strlen(word), 40);
	buf_adds(b, "</td>");
	if (has_held(p)) {
		page_put_number(p, "held out, start", runtable_held_first(d),
		    3);
		page_put_number(p, "held out, best", runtable_held_best(d), 3);
		page_put_number(p, "at step", best_step(d), 0);
	}
	page_put_number(p, "loss, first", loss_of(d, false), 3);
	page_put_number(p, "loss, last", loss_of(d, true), 3);
	put_count(p, "steps", steps_of(d));
	put_count(p, "tokens", rundir_number(d, "/summary/tokens"));
	page_cell(p, "time", CELL_NUMBER);
	put_time(b, rundir_number(d, "/seconds"));
	buf_adds(b, "</td>");
	page_cell(p, "state", CELL_TEXT);
	buf_addf(b, "<span%s>",
	    strcmp(state, "failed") == 0 ? " class=\"bad\"" : "");
	html_cut(b, state, strlen(state), 40);
	buf_adds(b, "</span></td></tr>\n");
}

/* Mean of a group and its interval, under its runs; whether it has one. */
static bool
put_mean(const struct page *p, size_t group, bool best)
{
	struct seeds s = seeds_of(p, group);

	if (s.n < 2)
		return false;
	buf_addf(p->out, "<tr class=\"mean%s\"><th>", best ? " best" : "");
	html_string(p->out, p->group[group].name);
	buf_adds(p->out, "</th><td class=\"none\">mean</td><td></td>");
	page_put_number(p, "mean", seeds_mean(&s), 3);
	buf_adds(p->out,
	    "<td colspan=\"7\" class=\"soft\">95\u2009% interval ");
	put_interval(p->out, &s);
	buf_adds(p->out, "</td></tr>\n");
	return true;
}

void
runtable_put(const struct page *p)
{
	const bool judged = p->grid == NULL && p->groups > 1;
	size_t best = best_group(p), means = 0, g, i;

	buf_addf(p->out,
	    "<div class=\"scroll\"><table class=\"cards\">\n"
	    "<thead><tr><th>Run</th><th>method</th>%s"
	    "<th class=\"n\">loss, first</th><th class=\"n\">last</th>"
	    "<th class=\"n\">steps</th><th class=\"n\">tokens</th>"
	    "<th class=\"n\">time</th><th>state</th></tr></thead>\n<tbody>\n",
	    has_held(p) ? "<th class=\"n\">held out, start</th>"
			  "<th class=\"n\">best</th>"
			  "<th class=\"n\">at step</th>" :
			  "");
	for (g = 0; g < p->groups; g++) {
		for (i = 0; i < p->runs; i++)
			if (p->of[i] == g)
				put_run(p, i,
				    g == best && judged &&
					p->group[g].runs == 1);
		means += put_mean(p, g, g == best && judged);
	}
	buf_adds(p->out, "</tbody></table></div>\n<p class=\"soft small\">");
	if (best < p->groups)
		buf_addf(p->out,
		    "Held out: nats per token of demonstrations that are not "
		    "trained on.%s ",
		    means > 0 ? " Intervals are over seeds, by "
				"Student\u2019s t." :
				"");
	buf_adds(p->out,
	    "The loss is that of the method: nats per token of sft, its own "
	    "measure elsewhere.</p>\n");
}
