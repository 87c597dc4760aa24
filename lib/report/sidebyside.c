/* SPDX-License-Identifier: MIT */
/*
 * Samples: for each prompt the demonstration and the response of every run.  A
 * sample belongs to a prompt by its group and the prompt's text.  Prompts are
 * added until the section has BYTES_MAX bytes.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/html.h"
#include "report/page_parts.h"
#include "report/runsample.h"
#include "report/shade.h"

enum { TEXT_MOST = 3000, BYTES_MAX = 320 << 10, OPEN = 6 };

/* Scales of shading. */
struct scales {
	double l, reward; /* 0: no token has such a score */
};

/* Whether an earlier run, or an earlier line, has the prompt already. */
static bool
is_new(const struct page *p, size_t run, const struct json *sample)
{
	size_t i;

	for (i = 0; i < run; i++)
		if (runsample_response(&p->run[i], sample) != NULL)
			return false;
	return runsample_response(&p->run[run], sample) == sample;
}

static void
put_text(struct buf *b, const struct json *sample, const char *key)
{
	size_t n;
	const char *text = json_text(json_get(sample, key), &n);

	if (text != NULL)
		html_cut(b, text, n, TEXT_MOST);
}

/* The sum of its scores, in the head of a cell. */
static void
put_score(struct buf *b, const struct json *sample)
{
	double score = runsample_score(sample);

	if (!isfinite(score))
		return;
	buf_addf(b, "<span class=\"sum\">%s ",
	    runsample_is_rewarded(sample) ? "reward" : "l");
	html_fixed(b, score, 2);
	buf_adds(b, "</span>");
}

static void
put_said(struct buf *b, const struct json *sample, const struct scales *s)
{
	const char *stop = json_text(json_get(sample, "stop"), NULL);

	buf_adds(b, "<div class=\"said\">");
	if (runsample_has_tokens(sample))
		shade_put(b, sample,
		    runsample_is_rewarded(sample) ? s->reward : s->l,
		    TEXT_MOST);
	else
		put_text(b, sample, "response");
	if (stop != NULL && strcmp(stop, "length") == 0)
		buf_adds(b, " <span class=\"soft small\">(did not end)</span>");
	buf_adds(b, "</div></div>\n");
}

/* The demonstration as the first run has it that scores it, or that has it. */
static void
put_demonstration(struct buf *b, const struct page *p,
    const struct json *sample, const struct scales *s)
{
	const struct json *of_run, *found = NULL, *response;
	const char *by = NULL;
	size_t i, scored = 0;

	for (i = 0; i < p->runs; i++) {
		response = runsample_response(&p->run[i], sample);
		of_run = response == NULL ?
		    NULL :
		    runsample_demonstration(&p->run[i], response);
		if (of_run == NULL)
			continue;
		if (runsample_has_tokens(of_run) && scored++ == 0) {
			found = of_run;
			by = p->run[i].name;
		}
		found = found == NULL ? of_run : found;
	}
	if (found == NULL)
		return;
	buf_adds(b, "<div class=\"cell\"><h4>Demonstration");
	if (scored > 1) {
		buf_adds(b, ", scored by ");
		html_string(b, by);
	}
	put_score(b, found);
	buf_adds(b, "</h4>");
	put_said(b, found, s);
}

static void
put_prompt(struct buf *b, const struct page *p, const struct json *sample,
    const struct scales *s)
{
	const struct json *of_run;
	size_t i;

	buf_adds(b, "<article class=\"sample\">\n<h3>");
	put_text(b, sample, "prompt");
	buf_adds(b, "</h3>\n<div class=\"cells\">\n");
	put_demonstration(b, p, sample, s);
	for (i = 0; i < p->runs; i++) {
		if ((of_run = runsample_response(&p->run[i], sample)) == NULL)
			continue;
		buf_adds(b, "<div class=\"cell\"><h4>");
		page_put_key(b, p->of[i]);
		html_string(b, p->run[i].name);
		put_score(b, of_run);
		buf_adds(b, "</h4>");
		put_said(b, of_run, s);
	}
	buf_adds(b, "</div>\n</article>\n");
}

static void
put_ground(struct buf *b, const char *low, const char *high)
{
	buf_addf(b,
	    "<span class=\"shade m4\">%s</span> "
	    "<span class=\"shade m2\">\u2002</span> "
	    "<span class=\"shade\">neither</span> "
	    "<span class=\"shade p2\">\u2002</span> "
	    "<span class=\"shade p4\">%s</span>.</p>\n",
	    low, high);
}

static void
put_legend(const struct page *p, const struct scales *s)
{
	if (s->l > 0) {
		buf_adds(p->out,
		    "<p class=\"soft small\">The ground of a token shows its "
		    "score l = log (p<sub>expert</sub> / p<sub>policy</sub>), "
		    "as the discriminator sees it; beside a name is the sum, "
		    "in "
		    "nats. ");
		put_ground(p->out, "the policy\u2019s", "the expert\u2019s");
	}
	if (s->reward > 0) {
		buf_adds(p->out,
		    "<p class=\"soft small\">The ground of a token shows its "
		    "reward; beside a name is the sum. ");
		put_ground(p->out, "below 0", "above 0");
	}
}

void
sidebyside_put(const struct page *p)
{
	const struct scales s = { shade_scale(p->run, p->runs, false),
		shade_scale(p->run, p->runs, true) };
	struct buf one = { 0 };
	size_t prompts = 0, shown = 0, bytes = 0, i, k;
	const struct json *sample;

	for (i = 0; i < p->runs; i++)
		for (k = 0; k < p->run[i].samples; k++) {
			sample = p->run[i].sample[k];
			if (!runsample_is_response(sample) ||
			    !is_new(p, i, sample))
				continue;
			if (prompts++ == 0) {
				page_begin(p, "samples", "Samples");
				put_legend(p, &s);
			}
			buf_reset(&one);
			put_prompt(&one, p, sample, &s);
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
