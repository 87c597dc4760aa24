/* SPDX-License-Identifier: MIT */
/*
 * page: the report of runs as one HTML file.
 *
 * It has no script and links to nothing.  What policies, data and settings say
 * is shown by html.h.  The same runs give the same bytes.
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "report/grid.h"
#include "report/rundir.h"

enum { PAGE_MAX = 1 << 20, PAGE_RUNS_MAX = 64 };

/*
 * Append the page of runs, or of a grid and those of its runs that are given,
 * which may be none; version is the suite's.  -1: more than PAGE_RUNS_MAX runs,
 * or the page has more than PAGE_MAX bytes.
 */
must_use int page_put(struct buf *, const struct rundir *, size_t runs,
    const struct grid *, const char *version);

#endif
