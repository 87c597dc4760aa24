/* SPDX-License-Identifier: MIT */
/*
 * The first thing on the page: the sentence of a comparison with its table, or,
 * without a comparison, what the runs' own files let one say.
 */
#include <math.h>
#include <string.h>

#include "report/html.h"
#include "report/page_parts.h"

enum { ROWS_MAX = 100, TEXT_MOST = 600 };
enum { WIDE = 112, HIGH = 18, EDGE = 6 }; /* of an interval's drawing */

/* What intervals are drawn on: the range of the candidates' and zero. */
struct scale {
	double lo, hi;
};

static double
number(const struct json *row, const char *key)
{
	return json_number(json_get(row, key), (double)NAN);
}

static void
put_text(struct buf *b, const struct json *from, const char *key)
{
	size_t n;
	const char *text = json_text(json_get(from, key), &n);

	if (text != NULL)
		html_cut(b, text, n, TEXT_MOST);
}

static bool
has_interval(const struct json *row)
{
	return isfinite(number(row, "difference")) &&
	    isfinite(number(row, "low")) && isfinite(number(row, "high"));
}

static struct scale
scale_of(const struct json *rows)
{
	struct scale s = { 0, 0 };
	const struct json *row;
	double margin;
	size_t i;

	for (i = 0; i < json_count(rows) && i < ROWS_MAX; i++) {
		row = json_at(rows, i);
		if (!has_interval(row) ||
		    json_bool(json_get(row, "control"), false))
			continue;
		s.lo = fmin(s.lo, number(row, "low"));
		s.hi = fmax(s.hi, number(row, "high"));
	}
	margin = 0.2 * (s.hi - s.lo); /* for zero, and for arrows */
	return (struct scale){ s.lo - margin, s.hi + margin };
}

/* A place of the scale in the drawing; beyond its ends, its ends. */
static double
place(const struct scale *s, double x)
{
	double at = s->hi > s->lo ? (x - s->lo) / (s->hi - s->lo) : 0.5;

	return EDGE + (WIDE - 2 * EDGE) * fmax(0, fmin(1, at));
}

/* The interval as a line with a dot, or an arrow to where it lies. */
static void
put_interval(struct buf *b, const struct json *row, const struct scale *s)
{
	double low = number(row, "low"), high = number(row, "high");

	if (low > s->hi)
		buf_addf(b, "<path class=\"span\" d=\"M%d 4l5 5-5 5\"/>",
		    WIDE - EDGE - 5);
	else if (high < s->lo)
		buf_addf(b, "<path class=\"span\" d=\"M%d 4l-5 5 5 5\"/>",
		    EDGE + 5);
	else
		buf_addf(b,
		    "<path class=\"span\" d=\"M%.1f 9H%.1f\"/>"
		    "<circle class=\"dot\" cx=\"%.1f\" cy=\"9\" r=\"4\"/>",
		    place(s, low), place(s, high),
		    place(s, number(row, "difference")));
}

static void
put_whisker(struct buf *b, const struct json *row, const struct scale *s)
{
	buf_addf(b,
	    "<svg class=\"whisker\" viewBox=\"0 0 %d %d\" "
	    "aria-hidden=\"true\">"
	    "<path class=\"zero\" d=\"M%.1f 0v%d\"/>",
	    WIDE, HIGH, place(s, 0), HIGH);
	put_interval(b, row, s);
	buf_adds(b, "</svg>");
}

static void
put_difference(const struct page *p, const struct json *row,
    const struct scale *s)
{
	const bool drawn = has_interval(row);
	struct buf *b = p->out;

	page_cell(p, "difference",
	    isfinite(number(row, "difference")) ? CELL_WIDE : CELL_NOTHING);
	html_fixed(b, number(row, "difference"), 3);
	buf_adds(b, "</td>");
	page_cell(p, "95\u2009% interval of it",
	    drawn ? CELL_WIDE : CELL_NOTHING);
	if (drawn) {
		html_fixed(b, number(row, "low"), 3);
		buf_adds(b, " to ");
		html_fixed(b, number(row, "high"), 3);
	}
	buf_addf(b, "</td><td class=\"drawn%s\">", drawn ? "" : " none");
	if (drawn)
		put_whisker(b, row, s);
	buf_adds(b, "</td>");
}

static void
put_row(const struct page *p, const struct json *row, const char *keep,
    const struct scale *s)
{
	const char *name = json_text(json_get(row, "name"), NULL);
	bool kept = name != NULL && keep != NULL && strcmp(name, keep) == 0;
	struct buf *b = p->out;

	buf_addf(b, "<tr%s><th>", kept ? " class=\"keep\"" : "");
	put_text(b, row, "name");
	if (json_bool(json_get(row, "control"), false))
		buf_adds(b, " <span class=\"soft small\">control</span>");
	buf_adds(b, "</th>");
	page_cell(p, "nats per token", CELL_WIDE);
	html_fixed(b, number(row, "nll_token"), 3);
	if (isfinite(number(row, "nll_token_se"))) {
		buf_adds(b, " <span class=\"soft\">\u00b1 ");
		html_fixed(b, number(row, "nll_token_se"), 3);
		buf_adds(b, "</span>");
	}
	buf_adds(b, "</td>");
	put_difference(p, row, s);
	page_put_number(p, "nats per answer", number(row, "nll_trajectory"), 2);
	page_put_number(p, "tokens per answer", number(row, "length"), 1);
	page_put_number(p, "distinct-2", number(row, "distinct_2"), 3);
	page_put_number(p, "self-BLEU", number(row, "self_bleu"), 3);
	buf_adds(b, "</tr>\n");
}

static void
put_comparison(const struct page *p, const struct json *c)
{
	const struct json *rows = json_get(c, "rows");
	const char *keep = json_text(json_get(c, "keep"), NULL);
	struct scale s = scale_of(rows);
	size_t i;

	buf_adds(p->out,
	    "<div class=\"scroll\"><table "
	    "class=\"cards\">\n<thead><tr><th>Policy</th>"
	    "<th class=\"n\">nats per token</th>"
	    "<th class=\"n\">difference</th>"
	    "<th class=\"n\">95\u2009% interval</th><th></th>"
	    "<th class=\"n\">nats per answer</th>"
	    "<th class=\"n\">tokens per answer</th>"
	    "<th class=\"n\">distinct-2</th><th class=\"n\">self-BLEU</th>"
	    "</tr></thead>\n<tbody>\n");
	for (i = 0; i < json_count(rows) && i < ROWS_MAX; i++)
		put_row(p, json_at(rows, i), keep, &s);
	buf_adds(p->out,
	    "</tbody></table></div>\n<p class=\"soft small\">Held-out "
	    "demonstrations");
	if (isfinite(number(c, "prompts"))) {
		buf_adds(p->out, " of ");
		html_number(p->out, number(c, "prompts"), 6);
		buf_adds(p->out, " prompts");
	}
	buf_adds(p->out,
	    "; lower is better, and below zero is better than the strongest "
	    "control. \u00b1 is one standard error, the interval a paired "
	    "bootstrap over prompts.</p>\n");
}

void
claim_put(const struct page *p)
{
	const struct json *c;
	size_t i, n = 0, all = 0;

	for (i = 0; i < p->runs; i++)
		all += p->run[i].comparison != NULL;
	for (i = 0; i < p->runs; i++) {
		if ((c = p->run[i].comparison) == NULL)
			continue;
		if (all > 1) {
			buf_adds(p->out, "<p class=\"of\">");
			html_string(p->out, p->run[i].name);
			buf_adds(p->out, "</p>\n");
		}
		buf_addf(p->out, "<h1%s>", n++ > 0 ? " class=\"next\"" : "");
		if (json_text(json_get(c, "sentence"), NULL) != NULL)
			put_text(p->out, c, "sentence");
		else
			html_string(p->out, p->run[i].name);
		buf_adds(p->out, "</h1>\n");
		put_comparison(p, c);
	}
	if (n == 0)
		runtable_sentence(p);
}
