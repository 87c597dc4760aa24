/* SPDX-License-Identifier: MIT */
/*
 * grid: what a grid of runs found, as experiment.mk leaves it (experiments(7)).
 *
 * OUT/grid names the control, the controls, the figures of which less is
 * better, the figures to show, and the runs, CELL/SEED.  OUT/table.tsv has the
 * means over seeds of each cell.  Of a figure that is shown it is kept what the
 * page says.
 *
 *	struct grid g;
 *
 *	if (grid_open(&g, "runs") != 0 || grid_place(&g, run, runs) != 0)
 *		die();
 *	x = grid_figure(&g, cell, shown);
 *	grid_close(&g);
 */
#ifndef REPORT_GRID_H
#define REPORT_GRID_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "report/rundir.h"

enum { GRID_CELLS_MAX = 256, GRID_SHOW_MAX = 32 };

struct grid_cell {
	char *name;           /* owned */
	size_t runs, stopped; /* by the gate */
	bool control;
};

struct grid_run {
	const char *name; /* CELL/SEED */
	size_t cell;
};

/* A mean and its 95 % interval, which is NaN of one seed. */
struct grid_mean {
	double mean, low, high;
};

/* One figure of one cell. */
struct grid_figure {
	size_t seeds; /* 0: it has none, and nothing else holds */
	struct grid_mean at;
	/* In how many seeds it is better than every control, of how many. */
	size_t above, of;
	/* The control of the best mean, and the differences to it, seed by
	 * seed; GRID_CELLS_MAX of a control, and where no control has it. */
	size_t strongest, pairs;
	struct grid_mean difference; /* this minus the strongest */
	/* Its bounds by bootstrap over prompts and seeds; NaN: none. */
	double drawn_low, drawn_high;
};

struct grid_show {
	const char *name;
	bool lower; /* less is better */
	bool some;  /* a cell has it */
};

struct grid {
	char *path, *name; /* the folder, and the last part of that */
	char *words;       /* what run and show point into */
	struct grid_cell cell[GRID_CELLS_MAX];
	size_t cells, controls;
	struct grid_run *run;
	size_t runs, cap;
	struct grid_show show[GRID_SHOW_MAX];
	size_t shows;
	struct grid_figure *figure; /* [cells][shows] */
};

/* Read the two files; grid_close also after a failure. */
must_use int grid_open(struct grid *, const char *folder);
void grid_close(struct grid *);
/*
 * Name each run by its cell and seed, CELL/SEED or CELL/SEED/PART, and set its
 * cell, which is borrowed.  -1: one is not a run of this grid.
 */
must_use int grid_place(const struct grid *, struct rundir *, size_t runs);
const struct grid_figure *grid_figure(const struct grid *, size_t cell,
    size_t show);

#endif
