/* SPDX-License-Identifier: MIT */
/* grid_parts: what the files of the module share. */
#ifndef REPORT_GRID_PARTS_H
#define REPORT_GRID_PARTS_H

#include "report/grid.h"

/* Place of the cell; GRID_CELLS_MAX where there is none. */
size_t grid_find(const struct grid *, const char *name);
/* Fill in g->figure, and the runs that the gate stopped, by OUT/table.tsv. */
must_use int gridtable_read(struct grid *);

#endif
