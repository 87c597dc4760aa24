/* SPDX-License-Identifier: MIT */
/*
 * report: folders of runs in, one page of HTML out.
 *
 * The page has no script and links to nothing: the sentence of the comparison
 * and its table, curves, samples side by side, scores, settings that differ,
 * and where each run comes from.  See report(1).
 */
#include <unistd.h>

#include "cli/cli.h"
#include "report/page.h"
#include "report/runlist.h"

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
	struct runlist list = { 0 };
	struct buf page = { 0 };
	int first, rc;

	cli_begin(argc, argv);
	first = opt_parse(opts, &usage, argc, argv);
	cli_ready(&a.common);
	if (a.common.output == NULL && isatty(STDOUT_FILENO))
		die_usage("will not write a page to a terminal; use -o FILE or "
			  "a pipe");
	for (; first < argc; first++)
		if (runlist_add(&list, argv[first]) != 0)
			die();
	rundir_distinguish(list.run, list.n);
	if (page_put(&page, list.run, list.n, APPRENTICE_VERSION) != 0)
		die();
	runlist_release(&list);
	rc = cli_end_text(&a.common, &page, 1, NULL);
	buf_release(&page);
	return rc;
}
