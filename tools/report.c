/* SPDX-License-Identifier: MIT */
/*
 * report: folders of runs in, one page of HTML out.
 *
 * The page has no script and links to nothing: the sentence of the comparison,
 * or of a grid, and its table, curves, samples side by side, scores, settings
 * that differ, and where each run comes from.  See report(1).
 */
#include <unistd.h>

#include "cli/cli.h"
#include "report/page.h"
#include "report/runlist.h"

static struct args {
	struct common common;
	const char *grid;
} a;

static const struct opt opts[] = {
	OPT_GROUP("What is shown"),
	OPT_TEXT(0, "grid", &a.grid, "OUT",
	    "begin with the figures of the grid of runs in this folder"),
	OPT_GROUP("Common"),
	OPT_OUTPUT(&a.common),
	OPT_BASIC(&a.common),
	OPT_LAST,
};

static const struct usage usage = {
	"[--grid OUT] [-o FILE] [RUN ...]",
	"Folders of runs in, a page of HTML out.",
	"report -o report.html policy.sft policy.adversarial",
};

int
main(int argc, char **argv)
{
	struct runlist list = { 0 };
	struct grid grid = { 0 };
	struct buf page = { 0 };
	int first, rc;

	cli_begin(argc, argv);
	first = opt_parse(opts, &usage, argc, argv);
	if (first == argc && a.grid == NULL)
		opt_missing(&usage, "operand: RUN, a run's folder");
	cli_ready(&a.common);
	if (a.common.output == NULL && isatty(STDOUT_FILENO))
		die_usage("will not write a page to a terminal; use -o FILE or "
			  "a pipe");
	if (a.grid != NULL && grid_open(&grid, a.grid) != 0)
		die();
	for (; first < argc; first++)
		if (runlist_add(&list, argv[first]) != 0)
			die();
	if (a.grid == NULL)
		rundir_distinguish(list.run, list.n);
	else if (grid_place(&grid, list.run, list.n) != 0)
		die();
	if (page_put(&page, list.run, list.n, a.grid != NULL ? &grid : NULL,
		APPRENTICE_VERSION) != 0)
		die();
	runlist_release(&list);
	grid_close(&grid);
	rc = cli_end_text(&a.common, &page, 1, NULL);
	buf_release(&page);
	return rc;
}
