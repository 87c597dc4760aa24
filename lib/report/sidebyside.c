/* SPDX-License-Identifier: MIT */
/*
 * Samples: for each prompt the demonstration and the response of every run.  A
 * sample belongs to a prompt by its id and the prompt's text.  Prompts are
 * added until the section has BYTES_MAX bytes.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/figure.h"
#include "report/html.h"
#include "report/page_parts.h"
#include "report/shade.h"

enum { TEXT_MOST = 3000, BYTES_MAX = 320 << 10, OPEN = 6 };

static bool
same_member(const struct json *a, const struct json *b, const char *key)
{
	const struct json *x = json_get(a, key), *y = json_get(b, key);
	const char *s, *t;
	size_t n, m;

	if (x == NULL || y == NULL)
		return x == y;
	s = json_text(x, &n);
	t = json_text(y, &m);
	if (s == NULL || t == NULL)
		return s == t &&
		    json_int(x, INT64_MIN) == json_int(y, INT64_MIN);
	return n == m && memcmp(s, t, n) == 0;
}

/* A sample that was drawn for a prompt, not a demonstration that was scored. */
static bool
is_response(const struct json *sample)
{
	return json_text(json_get(sample, "response"), NULL) != NULL;
}

/* The sample of a run for the same prompt, or NULL. */
static const struct json *
counterpart(const struct rundir *d, const struct json *sample)
{
	size_t k;

	for (k = 0; k < d->samples; k++)
		if (is_response(d->sample[k]) &&
		    same_member(d->sample[k], sample, "id") &&
		    same_member(d->sample[k], sample, "prompt"))
			return d->sample[k];
	return NULL;
}

/* Whether an earlier run, or an earlier line, has the prompt already. */
static bool
is_new(const struct page *p, size_t run, const struct json *sample)
{
	size_t i;

	for (i = 0; i < run; i++)
		if (counterpart(&p->run[i], sample) != NULL)
			return false;
	return counterpart(&p->run[run], sample) == sample;
}

static void
put_text(struct buf *b, const struct json *sample, const char *key)
{
	size_t n;
	const char *text = json_text(json_get(sample, key), &n);

	if (text != NULL)
		html_cut(b, text, n, TEXT_MOST);
}

static void
put_response(struct buf *b, const struct json *sample, double scale)
{
	buf_adds(b, "<div class=\"said\">");
	if (shade_has(sample))
		shade_put(b, sample, scale, TEXT_MOST);
	else
		put_text(b, sample, "response");
	if (!json_bool(json_get(sample, "ended"), true))
		buf_adds(b, " <span class=\"soft small\">(did not end)</span>");
	buf_adds(b, "</div></div>\n");
}

static void
put_prompt(struct buf *b, const struct page *p, const struct json *sample,
    double scale)
{
	const struct json *of_run;
	size_t i;

	buf_adds(b, "<article class=\"sample\">\n<h3>");
	put_text(b, sample, "prompt");
	buf_adds(b, "</h3>\n<div class=\"cells\">\n");
	if (json_text(json_get(sample, "demonstration"), NULL) != NULL) {
		buf_adds(b,
		    "<div class=\"cell\"><h4>Demonstration</h4>"
		    "<div class=\"said\">");
		put_text(b, sample, "demonstration");
		buf_adds(b, "</div></div>\n");
	}
	for (i = 0; i < p->runs; i++) {
		if ((of_run = counterpart(&p->run[i], sample)) == NULL)
			continue;
		buf_addf(b,
		    "<div class=\"cell\"><h4>"
		    "<i class=\"key c%zu\"></i>",
		    p->of[i] % FIGURE_COLORS);
		html_string(b, p->run[i].name);
		buf_adds(b, "</h4>");
		put_response(b, of_run, scale);
	}
	buf_adds(b, "</div>\n</article>\n");
}

static void
put_legend(const struct page *p, double scale)
{
	if (!(scale > 0))
		return;
	buf_adds(p->out,
	    "<p class=\"soft small\">The ground shows each token\u2019s score "
	    "l = log p<sub>expert</sub>/p<sub>policy</sub>, as the "
	    "discriminator sees it: "
	    "<span class=\"shade m4\">the policy\u2019s</span> "
	    "<span class=\"shade m2\">\u2002</span> "
	    "<span class=\"shade\">neither</span> "
	    "<span class=\"shade p2\">\u2002</span> "
	    "<span class=\"shade p4\">the expert\u2019s</span>.</p>\n");
}

void
sidebyside_put(const struct page *p)
{
	double scale = shade_scale(p->run, p->runs);
	struct buf one = { 0 };
	size_t prompts = 0, shown = 0, bytes = 0, i, k;
	const struct json *sample;

	for (i = 0; i < p->runs; i++)
		for (k = 0; k < p->run[i].samples; k++) {
			sample = p->run[i].sample[k];
			if (!is_response(sample) || !is_new(p, i, sample))
				continue;
			if (prompts++ == 0) {
				page_begin(p, "samples", "Samples");
				put_legend(p, scale);
			}
			buf_reset(&one);
			put_prompt(&one, p, sample, scale);
			if (bytes + one.n > BYTES_MAX)
				continue;
			if (shown++ == OPEN)
				buf_adds(p->out,
				    "<details><summary>More "
				    "samples</summary>\n");
			buf_add(p->out, one.p, one.n);
			bytes += one.n;
		}
	buf_release(&one);
	if (shown > OPEN)
		buf_adds(p->out, "</details>\n");
	if (shown < prompts)
		buf_addf(p->out,
		    "<p class=\"soft small\">%zu of %zu prompts; the others "
		    "are in samples.jsonl of each run.</p>\n",
		    shown, prompts);
	if (prompts > 0)
		page_end(p);
}
