/* SPDX-License-Identifier: MIT */
#include "report/grid.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "io/atomic.h"
#include "report/grid_parts.h"

enum { WORDS_MAX = 8 << 20 };

size_t
grid_find(const struct grid *g, const char *name)
{
	size_t i;

	for (i = 0; i < g->cells; i++)
		if (strcmp(g->cell[i].name, name) == 0)
			return i;
	return GRID_CELLS_MAX;
}

static int
add_run(struct grid *g, const char *word)
{
	const char *slash = strchr(word, '/');
	char *name;
	size_t c;

	if (slash == NULL || slash == word || slash[1] == '\0' ||
	    strchr(slash + 1, '/') != NULL)
		return fail("run \"%s\": expected CELL/SEED", word);
	name = mem_dup(word, (size_t)(slash - word));
	if ((c = grid_find(g, name)) < GRID_CELLS_MAX) {
		free(name);
	} else if (g->cells == GRID_CELLS_MAX) {
		free(name);
		return fail("more than %d cells", GRID_CELLS_MAX);
	} else {
		c = g->cells++;
		g->cell[c].name = name;
	}
	g->cell[c].runs++;
	g->run = mem_grow(g->run, &g->cap, g->runs + 1, sizeof *g->run);
	g->run[g->runs++] = (struct grid_run){ word, c };
	return 0;
}

static int
add_show(struct grid *g, const char *word)
{
	if (g->shows == GRID_SHOW_MAX)
		return fail("more than %d figures to show", GRID_SHOW_MAX);
	g->show[g->shows++].name = word;
	return 0;
}

static int
set_control(struct grid *g, const char *word)
{
	const size_t c = grid_find(g, word);

	if (c == GRID_CELLS_MAX)
		return fail("control \"%s\" is not among the cells", word);
	g->controls += !g->cell[c].control;
	g->cell[c].control = true;
	return 0;
}

static int
set_lower(struct grid *g, const char *word)
{
	size_t i;

	for (i = 0; i < g->shows; i++)
		if (strcmp(g->show[i].name, word) == 0)
			g->show[i].lower = true;
	return 0;
}

/*
 * The words come twice: first cells and figures, then what is said of them.
 * The control is one of the controls, or all of them.
 */
enum { PASSES = 3 };
static const struct part {
	const char *word;
	int (*add)(struct grid *, const char *);
	int pass;
} parts[] = {
	{ "show:", add_show, 0 },
	{ "runs:", add_run, 0 },
	{ "lower:", set_lower, 1 },
	{ "controls:", set_control, 1 },
	{ "control:", set_control, 2 },
};

static const struct part *
part_of(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof parts / sizeof *parts; i++)
		if (strcmp(parts[i].word, word) == 0)
			return &parts[i];
	return NULL;
}

/* Words end in NUL; the text has n bytes. */
static int
take_words(struct grid *g, size_t n, int pass)
{
	const struct part *part = NULL;
	const char *word, *end = g->words + n;

	for (word = g->words; word < end; word += strlen(word) + 1) {
		if (*word == '\0')
			continue;
		if (word[strlen(word) - 1] == ':') {
			if ((part = part_of(word)) == NULL)
				return fail("unknown part \"%s\"", word);
			continue;
		}
		if (part == NULL)
			return fail("expected a part such as \"runs:\", found "
				    "\"%s\"",
			    word);
		if (part->pass == pass && (pass < 2 || g->controls == 0) &&
		    part->add(g, word) != 0)
			return -1;
	}
	return 0;
}

static int
read_words(struct grid *g)
{
	char *file = rundir_file(g->path, "grid");
	size_t n = 0, i;
	int pass, rc = -1;

	if ((g->words = read_file(file, WORDS_MAX, &n)) != NULL)
		rc = 0;
	for (i = 0; i < n; i++)
		if (strchr(" \t\n", g->words[i]) != NULL)
			g->words[i] = '\0';
	for (pass = 0; rc == 0 && pass < PASSES; pass++)
		if (take_words(g, n, pass) != 0)
			rc = fail_in("%s", file);
	if (rc == 0 && g->runs == 0)
		rc = fail("%s: it names no runs", file);
	free(file);
	return rc;
}

int
grid_open(struct grid *g, const char *folder)
{
	struct rundir d = { 0 };

	memset(g, 0, sizeof *g);
	rundir_name(&d, folder);
	g->path = d.path;
	g->name = d.name;
	if (read_words(g) != 0)
		return -1;
	g->figure = mem_alloc(g->cells * g->shows, sizeof *g->figure);
	return gridtable_read(g);
}

void
grid_close(struct grid *g)
{
	size_t i;

	for (i = 0; i < g->cells; i++)
		free(g->cell[i].name);
	free(g->figure);
	free(g->run);
	free(g->words);
	free(g->path);
	free(g->name);
}

const struct grid_figure *
grid_figure(const struct grid *g, size_t cell, size_t show)
{
	return &g->figure[cell * g->shows + show];
}

/* A path without its last n parts. */
static char *
folder_above(const char *path, int n)
{
	size_t end = strlen(path);

	for (; n > 0; n--) {
		while (end > 0 && path[end - 1] != '/')
			end--;
		while (end > 1 && path[end - 1] == '/')
			end--;
	}
	return end > 0 ? mem_dup(path, end) : mem_dup(".", 1);
}

static bool
same_folder(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	    x.st_ino == y.st_ino;
}

/* The run in the folder OUT/CELL/SEED; NULL: it is not of this grid. */
static const struct grid_run *
run_at(const struct grid *g, const char *folder)
{
	const char *name = folder + strlen(folder);
	char *out = folder_above(folder, 2);
	size_t i = g->runs;
	int slashes = 0;

	while (name > folder && (slashes += name[-1] == '/') < 2)
		name--;
	if (same_folder(out, g->path))
		for (i = 0; i < g->runs && strcmp(g->run[i].name, name) != 0;)
			i++;
	free(out);
	return i < g->runs ? &g->run[i] : NULL;
}

int
grid_place(const struct grid *g, struct rundir *run, size_t runs)
{
	const struct grid_run *at;
	char *folder;
	size_t i;

	for (i = 0; i < runs; i++) {
		folder = folder_above(run[i].path, run[i].part != NULL);
		at = run_at(g, folder);
		free(folder);
		if (at == NULL)
			return fail("%s: not a run of the grid %s", run[i].path,
			    g->path);
		rundir_place(&run[i], g->cell[at->cell].name, at->name);
	}
	return 0;
}
