/* SPDX-License-Identifier: MIT */
/*
 * metrics: lines of metrics in, a file for TensorBoard or a table out.
 *
 * See metrics(1).
 */
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "eval/curves.h"
#include "eval/tfevents.h"
#include "io/atomic.h"

static struct args {
	struct common common;
	const char *tensorboard, *csv;
} a;

static const struct opt opts[] = {
	OPT_GROUP("Output"),
	OPT_TEXT(0, "tensorboard", &a.tensorboard, "DIR",
	    "write an event file into DIR, for TensorBoard"),
	OPT_TEXT(0, "csv", &a.csv, "FILE",
	    "write a table of comma-separated values; -: standard output"),
	OPT_GROUP("Common"),
	OPT_BASIC(&a.common),
	OPT_LAST,
};

static const struct usage usage = {
	"[--tensorboard DIR] [--csv FILE] FILE.jsonl ...",
	"Lines of metrics in, a file for TensorBoard or a table out.",
	"metrics --tensorboard runs/sft metrics.jsonl",
	"FILE.jsonl, lines of metrics",
};

static int
write_csv(const struct curves *c, const char *path)
{
	struct buf text = { 0 };
	int rc;

	curves_csv(c, &text);
	if (strcmp(path, "-") == 0)
		rc = write_all(STDOUT_FILENO, text.p, text.n, "output");
	else
		rc = write_whole(path, text.p, text.n);
	buf_release(&text);
	return rc;
}

int
main(int argc, char **argv)
{
	struct curves c = { 0 };
	size_t lines;
	int first, i;

	cli_begin(argc, argv);
	first = opt_parse(opts, &usage, argc, argv);
	if (a.tensorboard == NULL && a.csv == NULL)
		die_usage("nothing to write: --tensorboard DIR or --csv FILE");
	cli_ready(&a.common);
	for (i = first; i < argc; i++)
		if (curves_read(&c, argv[i]) != 0)
			die();
	lines = c.lines;
	if (lines > 0 &&
	    ((a.tensorboard != NULL &&
		 tfevents_write(&c, a.tensorboard) != 0) ||
		(a.csv != NULL && write_csv(&c, a.csv) != 0)))
		die();
	note("%zu lines, %zu curves", c.lines, c.names);
	curves_release(&c);
	return cli_end(&a.common, NULL, lines > 0, "no lines of metrics");
}
