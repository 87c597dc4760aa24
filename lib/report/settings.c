/* SPDX-License-Identifier: MIT */
/* The settings that are not equal in all runs, a column a run; of a grid, a
 * column a cell, as its first run has them.  Those of parts follow from the
 * whole's, and are left out. */
#include <string.h>

#include "report/html.h"
#include "report/page_parts.h"

enum { ROWS_MAX = 200, VALUE_MOST = 200 };

static bool
has_column(const struct page *p, size_t run)
{
	size_t i;

	for (i = 0; p->grid != NULL && i < run; i++)
		if (p->of[i] == p->of[run])
			return false;
	return p->run[run].part == NULL;
}

/* The next run from i on that has a column; p->runs at the end. */
static size_t
next_run(const struct page *p, size_t i)
{
	while (i < p->runs && !has_column(p, i))
		i++;
	return i;
}

static const struct json *
setting(const struct rundir *d, const char *key)
{
	return json_get(json_get(d->info, "settings"), key);
}

/* Nothing where it is absent, or null. */
static void
value_text(const struct json *v, struct buf *out)
{
	buf_reset(out);
	if (json_kind(v) != JSON_T_NULL)
		html_plain(v, out);
}

static bool
differs(const struct page *p, const char *key)
{
	struct buf a = { 0 }, b = { 0 };
	bool other = false;
	size_t i;

	value_text(setting(&p->run[0], key), &a);
	for (i = next_run(p, 1); i < p->runs && !other;
	     i = next_run(p, i + 1)) {
		value_text(setting(&p->run[i], key), &b);
		other = a.n != b.n || (a.n > 0 && memcmp(a.p, b.p, a.n) != 0);
	}
	buf_release(&a);
	buf_release(&b);
	return other;
}

static void
put_row(const struct page *p, const char *key)
{
	struct buf v = { 0 };
	size_t i;

	buf_adds(p->out, "<tr><th>");
	html_cut(p->out, key, strlen(key), VALUE_MOST);
	buf_adds(p->out, "</th>");
	for (i = next_run(p, 0); i < p->runs; i = next_run(p, i + 1)) {
		value_text(setting(&p->run[i], key), &v);
		buf_adds(p->out, "<td>");
		if (v.n > 0)
			html_cut(p->out, v.p, v.n, VALUE_MOST);
		else
			buf_adds(p->out, "<span class=\"soft\">\u2013</span>");
		buf_adds(p->out, "</td>");
	}
	buf_adds(p->out, "</tr>\n");
	buf_release(&v);
}

static void
put_heads(const struct page *p)
{
	size_t i;

	buf_adds(p->out, "<div class=\"scroll\"><table>\n<thead><tr><th></th>");
	for (i = next_run(p, 0); i < p->runs; i = next_run(p, i + 1)) {
		buf_adds(p->out, "<th>");
		html_string(p->out,
		    p->grid != NULL ? p->run[i].cell : p->run[i].name);
		buf_adds(p->out, "</th>");
	}
	buf_adds(p->out, "</tr></thead>\n<tbody>\n");
}

/* The key is in none of the runs before run i. */
static bool
is_new(const struct page *p, size_t i, const char *key)
{
	while (i > 0)
		if (has_column(p, --i) && setting(&p->run[i], key) != NULL)
			return false;
	return true;
}

void
settings_put(const struct page *p)
{
	size_t rows = 0, i;
	const char *key;
	void *it;

	if (next_run(p, 1) == p->runs)
		return;
	page_begin(p, "settings", "Settings that differ");
	for (i = next_run(p, 0); i < p->runs; i = next_run(p, i + 1))
		for (it = json_next(json_get(p->run[i].info, "settings"), NULL);
		     it != NULL && rows < ROWS_MAX;
		     it = json_next(json_get(p->run[i].info, "settings"), it)) {
			key = json_key(it, NULL);
			if (rundir_setting_is_outward(key) ||
			    !is_new(p, i, key) || !differs(p, key))
				continue;
			if (rows++ == 0)
				put_heads(p);
			put_row(p, key);
		}
	buf_adds(p->out,
	    rows > 0 ? "</tbody></table></div>\n" :
		       "<p class=\"soft\">None: the runs have the same "
		       "settings.</p>\n");
	if (rows > 0 && p->grid != NULL)
		buf_adds(p->out,
		    "<p class=\"soft small\">Of each cell, those of its "
		    "first run.</p>\n");
	page_end(p);
}
