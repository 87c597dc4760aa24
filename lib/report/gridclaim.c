/* SPDX-License-Identifier: MIT */
/*
 * The first sentence of a grid's page: which cell is best in the first figure,
 * and how it stands to the strongest control, seed by seed.
 */
#include <math.h>

#include "report/grid.h"
#include "report/html.h"
#include "report/page_parts.h"

enum { DIGITS = 3 };

/* The first figure that a cell has; there is one. */
static size_t
first_shown(const struct grid *g)
{
	size_t i = 0;

	while (!g->show[i].some)
		i++;
	return i;
}

/* The cell of the best mean among the controls, or among the others;
 * GRID_CELLS_MAX where none has the figure. */
static size_t
best(const struct grid *g, size_t show, bool controls)
{
	const double sign = g->show[show].lower ? -1 : 1;
	size_t c, found = GRID_CELLS_MAX;
	double most = 0, x;

	for (c = 0; c < g->cells; c++) {
		if (grid_figure(g, c, show)->seeds == 0 ||
		    g->cell[c].control != controls)
			continue;
		x = sign * grid_figure(g, c, show)->at.mean;
		if (found == GRID_CELLS_MAX || x > most) {
			found = c;
			most = x;
		}
	}
	return found;
}

static void
put_seeds(struct buf *b, size_t n)
{
	buf_addf(b, "%zu seed%s", n, n == 1 ? "" : "s");
}

/* " (95 % interval 0.1 to 0.2, 5 seeds)" */
static void
put_interval(struct buf *b, const struct grid_mean *m, size_t seeds)
{
	if (!isfinite(m->low)) {
		buf_adds(b, " (one seed, so no interval)");
		return;
	}
	buf_adds(b, " (95\u2009% interval ");
	html_number(b, m->low, DIGITS);
	buf_adds(b, " to ");
	html_number(b, m->high, DIGITS);
	buf_adds(b, ", ");
	put_seeds(b, seeds);
	buf_adds(b, ")");
}

/* ", by bootstrap over prompts and seeds 0.1 to 0.2" */
static void
put_drawn(struct buf *b, const struct grid_figure *f)
{
	if (!isfinite(f->drawn_low))
		return;
	buf_addf(b, ", by bootstrap over prompts%s ",
	    f->pairs > 1 ? " and seeds" : "");
	html_number(b, f->drawn_low, DIGITS);
	buf_adds(b, " to ");
	html_number(b, f->drawn_high, DIGITS);
}

static void
put_cell(struct buf *b, const struct grid *g, size_t cell)
{
	page_put_cell(b, g->cell[cell].name);
}

/* "sft, the control" */
static void
put_control(struct buf *b, const struct grid *g, size_t cell)
{
	put_cell(b, g, cell);
	buf_adds(b,
	    g->controls > 1 ? ", the strongest control" : ", the control");
}

/* A grid without controls, of controls alone, or whose others have not run. */
static void
say_alone(struct buf *b, const struct grid *g, size_t show, size_t cell)
{
	const struct grid_figure *f = grid_figure(g, cell, show);

	put_cell(b, g, cell);
	buf_adds(b, g->cells > 1 ? " has the best " : ": ");
	html_string(b, g->show[show].name);
	buf_adds(b, g->cells > 1 ? ", " : " is ");
	html_number(b, f->at.mean, DIGITS);
	put_interval(b, &f->at, f->seeds);
	buf_adds(b,
	    g->controls == 0 ? "; nothing is a control." :
		g->cell[cell].control ?
			       "; no cell that is not a control has it." :
			       "; no seed has it of this cell and a control.");
}

/* Where the others' best stands: 1 above the control, 0 not clearly, -1 not. */
static int
standing(const struct grid_figure *f, bool lower)
{
	const double sign = lower ? -1 : 1;
	const double worst = lower ? f->difference.high : f->difference.low;

	if (!(sign * f->difference.mean > 0))
		return -1;
	return isnan(worst) || sign * worst > 0;
}

static void
say_compared(struct buf *b, const struct grid *g, size_t show, size_t cell)
{
	const struct grid_figure *f = grid_figure(g, cell, show);
	const int stands = standing(f, g->show[show].lower);

	if (stands > 0) {
		put_cell(b, g, cell);
		buf_adds(b, " is best in ");
		html_string(b, g->show[show].name);
		buf_adds(b, ": ");
	} else {
		buf_adds(b, "No cell is ");
		buf_adds(b, stands == 0 ? "clearly better in " : "better in ");
		html_string(b, g->show[show].name);
		buf_adds(b, " than ");
		put_control(b, g, f->strongest);
		buf_adds(b, ": the best other, ");
		put_cell(b, g, cell);
		buf_adds(b, ", has ");
	}
	html_number(b, f->at.mean, DIGITS);
	buf_adds(b, " against ");
	html_number(b, grid_figure(g, f->strongest, show)->at.mean, DIGITS);
	if (stands > 0) {
		buf_adds(b, " of ");
		put_control(b, g, f->strongest);
	}
	buf_adds(b, ", a difference of ");
	html_number(b, f->difference.mean, DIGITS);
	put_interval(b, &f->difference, f->pairs);
	put_drawn(b, f);
	buf_addf(b, "; better than %s in %zu of ",
	    g->controls > 1 ? "every control" : "the control", f->above);
	put_seeds(b, f->of);
	buf_adds(b, ".");
}

void
gridclaim_put(const struct page *p)
{
	const struct grid *g = p->grid;
	const size_t show = first_shown(g);
	size_t cell = best(g, show, false);
	const struct grid_figure *f;

	buf_adds(p->out, "<h1>");
	if (cell == GRID_CELLS_MAX)
		cell = best(g, show, true);
	f = grid_figure(g, cell, show);
	if (f->strongest < GRID_CELLS_MAX && f->pairs > 0)
		say_compared(p->out, g, show, cell);
	else
		say_alone(p->out, g, show, cell);
	buf_adds(p->out, "</h1>\n");
	gridcells_put(p);
}
