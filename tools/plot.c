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
#include "io/atomic.h"
#include "report/columns.h"
#include "report/figure.h"
#include "report/rundir.h"
#include "report/terminal.h"

enum { ROWS = 16 };

static struct args {
	struct common common;
	enum screen_when color;
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

/* What there is to draw: the file, or the steps and evaluations of a run. */
struct numbers {
	char *file; /* owned */
	bool run;
	struct columns own, held;
};

static int
read_numbers(struct numbers *n, const char *path)
{
	struct stat st;
	char *held;
	int rc;

	n->run = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
	n->file = n->run ? rundir_file(path, "metrics.jsonl") :
			   mem_dup(path, strlen(path));
	rc = columns_read(&n->own, n->file);
	held = rundir_file(path, "held.jsonl");
	if (rc == 0 && n->run && file_exists(held))
		rc = columns_read(&n->held, held);
	free(held);
	return rc;
}

static void
add_names(const struct columns *c, const struct columns *but, struct buf *names)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (but == NULL || columns_find(but, c->column[i].key) == NULL)
			buf_addf(names, "%s%s", names->n > 0 ? " " : "",
			    c->column[i].key);
}

/* The keys that there are, as a hint. */
_Noreturn static void
unknown(const struct numbers *n, const char *key)
{
	struct buf names = { 0 }, hint = { 0 };
	const char *near = NULL;
	size_t length;

	add_names(&n->own, NULL, &names);
	add_names(&n->held, &n->own, &names);
	if (key != NULL && names.n > 0)
		near =
		    nearest_word(buf_text(&names), key, strlen(key), &length);
	if (near != NULL)
		buf_addf(&hint, "did you mean %.*s?\n", (int)length, near);
	buf_addf(&hint, "its keys with numbers: %s",
	    names.n > 0 ? buf_text(&names) : "none");
	if (n->run && names.n == 0)
		buf_adds(&hint,
		    "\nif it is made of other runs, name one of "
		    "those in its folder");
	if (key == NULL)
		die_usage_hint(buf_text(&hint), "missing operand: KEY");
	die_usage_hint(buf_text(&hint), "%s: no number has the key \"%s\"",
	    n->file, key);
}

/* The numbers of a key; ends the program where there are none. */
static const struct column *
find(const struct numbers *n, const char *key)
{
	const struct column *c = columns_find(&n->own, key);

	if (c == NULL || c->n == 0)
		c = columns_find(&n->held, key);
	if (c == NULL || c->n == 0)
		unknown(n, key);
	return c;
}

int
main(int argc, char **argv)
{
	struct screen screen;
	struct numbers n = { 0 };
	struct figure f = { .x_label = "step" };
	struct curve *curve;
	struct buf text = { 0 };
	const struct column *column;
	int first, rc, i;

	cli_begin(argc, argv);
	first = opt_parse(opts, &usage, argc, argv);
	cli_ready(&a.common);
	screen = screen_of_output();
	if (read_numbers(&n, argv[first++]) != 0)
		die();
	if (first == argc)
		unknown(&n, NULL);
	curve = mem_alloc((size_t)(argc - first), sizeof *curve);
	for (i = first; i < argc; i++) {
		column = find(&n, argv[i]);
		curve[f.curves] = (struct curve){ argv[i], column->x, column->y,
			column->n, (unsigned)f.curves, CURVE_BOLD, false };
		f.curves++;
	}
	f.curve = curve;
	f.title = f.curves == 1 ? curve[0].name : n.file;
	if (a.common.output != NULL)
		figure_svg(&text, &f, true);
	else
		terminal_figure(&text, &f, screen.columns, ROWS,
		    screen_color(&screen, a.color));
	free(curve);
	free(n.file);
	columns_release(&n.own);
	columns_release(&n.held);
	rc = cli_end_text(&a.common, &text, 1, NULL);
	buf_release(&text);
	return rc;
}
