/* SPDX-License-Identifier: MIT */
/*
 * The table of a grid: a row a cell, a column a figure.  Each has its mean with
 * the interval, and of a cell that is not a control the difference to the
 * strongest control, and the seeds in which it is better than every one.
 */
#include <math.h>
#include <string.h>

#include "report/grid.h"
#include "report/html.h"
#include "report/page_parts.h"

enum { DECIMALS_MAX = 9, HEAD_MOST = 100 };

/* Decimals of a column: three, or less where it has many digits before the
 * point, or more where it has none. */
static int
decimals_of(const struct grid *g, size_t show)
{
	double most = 0, digits;
	size_t c;

	for (c = 0; c < g->cells; c++)
		if (grid_figure(g, c, show)->seeds > 0)
			most =
			    fmax(most, fabs(grid_figure(g, c, show)->at.mean));
	digits = most > 0 ? floor(log10(most)) : 0;
	digits = digits < 0 ? 2 - digits : 3 - digits;
	return (int)fmax(0, fmin(DECIMALS_MAX, digits));
}

/* "0.1 to 0.2", which follows a number. */
static void
put_bounds(struct buf *b, const char *how, double low, double high,
    int decimals)
{
	if (!isfinite(low))
		return;
	buf_addf(b, " <span>%s", how);
	html_fixed(b, low, decimals);
	buf_adds(b, " to ");
	html_fixed(b, high, decimals);
	buf_adds(b, "</span>");
}

/* A number, and its interval where it has one. */
static void
put_mean(struct buf *b, const struct grid_mean *m, int decimals, bool sign)
{
	buf_adds(b, sign && m->mean > 0 ? "+" : "");
	html_fixed(b, m->mean, decimals);
	buf_adds(b, "</span>");
	put_bounds(b, "", m->low, m->high, decimals);
}

/* Whether a cell has the best mean of a figure. */
static bool
is_best(const struct grid *g, size_t cell, size_t show)
{
	const double sign = g->show[show].lower ? -1 : 1;
	const double x = grid_figure(g, cell, show)->at.mean;
	size_t c;

	for (c = 0; c < g->cells; c++)
		if (grid_figure(g, c, show)->seeds > 0 &&
		    sign * grid_figure(g, c, show)->at.mean > sign * x)
			return false;
	return true;
}

/* Whether others are compared with this cell. */
static bool
is_strongest(const struct grid *g, size_t cell, size_t show)
{
	size_t c;

	for (c = 0; c < g->cells; c++)
		if (grid_figure(g, c, show)->seeds > 0 &&
		    grid_figure(g, c, show)->strongest == cell)
			return true;
	return false;
}

/* To the strongest control; it stands out where 0 is not in the interval. */
static void
put_difference(struct buf *b, const struct grid_figure *f, int decimals)
{
	const bool clear = f->difference.low > 0 || f->difference.high < 0;

	buf_addf(b, "<div%s><span>", clear ? "" : " class=\"soft\"");
	put_mean(b, &f->difference, decimals, true);
	put_bounds(b, "bootstrap ", f->drawn_low, f->drawn_high, decimals);
	buf_addf(b, " <span>better in %zu of %zu</span></div>", f->above,
	    f->of);
}

static void
put_figure(const struct page *p, size_t cell, size_t show, const char *head)
{
	const struct grid *g = p->grid;
	const struct grid_figure *f = grid_figure(g, cell, show);
	const int decimals = decimals_of(g, show);
	struct buf *b = p->out;

	if (f->seeds == 0) {
		page_cell(p, head, CELL_NOTHING);
		buf_adds(b, "\u2013</td>");
		return;
	}
	page_cell(p, head, CELL_WIDE);
	buf_addf(b, "<div class=\"means\"><div><span class=\"at%s\">",
	    is_best(g, cell, show) ? " top" : "");
	put_mean(b, &f->at, decimals, false);
	buf_adds(b, "</div>");
	if (f->strongest < GRID_CELLS_MAX && f->pairs > 0)
		put_difference(b, f, decimals);
	else if (g->controls > 1 && is_strongest(g, cell, show))
		buf_adds(b, "<div class=\"soft\">strongest control</div>");
	buf_adds(b, "</div></td>");
}

/* The color of the runs that are shown of a cell. */
static void
put_key(const struct page *p, size_t cell)
{
	size_t i;

	for (i = 0; i < p->runs; i++)
		if (p->run[i].cell == p->grid->cell[cell].name) {
			page_put_key(p->out, p->of[i]);
			return;
		}
}

static void
put_row(const struct page *p, size_t cell)
{
	const struct grid_cell *c = &p->grid->cell[cell];
	struct buf *b = p->out, head = { 0 };
	size_t i, most = 0;

	buf_adds(b, "<tr><th>");
	put_key(p, cell);
	page_put_cell(b, c->name);
	if (c->control && p->grid->cells > 1)
		buf_adds(b, " <span class=\"soft small\">control</span>");
	buf_adds(b, "</th>");
	for (i = 0; i < p->grid->shows; i++)
		if (grid_figure(p->grid, cell, i)->seeds > most)
			most = grid_figure(p->grid, cell, i)->seeds;
	page_cell(p, "seeds", CELL_WIDE);
	buf_addf(b, "%zu", most);
	if (c->stopped > 0)
		buf_addf(b,
		    "<br><span class=\"soft small\">gate stopped %zu</span>",
		    c->stopped);
	buf_adds(b, "</td>");
	for (i = 0; i < p->grid->shows; i++) {
		if (!p->grid->show[i].some)
			continue;
		buf_reset(&head);
		html_cut(&head, p->grid->show[i].name,
		    strlen(p->grid->show[i].name), HEAD_MOST);
		put_figure(p, cell, i, buf_text(&head));
	}
	buf_release(&head);
	buf_adds(b, "</tr>\n");
}

static void
put_heads(const struct page *p)
{
	const struct grid_show *s;

	buf_adds(p->out,
	    "<div class=\"scroll\"><table class=\"cards of-cells\">\n"
	    "<thead><tr><th>Cell</th><th class=\"n\">seeds</th>");
	for (s = p->grid->show; s < p->grid->show + p->grid->shows; s++) {
		if (!s->some)
			continue;
		buf_adds(p->out, "<th class=\"n\">");
		html_cut(p->out, s->name, strlen(s->name), HEAD_MOST);
		if (s->lower)
			buf_adds(p->out, "<br>less is better");
		buf_adds(p->out, "</th>");
	}
	buf_adds(p->out, "</tr></thead>\n<tbody>\n");
}

/* Whether a difference has an interval by bootstrap. */
static bool
is_drawn(const struct grid *g)
{
	size_t c, i;

	for (c = 0; c < g->cells; c++)
		for (i = 0; i < g->shows; i++)
			if (grid_figure(g, c, i)->seeds > 0 &&
			    isfinite(grid_figure(g, c, i)->drawn_low))
				return true;
	return false;
}

void
gridcells_put(const struct page *p)
{
	size_t i;

	put_heads(p);
	for (i = 0; i < p->grid->cells; i++)
		put_row(p, i);
	buf_adds(p->out,
	    "</tbody></table></div>\n<p class=\"soft small\">Means over seeds "
	    "with 95\u2009% intervals by Student\u2019s t; the best of a "
	    "column is bold. Below is the mean difference to the control "
	    "whose mean is best, seed by seed, with its interval, gray where "
	    "that has 0 in it; and in how many seeds the cell is better than "
	    "every control. Of twenty cells that are equal to the control, "
	    "one is expected to have an interval without 0.");
	if (is_drawn(p->grid))
		buf_adds(p->out,
		    " The bootstrap draws seeds with replacement, and of each "
		    "its prompts.");
	buf_adds(p->out, "</p>\n");
}
