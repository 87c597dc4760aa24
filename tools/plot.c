/* SPDX-License-Identifier: MIT */
/*
 * plot: numbers of JSON lines in, a figure out: drawn on the terminal, or as
 * SVG with -o.  See plot(1).
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "cli/nearest.h"
#include "cli/screen.h"
#include "report/columns.h"
#include "report/figure.h"
#include "report/rundir.h"
#include "report/terminal.h"

enum { ROWS = 16 };

static struct args {
	struct common common;
	int color;
} a;

static const struct opt opts[] = {
	OPT_GROUP("Common"),
	OPT_NAME(0, "color", &a.color, "WHEN", screen_whens,
	    "%s (auto: on a terminal, without NO_COLOR)", .excludes = "output"),
	OPT_TEXT('o', "output", &a.common.output, "FILE",
	    "write FILE as SVG, whole or not at all"),
	OPT_BASIC(&a.common),
	OPT_LAST,
};

static const struct usage usage = {
	"[-o FILE.svg] FILE.jsonl|RUN KEY ...",
	"Numbers of JSON lines in, a figure out.",
	"plot policy.sft loss",
	"FILE.jsonl, lines of JSON, or a run's folder",
};

/* The file itself, or metrics.jsonl of a folder; the caller frees. */
static char *
file_of(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return rundir_file(path, "metrics.jsonl");
	return mem_dup(path, strlen(path));
}

/* The keys that the file has, as a hint. */
_Noreturn static void
unknown(const char *file, const char *key, const struct columns *c)
{
	struct buf names = { 0 }, hint = { 0 };
	const char *near = NULL;
	size_t i, n;

	for (i = 0; i < c->n; i++)
		buf_addf(&names, "%s%s", i > 0 ? " " : "", c->column[i].key);
	(void)buf_text(&names);
	if (key != NULL && c->n > 0)
		near = nearest_word(names.p, key, strlen(key), &n);
	if (near != NULL)
		buf_addf(&hint, "did you mean %.*s?\n", (int)n, near);
	buf_addf(&hint, "its keys with numbers: %s",
	    c->n > 0 ? names.p : "none");
	if (key == NULL)
		die_usage_hint(buf_text(&hint), "missing operand: KEY");
	die_usage_hint(buf_text(&hint), "%s: no number has the key \"%s\"",
	    file, key);
}

int
main(int argc, char **argv)
{
	struct screen screen;
	struct columns c = { 0 };
	struct figure f = { .x_label = "step" };
	struct curve *curve;
	struct buf text = { 0 };
	const struct column *column;
	char *file;
	int first, rc, i;

	cli_begin(argc, argv);
	first = opt_parse(opts, &usage, argc, argv);
	cli_ready(&a.common);
	screen = screen_of_output();
	file = file_of(argv[first++]);
	if (columns_read(&c, file) != 0)
		die();
	if (first == argc)
		unknown(file, NULL, &c);
	curve = mem_alloc((size_t)(argc - first), sizeof *curve);
	for (i = first; i < argc; i++) {
		if ((column = columns_find(&c, argv[i])) == NULL ||
		    column->n == 0)
			unknown(file, argv[i], &c);
		curve[f.curves] = (struct curve){ argv[i], column->x, column->y,
			column->n, (unsigned)f.curves, CURVE_BOLD, false };
		f.curves++;
	}
	f.curve = curve;
	f.title = f.curves == 1 ? curve[0].name : file;
	if (a.common.output != NULL)
		figure_svg(&text, &f, true);
	else
		terminal_figure(&text, &f, screen.columns, ROWS,
		    screen_color(&screen, (enum screen_when)a.color));
	free(curve);
	free(file);
	columns_release(&c);
	rc = cli_end_text(&a.common, &text, 1, NULL);
	buf_release(&text);
	return rc;
}
