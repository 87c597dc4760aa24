/* SPDX-License-Identifier: MIT */
/*
 * OUT/table.tsv: a line of names, then for each cell and figure a line of
 * numbers, with tabs between them; "-" is a number that does not exist.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "io/atomic.h"
#include "report/grid_parts.h"

enum { TABLE_MAX = 8 << 20, FIELDS_MAX = 64 };

/* The columns that are read; others are passed over.  Those from OPTIONAL on
 * may be absent, and then have nothing. */
enum place {
	CELL,
	FIGURE,
	SEEDS,
	MEAN,
	LOW,
	HIGH,
	ABOVE,
	OF,
	STRONGEST,
	PAIRS,
	DIFFERENCE,
	DIFFERENCE_LOW,
	DIFFERENCE_HIGH,
	DRAWN_LOW,
	DRAWN_HIGH,
	COLUMNS,
	OPTIONAL = DRAWN_LOW
};
static const char *const names[COLUMNS] = {
	[CELL] = "cell",
	[FIGURE] = "figure",
	[SEEDS] = "seeds",
	[MEAN] = "mean",
	[LOW] = "low",
	[HIGH] = "high",
	[ABOVE] = "above",
	[OF] = "of",
	[STRONGEST] = "strongest",
	[PAIRS] = "strongest_pairs",
	[DIFFERENCE] = "strongest_difference",
	[DIFFERENCE_LOW] = "strongest_low",
	[DIFFERENCE_HIGH] = "strongest_high",
	[DRAWN_LOW] = "bootstrap_low",
	[DRAWN_HIGH] = "bootstrap_high",
};

/* The fields of a line, which is cut up; how many. */
static size_t
cut(char *line, char **field)
{
	size_t n = 0;

	for (; n < FIELDS_MAX; line++) {
		field[n++] = line;
		if ((line = strchr(line, '\t')) == NULL)
			break;
		*line = '\0';
	}
	return n;
}

/* A line, whose fields stand in the order of names. */
struct line {
	const char *field[COLUMNS];
};

static int
number(const struct line *l, enum place c, double *x)
{
	*x = (double)NAN;
	if (strcmp(l->field[c], "-") == 0)
		return 0;
	return num_f64(l->field[c], -DBL_MAX, DBL_MAX, x) == 0 ?
	    0 :
	    fail_in("field \"%s\"", names[c]);
}

/* At most `most`; "-" is none. */
static int
count(const struct line *l, enum place c, size_t most, size_t *n)
{
	uint64_t x = 0;

	if (strcmp(l->field[c], "-") != 0 &&
	    num_u64(l->field[c], 0, most, &x) != 0)
		return fail_in("field \"%s\"", names[c]);
	*n = (size_t)x;
	return 0;
}

/* A mean with an interval around it, or with none. */
static int
mean(const struct line *l, enum place first, struct grid_mean *m)
{
	if (number(l, first, &m->mean) != 0 ||
	    number(l, first + 1, &m->low) != 0 ||
	    number(l, first + 2, &m->high) != 0)
		return -1;
	if (isnan(m->low) == isnan(m->high) &&
	    (isnan(m->low) || (m->low <= m->mean && m->mean <= m->high)))
		return 0;
	return fail("fields \"%s\" and \"%s\": not around \"%s\"",
	    names[first + 1], names[first + 2], names[first]);
}

/* The bounds of the difference by bootstrap, which need not contain it. */
static int
drawn(const struct line *l, struct grid_figure *f)
{
	if (number(l, DRAWN_LOW, &f->drawn_low) != 0 ||
	    number(l, DRAWN_HIGH, &f->drawn_high) != 0)
		return -1;
	if (isnan(f->drawn_low) && isnan(f->drawn_high))
		return 0;
	return f->pairs > 0 && f->drawn_low <= f->drawn_high ?
	    0 :
	    fail("fields \"%s\" and \"%s\": not the bounds of \"%s\"",
		names[DRAWN_LOW], names[DRAWN_HIGH], names[DIFFERENCE]);
}

static int
find(const struct grid *g, const struct line *l, enum place c, size_t *cell)
{
	if ((*cell = grid_find(g, l->field[c])) < g->cells)
		return 0;
	return fail("field \"%s\": no cell \"%s\" in the grid", names[c],
	    l->field[c]);
}

static int
read_figure(const struct grid *g, const struct line *l, size_t runs,
    struct grid_figure *f)
{
	if (f->seeds > 0)
		return fail("cell \"%s\", figure \"%s\": there twice",
		    l->field[CELL], l->field[FIGURE]);
	if (count(l, SEEDS, runs, &f->seeds) != 0 ||
	    count(l, OF, runs, &f->of) != 0 ||
	    count(l, ABOVE, f->of, &f->above) != 0 ||
	    count(l, PAIRS, runs, &f->pairs) != 0 ||
	    mean(l, MEAN, &f->at) != 0 ||
	    mean(l, DIFFERENCE, &f->difference) != 0 || drawn(l, f) != 0)
		return -1;
	if (f->seeds == 0 || isnan(f->at.mean))
		return fail("cell \"%s\", figure \"%s\": no seed has it",
		    l->field[CELL], l->field[FIGURE]);
	if ((f->pairs == 0) != (bool)isnan(f->difference.mean))
		return fail("fields \"%s\" and \"%s\": one without the other",
		    names[PAIRS], names[DIFFERENCE]);
	f->strongest = GRID_CELLS_MAX;
	if (strcmp(l->field[STRONGEST], "-") == 0)
		return 0;
	return find(g, l, STRONGEST, &f->strongest);
}

static int
add(struct grid *g, const struct line *l)
{
	size_t cell, i;
	int rc = find(g, l, CELL, &cell);

	if (rc == 0 && strcmp(l->field[FIGURE], "stopped") == 0)
		return count(l, SEEDS, g->cell[cell].runs,
		    &g->cell[cell].stopped);
	for (i = 0; rc == 0 && i < g->shows; i++)
		if (strcmp(g->show[i].name, l->field[FIGURE]) == 0) {
			rc = read_figure(g, l, g->cell[cell].runs,
			    &g->figure[cell * g->shows + i]);
			g->show[i].some = true;
		}
	return rc;
}

/* Where each column stands in the first line; fields: it does not. */
static int
take_names(char *line, size_t *at, size_t *fields)
{
	char *field[FIELDS_MAX];
	size_t c;

	*fields = cut(line, field);
	for (c = 0; c < COLUMNS; c++) {
		for (at[c] = 0;
		     at[c] < *fields && strcmp(field[at[c]], names[c]) != 0;)
			at[c]++;
		if (at[c] == *fields && c < OPTIONAL)
			return fail("no column \"%s\"", names[c]);
	}
	return 0;
}

static int
take_lines(struct grid *g, char *text, size_t *n)
{
	size_t at[COLUMNS], fields = 0, c;
	char *field[FIELDS_MAX], *end;
	struct line l;

	for (*n = 1; (end = strchr(text, '\n')) != NULL; text = end + 1) {
		*end = '\0';
		if (*n == 1) {
			if (take_names(text, at, &fields) != 0)
				return -1;
		} else {
			if ((c = cut(text, field)) != fields)
				return fail("expected %zu fields, found %zu",
				    fields, c);
			for (c = 0; c < COLUMNS; c++)
				l.field[c] =
				    at[c] < fields ? field[at[c]] : "-";
			if (add(g, &l) != 0)
				return -1;
		}
		++*n;
	}
	return *text == '\0' ? 0 : fail("it is not complete");
}

/* What cells are compared with are controls that have the figure. */
static int
check_strongest(const struct grid *g)
{
	const struct grid_figure *f;
	size_t c, i;

	for (c = 0; c < g->cells; c++)
		for (i = 0; i < g->shows; i++) {
			f = grid_figure(g, c, i);
			if (f->seeds == 0 || f->strongest == GRID_CELLS_MAX ||
			    (g->cell[f->strongest].control &&
				grid_figure(g, f->strongest, i)->seeds > 0))
				continue;
			return fail(
			    "cell \"%s\", figure \"%s\": \"%s\" is not a "
			    "control that has it",
			    g->cell[c].name, g->show[i].name,
			    g->cell[f->strongest].name);
		}
	return 0;
}

int
gridtable_read(struct grid *g)
{
	char *file = rundir_file(g->path, "table.tsv");
	size_t n, line = 0, i;
	char *text = read_file(file, TABLE_MAX, &n);
	int rc = text != NULL ? 0 : -1;

	if (rc == 0 && strlen(text) != n)
		rc = fail("%s: it has a NUL byte", file);
	if (rc == 0 && take_lines(g, text, &line) != 0)
		rc = fail_in("%s: line %zu", file, line);
	if (rc == 0 && check_strongest(g) != 0)
		rc = fail_in("%s", file);
	for (i = 0; rc == 0 && i < g->shows && !g->show[i].some;)
		i++;
	if (rc == 0 && i == g->shows)
		rc = fail("%s: no cell has a figure that is to be shown", file);
	free(text);
	free(file);
	return rc;
}
