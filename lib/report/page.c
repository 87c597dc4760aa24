/* SPDX-License-Identifier: MIT */
#include "report/page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/figure.h"
#include "report/html.h"
#include "report/page_parts.h"
#include "report/pagestyle.h"

enum { SHARED_LEAST = 3 }; /* bytes of names that make a name of a group */

void
page_put_cell(struct buf *b, const char *name)
{
	const char *comma;

	for (; (comma = strchr(name, ',')) != NULL; name = comma + 1) {
		html_text(b, name, (size_t)(comma + 1 - name));
		buf_adds(b, "<wbr>");
	}
	html_string(b, name);
}

void
page_put_key(struct buf *b, size_t group)
{
	buf_addf(b, "<i class=\"key c%zu%s\"></i>", group % FIGURE_COLORS,
	    group < FIGURE_COLORS ? "" : " again");
}

void
page_put_group(const struct page *p, size_t group)
{
	page_put_key(p->out, group);
	html_string(p->out, p->group[group].name);
}

void
page_put_line(const struct page *p, size_t group, bool dashed)
{
	buf_addf(p->out,
	    "<svg class=\"line\" viewBox=\"0 0 24 8\" aria-hidden=\"true\">"
	    "<path class=\"%s c%zu\" d=\"M0 4h24\"/></svg>",
	    dashed ? "dashed" : "bold", group % FIGURE_COLORS);
	html_string(p->out, p->group[group].name);
}

void
page_cell(const struct page *p, const char *head, enum page_cell kind)
{
	static const char *const classes[] = { [CELL_TEXT] = "",
		[CELL_NUMBER] = " class=\"n\"",
		[CELL_WIDE] = " class=\"n wide\"",
		[CELL_NOTHING] = " class=\"n none\"" };

	buf_addf(p->out, "<td%s data-h=\"%s\">", classes[kind], head);
}

void
page_put_number(const struct page *p, const char *head, double x, int decimals)
{
	page_cell(p, head, isfinite(x) ? CELL_NUMBER : CELL_NOTHING);
	html_fixed(p->out, x, decimals);
	buf_adds(p->out, "</td>");
}

void
page_begin(const struct page *p, const char *id, const char *title)
{
	buf_addf(p->out, "<section id=\"%s\">\n<h2>%s</h2>\n", id, title);
}

void
page_end(const struct page *p)
{
	buf_adds(p->out, "</section>\n");
}

/* The name of a run, or of the one that it is a part of. */
static const char *
whole_name(const struct rundir *d)
{
	return d->whole_name != NULL ? d->whole_name : d->name;
}

/* "NAME, 3 seeds": what the names of a group's runs share at the beginning, or
 * their method; "NAME/PART, 3 seeds" of parts. */
static char *
group_name(const struct page *p, size_t group)
{
	const struct rundir *one;
	const char *first, *name;
	struct buf b = { 0 };
	size_t i = 0, k, shared;

	while (p->of[i] != group) /* no group is empty */
		i++;
	one = &p->run[i];
	first = whole_name(one);
	shared = strlen(first);
	for (i++; i < p->runs; i++) {
		if (p->of[i] != group)
			continue;
		name = whole_name(&p->run[i]);
		for (k = 0; k < shared && first[k] == name[k];)
			k++;
		shared = k;
	}
	if (p->group[group].runs == 1)
		return mem_dup(one->name, strlen(one->name));
	if (one->cell != NULL) {
		first = one->cell;
		shared = strlen(first);
	}
	while (shared > 0 &&
	    ((first[shared] & 0xc0) == 0x80 ||
		strchr("-_./ ", first[shared - 1]) != NULL))
		shared--;
	if (shared >= SHARED_LEAST || one->cell != NULL)
		buf_add(&b, first, shared);
	else if (one->part == NULL)
		buf_adds(&b, rundir_text(one, "/method"));
	if (one->part != NULL)
		buf_addf(&b, "%s%s", b.n > 0 ? "/" : "", one->part);
	buf_addf(&b, "%s%zu seeds", b.n > 0 ? ", " : "", p->group[group].runs);
	return buf_text(&b);
}

static void
find_groups(struct page *p)
{
	size_t i, k;

	p->of = mem_alloc(p->runs, sizeof *p->of);
	p->group = mem_alloc(p->runs, sizeof *p->group);
	for (i = 0; i < p->runs; i++) {
		for (k = 0; k < i; k++)
			if (rundir_same_but_seed(&p->run[k], &p->run[i]))
				break;
		p->of[i] = k < i ? p->of[k] : p->groups++;
		p->group[p->of[i]].runs++;
	}
	for (i = 0; i < p->groups; i++)
		p->group[i].name = group_name(p, i);
}

static void
put_head(const struct page *p)
{
	size_t i;

	buf_adds(p->out,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" "
	    "content=\"width=device-width,initial-scale=1\">\n"
	    "<meta name=\"referrer\" content=\"no-referrer\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" "
	    "content=\"default-src 'none';style-src 'unsafe-inline'\">\n"
	    "<title>");
	if (p->grid != NULL)
		html_string(p->out, p->grid->name);
	for (i = 0; p->grid == NULL && i < p->runs && i < 8; i++) {
		buf_adds(p->out, i > 0 ? ", " : "");
		html_string(p->out, p->run[i].name);
	}
	buf_adds(p->out, " \u2013 Apprentice</title>\n");
	pagestyle_put(p->out);
	buf_adds(p->out, "</head>\n<body>\n<main>\n");
	if (p->grid != NULL || p->runs == 1) {
		buf_adds(p->out, "<p class=\"over\">Apprentice \u00b7 ");
		html_string(p->out,
		    p->grid != NULL ? p->grid->name : p->run[0].name);
		if (p->grid != NULL)
			buf_addf(p->out, ": %zu cells, %zu runs",
			    p->grid->cells, p->grid->runs);
		buf_adds(p->out, "</p>\n");
	} else {
		buf_addf(p->out,
		    "<p class=\"over\">Apprentice \u00b7 %zu runs</p>\n",
		    p->runs);
	}
}

static void
release(struct page *p)
{
	size_t i;

	for (i = 0; i < p->groups; i++)
		free(p->group[i].name);
	free(p->group);
	free(p->of);
}

/* What the page says of runs; of a grid, their table comes later. */
static void
put_runs(const struct page *p)
{
	if (p->runs == 0)
		return;
	panels_put(p);
	sidebyside_put(p);
	scores_put(p);
	if (p->grid != NULL) {
		page_begin(p, "runs", "Runs");
		buf_addf(p->out, "<details><summary>All %zu</summary>\n",
		    p->runs);
		runtable_put(p);
		buf_adds(p->out, "</details>\n");
		page_end(p);
	}
	settings_put(p);
	origins_put(p);
}

int
page_put(struct buf *out, const struct rundir *run, size_t runs,
    const struct grid *grid, const char *version)
{
	struct page p = { .run = run, .runs = runs, .grid = grid, .out = out };
	size_t before = out->n;

	if (runs > PAGE_RUNS_MAX)
		return fail("%zu runs: more than %d", runs, PAGE_RUNS_MAX);
	find_groups(&p);
	put_head(&p);
	if (grid != NULL) {
		gridclaim_put(&p);
	} else {
		claim_put(&p);
		runtable_put(&p);
	}
	put_runs(&p);
	buf_adds(out, "</main>\n<footer>Made by report of Apprentice ");
	html_string(out, version);
	buf_adds(out, ".</footer>\n</body>\n</html>\n");
	release(&p);
	if (out->n - before > PAGE_MAX)
		return fail("the report of these %zu runs has %zu bytes, more "
			    "than %d: give fewer runs",
		    runs, out->n - before, PAGE_MAX);
	return 0;
}
