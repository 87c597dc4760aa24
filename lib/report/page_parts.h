/* SPDX-License-Identifier: MIT */
/* page_parts: the sections of a page, each in a file of its own. */
#ifndef REPORT_PAGE_PARTS_H
#define REPORT_PAGE_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "report/grid.h"
#include "report/rundir.h"

/* Runs that differ only in the seed, or of one cell: they have one color. */
struct page_group {
	char *name; /* owned */
	size_t runs;
};

struct page {
	const struct rundir *run; /* [runs]; borrowed */
	size_t runs;
	size_t *of; /* [runs] the group of each */
	struct page_group *group;
	size_t groups;
	const struct grid *grid; /* borrowed; NULL: the runs are of none */
	struct buf *out;         /* borrowed */
};

/* The name of a grid's cell, which may be broken behind commas. */
void page_put_cell(struct buf *, const char *name);
/* Colored mark of a group, in halves where the colors have begun again. */
void page_put_key(struct buf *, size_t group);
/* The mark and the name of a group. */
void page_put_group(const struct page *, size_t group);
/* The same with a line as it is drawn in figures. */
void page_put_line(const struct page *, size_t group, bool dashed);
/*
 * <td>, for the caller to close.  A table of the class `cards` shows each row
 * as a card on a narrow screen, with the head of a cell beside it, and without
 * cells that have nothing; CELL_WIDE is a number that takes a line.
 */
enum page_cell { CELL_TEXT, CELL_NUMBER, CELL_WIDE, CELL_NOTHING };
void page_cell(const struct page *, const char *head, enum page_cell);
/* The number, or nothing where it is not finite; closed. */
void page_put_number(const struct page *, const char *head, double,
    int decimals);
/* <section><h2>; close it with page_end. */
void page_begin(const struct page *, const char *id, const char *title);
void page_end(const struct page *);

/* The figures of a run: what its summary says, or its files. */
double runtable_held_first(const struct rundir *);
double runtable_held_best(const struct rundir *);

void gridclaim_put(const struct page *);     /* gridclaim.c: h1 of a grid */
void gridcells_put(const struct page *);     /* gridcells.c: its table */
void claim_put(const struct page *);         /* claim.c: h1 and comparisons */
void runtable_sentence(const struct page *); /* runtable.c */
void runtable_put(const struct page *);
void panels_put(const struct page *);     /* panels.c: curves */
void sidebyside_put(const struct page *); /* sidebyside.c: samples */
void scores_put(const struct page *);   /* scores.c: histograms, calibration */
void settings_put(const struct page *); /* settings.c: what differs */
void origins_put(const struct page *);  /* origins.c */

#endif
