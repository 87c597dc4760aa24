/* SPDX-License-Identifier: MIT */
/* Where each run comes from: version, policy, data, commands, all settings. */
#include <math.h>
#include <string.h>

#include "report/html.h"
#include "report/page_parts.h"

enum { VALUE_MOST = 400, ITEMS_MAX = 200, COMMANDS_MAX = 12, BYTES_MAX = 3000 };

static void
put_value(struct buf *b, const struct json *v, size_t most)
{
	struct buf text = { 0 };

	html_plain(v, &text);
	html_cut(b, text.p, text.n, most);
	buf_release(&text);
}

static void
put_item(struct buf *b, const char *name, const struct json *v)
{
	if (json_kind(v) == JSON_T_NULL)
		return;
	buf_addf(b, "<dt>%s</dt><dd>", name);
	put_value(b, v, VALUE_MOST);
	buf_adds(b, "</dd>\n");
}

static void
put_policy(struct buf *b, const struct json *policy)
{
	double step = json_number(json_get(policy, "step"), (double)NAN);

	if (json_kind(policy) != JSON_T_OBJECT)
		return;
	buf_adds(b, "<dt>policy</dt><dd>");
	put_value(b, json_get(policy, "path"), VALUE_MOST);
	buf_adds(b, " <span class=\"soft\">");
	put_value(b, json_get(policy, "id"), VALUE_MOST);
	if (isfinite(step)) {
		buf_adds(b, ", step ");
		html_number(b, step, 9);
	}
	buf_adds(b, "</span></dd>\n");
}

/* Files of data, from a list or one object. */
static void
put_data(struct buf *b, const char *name, const struct json *data)
{
	bool one = json_kind(data) == JSON_T_OBJECT;
	size_t n = one ? 1 : json_count(data), i;
	const struct json *file;
	double records;

	for (i = 0; i < n && i < ITEMS_MAX / 10; i++) {
		file = one ? data : json_at(data, i);
		records = json_number(json_get(file, "records"), (double)NAN);
		buf_addf(b, "<dt>%s</dt><dd>", name);
		put_value(b, json_get(file, "path"), VALUE_MOST);
		buf_adds(b, " <span class=\"soft\">");
		if (isfinite(records)) {
			html_number(b, records, 9);
			buf_adds(b, " records, ");
		}
		put_value(b, json_get(file, "fingerprint"), VALUE_MOST);
		buf_adds(b, "</span></dd>\n");
	}
}

static void
put_settings(struct buf *b, const struct json *settings)
{
	size_t i = 0;
	void *it = NULL;
	const char *key;

	if (json_count(settings) == 0)
		return;
	buf_adds(b, "<details><summary>All settings</summary>\n<dl>\n");
	while ((it = json_next(settings, it)) != NULL && i++ < ITEMS_MAX) {
		key = json_key(it, NULL);
		buf_adds(b, "<dt>");
		html_cut(b, key, strlen(key), VALUE_MOST);
		buf_adds(b, "</dt><dd>");
		put_value(b, json_value(it), VALUE_MOST);
		buf_adds(b, "</dd>\n");
	}
	buf_adds(b, "</dl></details>\n");
}

static void
put_commands(struct buf *b, const struct json *commands)
{
	size_t n = json_count(commands), i;

	if (n == 0)
		return;
	buf_adds(b, "<details><summary>Commands</summary>\n<pre>");
	for (i = 0; i < n && i < COMMANDS_MAX; i++) {
		put_value(b, json_at(commands, i), BYTES_MAX);
		buf_addc(b, '\n');
	}
	if (n > COMMANDS_MAX)
		buf_addf(b, "... and %zu more, in run.json\n",
		    n - COMMANDS_MAX);
	buf_adds(b, "</pre></details>\n");
}

static void
put_run(const struct page *p, const struct rundir *d)
{
	static const char *const plain[] = { "method", "apprentice", "state",
		"started", "ended", NULL };
	struct buf *b = p->out;
	size_t i;

	buf_adds(b, "<h3>");
	html_string(b, d->name);
	buf_adds(b, "</h3>\n<dl>\n<dt>folder</dt><dd>");
	html_cut(b, d->path, strlen(d->path), VALUE_MOST);
	buf_adds(b, "</dd>\n");
	for (i = 0; plain[i] != NULL; i++)
		put_item(b, i == 1 ? "version" : plain[i],
		    json_get(d->info, plain[i]));
	put_policy(b, json_get(d->info, "policy"));
	put_data(b, "data", json_get(d->info, "data"));
	put_data(b, "held out", json_get(d->info, "held"));
	buf_adds(b, "</dl>\n");
	put_commands(b, json_get(d->info, "commands"));
	put_settings(b, json_get(d->info, "settings"));
}

void
origins_put(const struct page *p)
{
	size_t i;

	page_begin(p, "provenance", "Provenance");
	for (i = 0; i < p->runs; i++)
		put_run(p, &p->run[i]);
	page_end(p);
}
