/* SPDX-License-Identifier: MIT */
/*
 * report: folders of runs in, one page of HTML out.
 *
 * The page has no script and links to nothing: the sentence of the comparison
 * and its table, curves, samples side by side, scores, settings that differ,
 * and where each run comes from.  See report(1).
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "report/page.h"
#include "report/rundir.h"

static struct args {
	struct common common;
} a;

static const struct opt opts[] = {
	OPT_GROUP("Common"),
	OPT_OUTPUT(&a.common),
	OPT_BASIC(&a.common),
	OPT_LAST,
};

static const struct usage usage = {
	"[-o FILE] RUN ...",
	"Folders of runs in, a page of HTML out.",
	"report -o report.html policy.sft policy.adversarial",
	"RUN, a run's folder",
};

int
main(int argc, char **argv)
{
	struct rundir *run;
	struct buf page = { 0 };
	size_t n, i;
	int first, rc;

	cli_begin(argc, argv);
	first = opt_parse(opts, &usage, argc, argv);
	cli_ready(&a.common);
	if (a.common.output == NULL && isatty(STDOUT_FILENO))
		die_usage("will not write a page to a terminal; use -o FILE or "
			  "a pipe");
	n = (size_t)(argc - first);
	run = mem_alloc(n, sizeof *run);
	for (i = 0; i < n; i++)
		if (rundir_open(&run[i], argv[(size_t)first + i]) != 0)
			die();
	rundir_distinguish(run, n);
	if (page_put(&page, run, n, APPRENTICE_VERSION) != 0)
		die();
	for (i = 0; i < n; i++)
		rundir_close(&run[i]);
	free(run);
	rc = cli_end_text(&a.common, &page, 1, NULL);
	buf_release(&page);
	return rc;
}
